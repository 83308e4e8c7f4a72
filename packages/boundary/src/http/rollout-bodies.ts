/** Reads what is sent about rollouts: strict JSON, nothing unknown, nothing filled in. */
import { GATE_IDS, GATE_ROLES, type GateId, type GateRole, isActorId } from '@craton/policy';
import {
  CratonError,
  DEPTH_MAX,
  type Digest,
  isDigest,
  isJsonObject,
  isReference,
  type JsonObject,
  Members,
  parseStrict,
} from '@craton/protocol';
import {
  LIFETIME_DAYS_DEFAULT,
  LIFETIME_DAYS_MAX,
  SCOPES_OF_KIND,
} from '../commands/issue-api-key.ts';
import type { Scope } from '../ledger/port.ts';
import { IMPORTED_BUNDLES_MAX } from '../rollout/imported-evidence.ts';

/** Code points of a reason at most. */
export const REASON_MAX = 1_000;
/** Seconds that an emergency deployment may ask for; its gate policy may allow less. */
export const BREAK_GLASS_S_MAX = 86_400;
export const ACKNOWLEDGED = ['rollback_owner', 'business_owner', 'incident_channel'] as const;

export interface SentDecision {
  readonly gate: GateId;
  readonly role: GateRole;
  readonly packetDigest: string;
  readonly scopeDigest: string;
  readonly reason?: string;
}

// Each throws the errors of `parseStrict`, and `ERR_REQUEST_FIELD` naming the member.

export function parsePull(bytes: Uint8Array): { readonly packetDigest: Digest } {
  const body = readBody(bytes);
  body.only('packet_digest');
  return { packetDigest: parseDigest(body, 'packet_digest') };
}

export function parseDecision(bytes: Uint8Array): SentDecision {
  const body = readBody(bytes);
  body.only('gate', 'role', 'packet_digest', 'scope_digest', 'reason');
  return {
    gate: body.oneOf('gate', GATE_IDS),
    role: body.oneOf('role', GATE_ROLES),
    packetDigest: parseDigest(body, 'packet_digest'),
    scopeDigest: parseDigest(body, 'scope_digest'),
    ...(body.has('reason') && { reason: readReason(body) }),
  };
}

export function parseApprovalWithdrawal(
  bytes: Uint8Array,
): Pick<SentDecision, 'gate' | 'role'> & { readonly reason: string } {
  const body = readBody(bytes);
  body.only('gate', 'role', 'reason');
  return {
    gate: body.oneOf('gate', GATE_IDS),
    role: body.oneOf('role', GATE_ROLES),
    reason: readReason(body),
  };
}

export function parseAcknowledgement(bytes: Uint8Array): {
  readonly subject: (typeof ACKNOWLEDGED)[number];
} {
  const body = readBody(bytes);
  body.only('subject');
  return { subject: body.oneOf('subject', ACKNOWLEDGED) };
}

export function parseLinkRequest(bytes: Uint8Array): {
  readonly subject: (typeof ACKNOWLEDGED)[number];
  readonly person: string;
} {
  const body = readBody(bytes);
  body.only('subject', 'person');
  return { subject: body.oneOf('subject', ACKNOWLEDGED), person: body.text('person', isActorId) };
}

/** A bundle inside a list inside the body. */
const EVIDENCE_DEPTH = DEPTH_MAX.bundle + 2;

export function parseEvidence(bytes: Uint8Array): { readonly bundles: readonly JsonObject[] } {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: EVIDENCE_DEPTH });
  const body = Members.of(value, '', 'ERR_REQUEST_FIELD');
  body.only('bundles');
  const bundles = body.membersList('bundles').map(({ object }) => object);
  if (bundles.length > 0 && bundles.length <= IMPORTED_BUNDLES_MAX) return { bundles };
  throw body.wrong('bundles', `must have 1 to ${IMPORTED_BUNDLES_MAX} entries`);
}

/** What a deployment asks for besides being done. */
export interface SentDeployment {
  readonly confirmedPathId: string;
  /** A key of the deployed path's partner, issued when the path is live. */
  readonly apiKey?: { readonly scopes: readonly Scope[]; readonly lifetimeDays: number };
}

export function parseDeployment(bytes: Uint8Array): SentDeployment {
  const body = readBody(bytes);
  body.only('confirm_path_id', 'api_key');
  const confirmedPathId = readPathId(body);
  return body.has('api_key')
    ? { confirmedPathId, apiKey: readApiKey(body.members('api_key')) }
    : { confirmedPathId };
}

export function parseReason(bytes: Uint8Array): { readonly reason: string } {
  const body = readBody(bytes);
  body.only('reason');
  return { reason: readReason(body) };
}

export function parseBreakGlass(bytes: Uint8Array): {
  readonly role: GateRole;
  readonly confirmedPathId: string;
  readonly reason: string;
  readonly lastsMs: number;
} {
  const body = readBody(bytes);
  body.only('role', 'confirm_path_id', 'reason', 'lasts_s');
  const lastsS = body.integer('lasts_s', 1);
  if (lastsS > BREAK_GLASS_S_MAX) {
    throw body.wrong('lasts_s', `must be at most ${BREAK_GLASS_S_MAX} seconds`);
  }
  return {
    role: body.oneOf('role', GATE_ROLES),
    confirmedPathId: readPathId(body),
    reason: readReason(body),
    lastsMs: lastsS * 1_000,
  };
}

function readBody(bytes: Uint8Array): Members {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request });
  if (isJsonObject(value)) return Members.of(value, '', 'ERR_REQUEST_FIELD');
  throw new CratonError('ERR_REQUEST_FIELD', 'The body must be a JSON object.');
}

function parseDigest(body: Members, name: string): Digest {
  return body.text(name, isDigest) as Digest;
}

/** As typed: what is compared to the letter is not corrected. */
function readPathId(body: Members): string {
  return body.text('confirm_path_id', (text) => isReference(text));
}

function readReason(body: Members): string {
  const isSaid = (text: string) =>
    text.trim() !== '' && isReference(text.replace(/[\n\r\t]/g, ' '), REASON_MAX);
  return body.text('reason', isSaid);
}

function readApiKey(body: Members): NonNullable<SentDeployment['apiKey']> {
  body.only('scopes', 'lifetime_days');
  const asked = body.textList('scopes');
  const scopes = SCOPES_OF_KIND.bnd.filter((scope) => asked.includes(scope));
  if (scopes.length === 0 || scopes.length !== asked.length) {
    throw body.wrong('scopes', `must be one or more of ${SCOPES_OF_KIND.bnd.join(', ')}`);
  }
  const lifetimeDays = body.has('lifetime_days')
    ? body.integer('lifetime_days', 1)
    : LIFETIME_DAYS_DEFAULT;
  if (lifetimeDays > LIFETIME_DAYS_MAX) {
    throw body.wrong('lifetime_days', `must be at most ${LIFETIME_DAYS_MAX}`);
  }
  return { scopes, lifetimeDays };
}
