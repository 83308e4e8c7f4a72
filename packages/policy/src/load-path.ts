/** Loaded paths: documents whose conditions were checked and can be evaluated. */
import {
  type Digest,
  type JsonValue,
  LIFETIME_S_DEFAULT,
  type Obligation,
  type Sha256,
  taggedDigest,
  type Verdict,
} from '@craton/protocol';
import { memberPath } from './cel-profile.ts';
import { type Condition, ConditionLoader } from './condition.ts';
import { type PathDocument, readPathDocument, type Rule } from './path-document.ts';
import { ProfileError } from './profile-error.ts';
import { ruleError } from './rule-document.ts';
import {
  type MemberType,
  type RecordName,
  RECORDS,
  type Schema,
  schemaOf,
  WINDOW_FACTS,
  type WindowFact,
} from './schema.ts';

export interface MemberRead extends MemberType {
  readonly record: RecordName;
  readonly name: string;
}

export interface LoadedRule {
  readonly id: string;
  readonly condition: Condition;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly obligations: readonly Obligation[];
}

/** Made by `loadPath` only: everything in it was checked. Holds functions, so it is not cloneable. */
export interface LoadedPath {
  readonly document: PathDocument;
  readonly policyDigest: Digest;
  readonly rules: readonly LoadedRule[];
  /** The members that its conditions name. */
  readonly membersRead: readonly MemberRead[];
  /** Ledger facts that a rule names: exactly these are recorded in openings. */
  readonly windowFacts: readonly WindowFact[];
  /** Lifetime of its decisions. */
  readonly lifetimeMs: number;
}

/**
 * Checks a path document completely and prepares its rules. Accepts a parsed document; bytes go
 * through `parsePathDocument` first.
 *
 * Throws `ERR_PATH_DOCUMENT` naming the member, `ERR_POLICY_RULE` naming rule and member.
 * Source: PROTOCOL section 8.
 */
export function loadPath(document: PathDocument | JsonValue, sha256?: Sha256): LoadedPath {
  const checked = readPathDocument(document as JsonValue);
  const schema = schemaOf(checked.facts);
  const conditions = new ConditionLoader(schema);
  const rules = checked.policy.rules.map((rule) => loadRule(rule, conditions));
  const membersRead = membersNamed(schema, rules);
  return {
    document: checked,
    policyDigest: policyDigest(checked, sha256),
    rules,
    membersRead,
    windowFacts: WINDOW_FACTS.filter((name) => membersRead.some((member) => member.name === name)),
    lifetimeMs: (checked.policy.lifetime_s ?? LIFETIME_S_DEFAULT) * 1000,
  };
}

/** Digest of a path document as authored: no default is inserted. */
export function policyDigest(document: PathDocument, sha256?: Sha256): Digest {
  return taggedDigest('craton.path.v1', document, sha256);
}

function membersNamed(schema: Schema, rules: readonly LoadedRule[]): MemberRead[] {
  return RECORDS.flatMap((record) =>
    Array.from(schema[record], ([name, type]) => ({ record, name, ...type })),
  ).filter(({ record, name }) =>
    rules.some(({ condition }) => condition.members.has(memberPath(record, name))),
  );
}

function loadRule(rule: Rule, conditions: ConditionLoader): LoadedRule {
  const { id, verdict, reason, obligations = [] } = rule;
  try {
    return { id, verdict, reason, obligations, condition: conditions.load(rule.when) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw ruleError(id, 'when', `${error.message} (at character ${error.at + 1})`);
  }
}
