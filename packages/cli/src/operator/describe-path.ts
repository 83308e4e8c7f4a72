/** A path document in words. */
import type { LoadedPath } from '@craton/policy';
import { labelled } from '../text.ts';

const VERDICT_WORDS = {
  allow: 'Allows',
  constrain: 'Allows under obligations',
  reject: 'Rejects',
} as const;

/** Lines for a terminal: what the path is for, then a sentence for each rule. */
export function describePath({ document, policyDigest, lifetimeMs }: LoadedPath): string[] {
  const { partner_id, unit, path_id, version, gate_type, system_scope, enforcement } = document;
  const { authority, facts, policy } = document;
  const any = (names: readonly string[]): string => (names[0] === '*' ? 'any' : names.join(', '));
  return [
    ...labelled([
      ['path', `${path_id} version ${version}, ${enforcement}`],
      ['partner', unit === undefined ? partner_id : `${partner_id}, unit ${unit}`],
      ['answers for', `${gate_type} in ${system_scope}`],
      ['decision types', any(document.decision_types)],
      ['authority', `${authority.minimum_class} or better, from ${any(authority.sources)}`],
      ['owners', any(authority.owners)],
      ...(facts.length === 0
        ? []
        : [['facts', facts.map((fact) => fact.name).join(', ')] as const]),
      ['valid for', `${lifetimeMs / 1000} s`],
      ['digest', policyDigest],
    ]),
    'Rules: every one that is true counts, and the most severe verdict wins.',
    ...policy.rules.map(
      ({ id, when, verdict, reason }) =>
        `  ${id}: ${VERDICT_WORDS[verdict]} (${reason}) if ${when}`,
    ),
    'Rejects if no rule is true.',
  ];
}
