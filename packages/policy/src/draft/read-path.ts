/** A path document in sentences, made from what was loaded and not from its text. */
import type { Obligation } from '@craton/protocol';
import type { LoadedPath, LoadedRule } from '../load-path.ts';
import { ANY, type OnUnavailable } from '../path-document.ts';
import { ConditionReader, formatUsd } from './read-condition.ts';

/** One obligation and what a host has to do about it. */
export interface ObligationReading {
  readonly type: string;
  readonly sentence: string;
}

export interface RuleReading {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly sentence: string;
  readonly obligations: readonly ObligationReading[];
}

/** A whole path for people: where it applies, what it demands, and each rule. */
export interface PathReading {
  readonly scope: string;
  readonly demands: readonly string[];
  readonly rules: readonly RuleReading[];
  /** What no rule says: severity, and what happens when none applies. */
  readonly combination: string;
}

const VERDICT_WORDS = { allow: 'Allow', constrain: 'Constrain', reject: 'Reject' } as const;

const OBLIGATION_WORDS: Readonly<Record<string, string>> = {
  session_recording: 'The session must be recorded.',
  redaction_review: 'Somebody must check the redaction before the data leaves.',
  human_review: 'A person must look at the case before the action.',
  recipient_confirmation: 'The recipient must be confirmed before the hand-off.',
};

/** Reads a loaded path aloud. Deterministic; the sentences may change with a release. */
export function readPathAloud(path: LoadedPath): PathReading {
  const reader = new ConditionReader(path.document.facts);
  return {
    scope: scopeSentence(path),
    demands: demandSentences(path),
    rules: path.rules.map((rule) => ruleReading(rule, reader)),
    combination:
      'Every rule whose condition holds counts, and the most severe verdict wins: reject before constrain before allow. If no rule applies, the verdict is reject (no_rule_matched).',
  };
}

function ruleReading(rule: LoadedRule, reader: ConditionReader): RuleReading {
  const { id, verdict, reason, condition, obligations } = rule;
  const clause = reader.read(condition.ast);
  const when = clause === 'in every case' || clause === 'never' ? clause : `when ${clause}`;
  return {
    id,
    verdict,
    reason,
    sentence: `${VERDICT_WORDS[verdict]} ${when} (reason ${reason}).`,
    obligations: obligations.map((one) => ({ type: one.type, sentence: explainObligation(one) })),
  };
}

/** What a host has to do; a host that does not know the type must refuse the action. */
export function explainObligation(obligation: Obligation): string {
  const { type, ...parameters } = obligation;
  if (type === 'dual_control' && typeof parameters.approvals === 'number') {
    return `At least ${parameters.approvals} people must approve before the action.`;
  }
  if (type === 'review_afterwards' && typeof parameters.within_hours === 'number') {
    return `A person must review the action within ${parameters.within_hours} hours after it.`;
  }
  const known = OBLIGATION_WORDS[type];
  const names = Object.entries(parameters).map(([name, value]) => `${name} ${String(value)}`);
  if (known !== undefined && names.length === 0) return known;
  const details = names.length === 0 ? '' : ` (${names.join(', ')})`;
  return `The host must fulfil ${type}${details}, or refuse the action if it does not know it.`;
}

function scopeSentence({ document }: LoadedPath): string {
  const { partner_id, unit, gate_type, system_scope, decision_types, enforcement } = document;
  const types = decision_types.includes(ANY) ? 'any decision type' : decision_types.join(', ');
  const of = unit === undefined ? partner_id : `${unit} of ${partner_id}`;
  const mode =
    enforcement === 'observe' ? ' It only observes: no receipt of it is a permission.' : '';
  return `Requests of ${of} at ${gate_type} in ${system_scope}, for ${types}.${mode}`;
}

function demandSentences({ document, lifetimeMs }: LoadedPath): string[] {
  const { authority, facts, action_digest, reference_reuse, on_unavailable } = document;
  const required = facts.filter((fact) => fact.required).map((fact) => fact.name);
  const sentences = [
    authority.sources.includes(ANY)
      ? 'The approval may come from any source.'
      : `The approval must come from ${authority.sources.join(' or ')}.`,
    authority.owners.includes(ANY)
      ? 'Any decision owner may ask, and none need be named.'
      : `The decision owner must be ${authority.owners.join(' or ')}.`,
    `The approval must be at least of the class ${authority.minimum_class}.`,
    ...required.map((name) => `The fact ${name} must be sent.`),
    ...(action_digest === 'required' ? ['The digest of the exact action must be sent.'] : []),
    reference_reuse === 'refuse'
      ? 'An external reference that was used before is rejected.'
      : 'An external reference that was used before is flagged.',
    unavailableSentence(on_unavailable),
    `A decision can be used for ${lifetimeMs / 1000} seconds.`,
  ];
  return sentences;
}

function unavailableSentence(choice: OnUnavailable): string {
  const start = 'While the boundary cannot be reached, the host';
  switch (choice.mode) {
    case 'block':
      return `${start} does not act.`;
    case 'hold':
      return `${start} waits for at most ${choice.max_s} seconds and then does not act.`;
    case 'allow_below':
      return `${start} may act below ${formatUsd(choice.cents)}, at most ${choice.per_hour} times in an hour.`;
  }
}
