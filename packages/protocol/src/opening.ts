/** The boundary snapshot, the opening, and the commitment to it (PROTOCOL section 3). */
import { encodeBase64url } from './base64.ts';
import { utf8 } from './bytes.ts';
import { type Digest, taggedText } from './digest.ts';
import { canonicalize, type JsonObject } from './json/canonical.ts';
import { Members } from './json/members.ts';
import {
  isDigest,
  isEnvironment,
  isLabel,
  isPathId,
  isReference,
  isRequestId,
  UNMATCHED_PATH_ID,
} from './names.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';
import { isTime } from './time.ts';

/** Members are spelled as on the wire, because their canonical form is what is hashed and signed. */
export interface MatchedSnapshot {
  readonly path_id: string;
  readonly path_version: number;
  readonly partner_id: string;
  readonly unit?: string;
  readonly gate_type: string;
  readonly system_scope: string;
  /** There only if the request has one and the path lists it by name. */
  readonly decision_type?: string;
  readonly policy_digest: Digest;
}

/** No path, or more than one, matched. */
export interface UnmatchedSnapshot {
  readonly path_id: typeof UNMATCHED_PATH_ID;
  readonly partner_id: string;
}

export type BoundarySnapshot = MatchedSnapshot | UnmatchedSnapshot;

/** How far the evidence of an approval was checked, weakest first (PROTOCOL section 8). */
export const AUTHORITY_CLASSES = ['submitted', 'signature_verified', 'status_checked'] as const;
export type AuthorityClass = (typeof AUTHORITY_CLASSES)[number];

export interface Authority {
  readonly class: AuthorityClass;
  readonly status: string;
  readonly source: string;
  readonly reference: string;
  readonly issuer?: string;
  readonly evidence_digest?: Digest;
}

/** What the production ledger knew and nobody else can recompute. */
export interface Ledger {
  readonly match: 'one' | 'none' | 'ambiguous';
  readonly reference_reused: boolean;
}

/** Strings and booleans as sent, integers as they are, decimal2 facts as integer hundredths. */
export type FactValue = string | number | boolean;
export type Facts = Readonly<Record<string, FactValue>>;

export const OPENING_VERSION = 'craton.boundary.opening.v1';

/** What was evaluated. Travels beside the receipt, never inside the signed payload. */
export interface Opening {
  readonly v: typeof OPENING_VERSION;
  /** 16 random bytes, base64url. */
  readonly nonce: string;
  readonly request_id: string;
  readonly request_hash: Digest;
  readonly environment: string;
  readonly evaluated_at: string;
  readonly boundary_snapshot: BoundarySnapshot;
  readonly request: {
    readonly gate_type: string;
    readonly system_scope: string;
    readonly decision_type?: string;
  };
  readonly facts: Facts;
  readonly authority: Authority;
  readonly references: { readonly external_reference: string; readonly case_id?: string };
  readonly ledger: Ledger;
  readonly action_digest?: Digest;
  /** Sent text of labels that normalisation changed, by request member name. */
  readonly raw?: Readonly<Record<string, string>>;
}

/** `bnd_` and the base64url SHA-256 of the opening: binding, and hiding without the opening. */
export function commitmentId(opening: Opening, sha256: Sha256 = ownSha256): string {
  return commitmentIdOfText(canonicalize(opening), sha256);
}

/** The same for the canonical text of an opening, where it is at hand. */
export function commitmentIdOfText(openingText: string, sha256: Sha256 = ownSha256): string {
  const text = taggedText('craton.boundary.commitment.v1', openingText);
  return `bnd_${sha256.encoded?.(text, 'base64url') ?? encodeBase64url(sha256(utf8(text)))}`;
}

/** Reads an opening that came with a receipt; throws `ERR_FORMAT`, naming the member. */
export function readOpening(value: JsonObject): Opening {
  const opening = Members.of(value, 'opening', 'ERR_FORMAT');
  opening.constant('v', OPENING_VERSION);
  opening.text('nonce', (text) => /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text));
  opening.text('request_id', isRequestId);
  opening.text('request_hash', isDigest);
  opening.text('environment', isEnvironment);
  opening.text('evaluated_at', isTime);
  checkSnapshot(opening.members('boundary_snapshot'));
  checkRequest(opening.members('request'));
  checkFacts(opening.members('facts'));
  checkAuthority(opening.members('authority'));
  const references = opening.members('references');
  references.text('external_reference', isReference);
  references.optionalText('case_id', isReference);
  const ledger = opening.members('ledger');
  ledger.oneOf('match', ['one', 'none', 'ambiguous']);
  if (typeof ledger.value('reference_reused') !== 'boolean') {
    throw ledger.wrong('reference_reused', 'must be true or false');
  }
  opening.optionalText('action_digest', isDigest);
  if (opening.has('raw')) checkRaw(opening.members('raw'));
  return value as unknown as Opening;
}

/** Checks the form of a boundary snapshot, in an opening or a payload. */
export function checkSnapshot(snapshot: Members): void {
  snapshot.text('partner_id', isLabel);
  if (snapshot.text('path_id', isPathId) === UNMATCHED_PATH_ID) return;
  snapshot.integer('path_version', 1);
  snapshot.optionalText('unit', isLabel);
  snapshot.text('gate_type', isLabel);
  snapshot.text('system_scope', isLabel);
  snapshot.optionalText('decision_type', isLabel);
  snapshot.text('policy_digest', isDigest);
}

function checkRequest(request: Members): void {
  request.text('gate_type', isLabel);
  request.text('system_scope', isLabel);
  request.optionalText('decision_type', isLabel);
}

function checkFacts(facts: Members): void {
  for (const [name, value] of Object.entries(facts.object)) {
    const isFact =
      typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
    if (!isLabel(name) || !isFact) throw facts.wrong(name, 'is not a fact');
  }
}

function checkAuthority(authority: Members): void {
  authority.oneOf('class', AUTHORITY_CLASSES);
  authority.text('status', isLabel);
  authority.text('source', isLabel);
  authority.text('reference', isReference);
  authority.optionalText('issuer');
  authority.optionalText('evidence_digest', isDigest);
}

function checkRaw(raw: Members): void {
  const names = Object.keys(raw.object);
  if (names.length === 0) throw raw.wrong('raw', 'must be absent when empty');
  for (const name of names) raw.text(name);
}
