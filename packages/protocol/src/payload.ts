/** Reads signed payloads back: form, types and canonical spelling (PROTOCOL sections 1 and 4). */
import { encodeHex, equalBytes } from './bytes.ts';
import { VERDICTS } from './decision.ts';
import { CratonError } from './errors.ts';
import { MERGE_DELAY_MS } from './issue.ts';
import { canonicalBytes, type JsonObject } from './json/canonical.ts';
import { Members } from './json/members.ts';
import { checkSnapshot } from './opening.ts';
import { DEPTH_MAX, parseStrict } from './json/parse-strict.ts';
import {
  isCommitmentId,
  isDigest,
  isEnvironment,
  isHashBase64,
  isIssuer,
  isLabel,
  isPathId,
  isRequestId,
} from './names.ts';
import {
  CONFIRMATION_FLAGS,
  CONFIRMER_CLASSES,
  OUTCOMES,
  type Payload,
  PROTOCOL_ID,
  RECEIPT_TYPES,
  type ReceiptType,
} from './receipt.ts';
import { logOrigin } from './stream.ts';
import { isTime, parseTime } from './time.ts';

/** Why a payload cannot be read, as a code of the report's line `payload`. */
export type PayloadFault =
  | 'payload_not_json'
  | 'protocol_unknown'
  | 'receipt_type_unknown'
  | 'payload_malformed'
  | 'payload_not_canonical';

export type PayloadReading =
  | { readonly payload: Payload; readonly object: JsonObject }
  | { readonly fault: PayloadFault; readonly field?: string };

/** Reads the bytes that were signed. Unknown members are kept in `object` and otherwise ignored. */
export function readPayload(bytes: Uint8Array): PayloadReading {
  let members: Members;
  try {
    const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.payload });
    members = Members.of(parsed, '', 'ERR_RECEIPT_FORMAT');
  } catch {
    return { fault: 'payload_not_json' };
  }
  if (members.value('protocol') !== PROTOCOL_ID) return { fault: 'protocol_unknown' };
  const type = RECEIPT_TYPES.find((known) => known === members.value('receipt_type'));
  if (type === undefined) return { fault: 'receipt_type_unknown' };
  try {
    checkCommon(members);
    CHECKS[type](members);
  } catch (error) {
    const field = error instanceof CratonError ? error.field : undefined;
    return { fault: 'payload_malformed', ...(field !== undefined && { field }) };
  }
  const { object } = members;
  if (!equalBytes(canonicalBytes(object), bytes)) return { fault: 'payload_not_canonical' };
  return { payload: object as unknown as Payload, object };
}

const CHECKS: Record<ReceiptType, (payload: Members) => void> = {
  boundary_decision: checkDecision,
  execution_confirmation: (payload) => {
    checkConfirming(payload);
    payload.oneOf('outcome', OUTCOMES);
    payload.optionalText('executed_at', isTime);
  },
  execution_claim: checkConfirming,
  deployment_record: (payload) => {
    checkReferring(payload);
    payload.members('record').constant('schema', 'craton.deployment.record.v1');
  },
  gap_disclosure: checkGapDisclosure,
};

function checkCommon(payload: Members): void {
  const issuer = payload.text('issuer', isIssuer);
  const environment = payload.text('environment', isEnvironment);
  const issuedAt = payload.text('issued_at', isTime);
  payload.integer('epoch', 1);
  payload.integer('seq', 1);
  payload.text('stream', isDigest);
  const log = payload.members('log');
  log.text('origin', (text) => text === logOrigin(issuer, environment));
  log.text(
    'merge_by',
    (text) => isTime(text) && parseTime(text) === parseTime(issuedAt) + MERGE_DELAY_MS,
  );
  if (log.has('seen')) checkSeen(log.members('seen'));
}

function checkSeen(seen: Members): void {
  seen.integer('size', 0);
  seen.text('root', isHashBase64);
}

function checkDecision(payload: Members): void {
  checkReferring(payload);
  payload.oneOf('enforcement', ['enforce', 'observe']);
  const verdict = payload.oneOf('verdict', VERDICTS);
  const reasons = payload.textList('reasons', isLabel);
  if (!isSortedSet(reasons)) throw payload.wrong('reasons', 'must be sorted and unique');
  checkObligations(payload, verdict === 'constrain');
  const evaluatedAt = parseTime(payload.text('evaluated_at', isTime));
  const expiresAt = parseTime(payload.text('expires_at', isTime));
  const issuedAt = parseTime(payload.text('issued_at', isTime));
  if (issuedAt < evaluatedAt) throw payload.wrong('issued_at', 'must not be before evaluated_at');
  if (issuedAt >= expiresAt) throw payload.wrong('issued_at', 'must be before expires_at');
  payload.constant('max_uses', 1);
  payload.optionalText('audience', isLabel);
  payload.optionalText('action_digest', isDigest);
}

function checkObligations(payload: Members, allowed: boolean): void {
  const obligations = payload.list('obligations');
  if (obligations.length > 0 && !allowed) throw payload.wrong('obligations', 'must be empty');
  for (const value of obligations) {
    const obligation = Members.of(value, 'obligations', 'ERR_RECEIPT_FORMAT');
    obligation.text('type', isLabel);
    const flat = Object.values(obligation.object).every(
      (parameter) => typeof parameter !== 'object',
    );
    if (!flat) throw payload.wrong('obligations', 'must hold flat objects');
  }
  if (!areOrderedByBytes(obligations.map(canonicalBytes))) {
    throw payload.wrong('obligations', 'must be ordered and unique');
  }
}

/** Ascending by unsigned byte, each once. Hex keeps that order. */
function areOrderedByBytes(items: readonly Uint8Array[]): boolean {
  return isSortedSet(items.map(encodeHex));
}

function checkReferring(payload: Members): void {
  payload.text('request_id', isRequestId);
  payload.text('commitment_id', isCommitmentId);
  checkSnapshot(payload.members('boundary_snapshot'));
}

function checkConfirming(payload: Members): void {
  checkReferring(payload);
  const confirms = payload.members('confirms');
  confirms.text('request_id', isRequestId);
  confirms.text('payload_digest', isDigest);
  payload.optionalText('action_digest', isDigest);
  const confirmer = payload.members('confirmer');
  confirmer.text('key_id');
  confirmer.oneOf('class', CONFIRMER_CLASSES);
  const flags = payload.textList('flags', (flag) =>
    CONFIRMATION_FLAGS.some((known) => known === flag),
  );
  if (!isSortedSet(flags)) throw payload.wrong('flags', 'must be sorted and unique');
}

function checkGapDisclosure(payload: Members): void {
  payload.text('partner_id', isLabel);
  payload.text('path_id', isPathId);
  payload.text('nonce', (text) => /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text));
  const gap = payload.members('gap');
  gap.text('receipt_type', isLabel);
  gap.integer('epoch', 1);
  const from = gap.integer('from_seq', 1);
  gap.integer('to_seq', from);
  gap.text('reason', isLabel);
}

/** Ascending by UTF-16 code unit, each once. */
function isSortedSet(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? '') < text);
}
