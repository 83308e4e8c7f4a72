/**
 * Path documents as on the wire (PROTOCOL section 8), and every load-time check of their members.
 * The rules' conditions are checked by `loadPath`.
 */
import {
  AUTHORITY_CLASSES,
  type AuthorityClass,
  CratonError,
  decodeBase64url,
  DEPTH_MAX,
  type Enforcement,
  FACTS_MAX,
  isLabel,
  isPathId,
  type JsonValue,
  LIFETIME_S_MAX,
  Members,
  type Obligation,
  parseHundredths,
  parseStrict,
  REFERENCE_CODE_POINTS_MAX,
  UNMATCHED_PATH_ID,
  type Verdict,
} from '@craton/protocol';
import { checkRules } from './rule-document.ts';

export const PATH_SCHEMA = 'craton.boundary.path.v1';
export const CEL_PROFILE = 'craton.cel.profile.v1';

/** Bytes of a path document at most: 64 rules of full length, with room to spare. */
export const PATH_DOCUMENT_BYTES_MAX = 256 * 1024;

export type FactType = FactDeclaration['type'];

/** A fact that requests may carry. Bounds of a `decimal2` are decimals, as its values are. */
export type FactDeclaration = { readonly name: string; readonly required: boolean } & (
  | { readonly type: 'string'; readonly max_length?: number }
  | { readonly type: 'integer' | 'decimal2'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' }
);

/** What a host may do while the boundary cannot be reached. */
export type OnUnavailable =
  | { readonly mode: 'block' }
  | { readonly mode: 'hold'; readonly max_s: number }
  | { readonly mode: 'allow_below'; readonly cents: number; readonly per_hour: number };

export interface Rule {
  readonly id: string;
  /** A condition in `craton.cel.profile.v1`. */
  readonly when: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Only on `constrain` rules. */
  readonly obligations?: readonly Obligation[];
}

export interface PathDocument {
  readonly schema: typeof PATH_SCHEMA;
  readonly path_id: string;
  readonly version: number;
  /** 16 random bytes, base64url: thresholds are guessable, digests of them must not be. */
  readonly salt: string;
  readonly partner_id: string;
  readonly unit?: string;
  readonly gate_type: string;
  readonly system_scope: string;
  readonly decision_types: readonly string[];
  readonly authority: {
    readonly sources: readonly string[];
    readonly owners: readonly string[];
    readonly minimum_class: AuthorityClass;
  };
  readonly facts: readonly FactDeclaration[];
  readonly action_digest: 'required' | 'optional';
  readonly enforcement: Enforcement;
  readonly reference_reuse: 'flag' | 'refuse';
  readonly on_unavailable: OnUnavailable;
  readonly policy: {
    readonly profile: typeof CEL_PROFILE;
    /** Seconds, 1 to 86400; absent means 300. */
    readonly lifetime_s?: number;
    readonly rules: readonly Rule[];
  };
}

/** In `decision_types`, `sources` and `owners`: any, and alone in its list. */
export const ANY = '*';

/** Entries of `decision_types`, `sources` and `owners`. */
const LIST_ENTRIES_MAX = 64;
const HOLD_S_MAX = 86_400;
const SALT_BYTES = 16;

const FACT_TYPES = ['string', 'integer', 'boolean', 'decimal2'] as const;
const RESERVED_FACT_NAMES = new Set(['decision_owner', 'decision_size_usd_cents']);
const WINDOW_PREFIX = 'window_';

/**
 * Reads the bytes of a path document: strict JSON of depth 6, and every check of its members that
 * needs no condition to be read. `loadPath` checks the conditions too.
 *
 * Throws the errors of `parseStrict`, `ERR_PATH_DOCUMENT` naming the member, and `ERR_POLICY_RULE`
 * naming the rule. Source: PROTOCOL section 8.
 */
export function parsePathDocument(bytes: Uint8Array): PathDocument {
  if (bytes.length > PATH_DOCUMENT_BYTES_MAX) {
    throw new CratonError(
      'ERR_PATH_DOCUMENT',
      `The path document is larger than ${PATH_DOCUMENT_BYTES_MAX} bytes.`,
    );
  }
  return readPathDocument(
    parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.pathDocument }),
  );
}

/** The checks of `parsePathDocument` for a document that was parsed already. */
export function readPathDocument(value: JsonValue): PathDocument {
  const path = Members.of(value, '', 'ERR_PATH_DOCUMENT');
  path.only(...PATH_MEMBERS);
  path.constant('schema', PATH_SCHEMA);
  checkIdentity(path);
  checkNames(path, 'decision_types');
  checkAuthority(path.members('authority'));
  checkFacts(path);
  path.oneOf('action_digest', ['required', 'optional']);
  path.oneOf('enforcement', ['enforce', 'observe']);
  path.oneOf('reference_reuse', ['flag', 'refuse']);
  checkOnUnavailable(path.members('on_unavailable'));
  checkPolicy(path.members('policy'));
  return path.object as unknown as PathDocument;
}

const PATH_MEMBERS = [
  'schema',
  'path_id',
  'version',
  'salt',
  'partner_id',
  'unit',
  'gate_type',
  'system_scope',
  'decision_types',
  'authority',
  'facts',
  'action_digest',
  'enforcement',
  'reference_reuse',
  'on_unavailable',
  'policy',
];

function checkIdentity(path: Members): void {
  path.text('path_id', (text) => isPathId(text) && text !== UNMATCHED_PATH_ID);
  path.integer('version', 1);
  path.text('salt', isSalt);
  path.text('partner_id', isLabel);
  path.optionalText('unit', isLabel);
  path.text('gate_type', isLabel);
  path.text('system_scope', isLabel);
}

function isSalt(text: string): boolean {
  try {
    return decodeBase64url(text).length === SALT_BYTES;
  } catch {
    return false;
  }
}

/** A list of labels, or `*` alone: a list that names some and allows any would mislead. */
function checkNames(container: Members, name: string): void {
  const names = container.textList(name, (text) => text === ANY || isLabel(text));
  if (names.length === 0 || names.length > LIST_ENTRIES_MAX) {
    throw container.wrong(name, `must have 1 to ${LIST_ENTRIES_MAX} entries`);
  }
  if (new Set(names).size < names.length) throw container.wrong(name, 'has an entry twice');
  if (names.includes(ANY) && names.length > 1) {
    throw container.wrong(name, 'must be ["*"] alone, or name each entry');
  }
}

function checkAuthority(authority: Members): void {
  authority.only('sources', 'owners', 'minimum_class');
  checkNames(authority, 'sources');
  checkNames(authority, 'owners');
  authority.oneOf('minimum_class', AUTHORITY_CLASSES);
}

function checkFacts(path: Members): void {
  const facts = path.list('facts');
  if (facts.length > FACTS_MAX) throw path.wrong('facts', `has more than ${FACTS_MAX} entries`);
  const names = facts.map((fact, index) => checkFact(fact, index));
  if (new Set(names).size < names.length) throw path.wrong('facts', 'declares a name twice');
}

/** Checks one declaration and returns the name. */
function checkFact(value: JsonValue, index: number): string {
  const fact = Members.of(value, `facts[${index}]`, 'ERR_PATH_DOCUMENT');
  const name = fact.text('name', isFactName);
  if (typeof fact.value('required') !== 'boolean') {
    throw fact.wrong('required', 'must be true or false');
  }
  switch (fact.oneOf('type', FACT_TYPES)) {
    case 'string':
      fact.only('name', 'type', 'required', 'max_length');
      checkLengthBound(fact);
      break;
    case 'boolean':
      fact.only('name', 'type', 'required');
      break;
    case 'integer':
      checkBounds(fact, (bound) => (Number.isSafeInteger(bound) ? bound : undefined));
      break;
    case 'decimal2':
      checkBounds(fact, hundredthsOf);
      break;
  }
  return name;
}

function isFactName(name: string): boolean {
  return isLabel(name) && !RESERVED_FACT_NAMES.has(name) && !name.startsWith(WINDOW_PREFIX);
}

function checkLengthBound(fact: Members): void {
  if (!fact.has('max_length')) return;
  if (fact.integer('max_length', 1) <= REFERENCE_CODE_POINTS_MAX) return;
  throw fact.wrong('max_length', `must be at most ${REFERENCE_CODE_POINTS_MAX}`);
}

/** Bounds are optional; `read` gives what is compared, or undefined for what is no bound. */
function checkBounds(fact: Members, read: (bound: number) => number | undefined): void {
  fact.only('name', 'type', 'required', 'min', 'max');
  const [min, max] = ['min', 'max'].map((name) => {
    if (!fact.has(name)) return undefined;
    const value = fact.value(name);
    const bound = typeof value === 'number' ? read(value) : undefined;
    if (bound === undefined) throw fact.wrong(name, 'is not a number of the declared type');
    return bound;
  });
  if (min !== undefined && max !== undefined && min > max) {
    throw fact.wrong('min', 'is above max');
  }
}

/** Integer hundredths of a `decimal2` bound; undefined for a number that breaks the text rule. */
export function hundredthsOf(bound: number): number | undefined {
  // The document's digest fixes the canonical text of a number, so that is the text that counts.
  return parseHundredths(JSON.stringify(bound));
}

function checkOnUnavailable(choice: Members): void {
  switch (choice.oneOf('mode', ['block', 'hold', 'allow_below'])) {
    case 'block':
      choice.only('mode');
      break;
    case 'hold':
      choice.only('mode', 'max_s');
      if (choice.integer('max_s', 1) > HOLD_S_MAX) {
        throw choice.wrong('max_s', `must be at most ${HOLD_S_MAX}`);
      }
      break;
    case 'allow_below':
      choice.only('mode', 'cents', 'per_hour');
      choice.integer('cents', 1);
      choice.integer('per_hour', 1);
      break;
  }
}

function checkPolicy(policy: Members): void {
  policy.only('profile', 'lifetime_s', 'rules');
  policy.constant('profile', CEL_PROFILE);
  if (policy.has('lifetime_s') && policy.integer('lifetime_s', 1) > LIFETIME_S_MAX) {
    throw policy.wrong('lifetime_s', `must be at most ${LIFETIME_S_MAX}`);
  }
  checkRules(policy);
}
