/** The lines that say what a receipt permits: `validity, action_bound, authority, obligations`. */
import type { JsonObject } from '../json/canonical.ts';
import type { Opening } from '../opening.ts';
import type { Payload, ReceiptType } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import { parseTime } from '../time.ts';
import type { Signed } from './envelope.ts';
import { result } from './result.ts';

const COMMON_MEMBERS = [
  'protocol',
  'receipt_type',
  'issuer',
  'environment',
  'issued_at',
  'epoch',
  'seq',
  'stream',
  'log',
  'crit',
];
const REFERRING_MEMBERS = [...COMMON_MEMBERS, 'request_id', 'commitment_id', 'boundary_snapshot'];
const CONFIRMING_MEMBERS = [
  ...REFERRING_MEMBERS,
  'confirms',
  'action_digest',
  'confirmer',
  'flags',
];

/** Members that a signed `crit` may name, because they are defined and read here. */
const DEFINED_MEMBERS: Readonly<Record<ReceiptType, readonly string[]>> = {
  boundary_decision: [
    ...REFERRING_MEMBERS,
    'enforcement',
    'verdict',
    'reasons',
    'obligations',
    'evaluated_at',
    'expires_at',
    'max_uses',
    'audience',
    'action_digest',
  ],
  execution_confirmation: [...CONFIRMING_MEMBERS, 'outcome', 'executed_at'],
  execution_claim: CONFIRMING_MEMBERS,
  deployment_record: [...REFERRING_MEMBERS, 'record'],
  gap_disclosure: [...COMMON_MEMBERS, 'partner_id', 'path_id', 'nonce', 'gap'],
};

/** Expiry, audience, observe and crit. `audience` is the label that the caller acts as. */
export function checkValidity(
  { payload, object }: Signed,
  { atMs, audience }: { readonly atMs: number; readonly audience?: string | undefined },
): CheckResult {
  const critFault = checkCrit(payload, object);
  if (critFault !== undefined) return result('validity', critFault);
  if (payload.receipt_type !== 'boundary_decision') return result('validity', 'not_applicable');
  if (payload.enforcement === 'observe') return result('validity', 'observe_only');
  const data = { expires_at: payload.expires_at };
  if (atMs >= parseTime(payload.expires_at)) return result('validity', 'expired', data);
  if (payload.audience === undefined) return result('validity', 'ok', data);
  if (audience === undefined) return result('validity', 'audience_not_given', data);
  return result('validity', payload.audience === audience ? 'ok' : 'other_audience', data);
}

function checkCrit(
  payload: Payload,
  object: JsonObject,
): 'crit_malformed' | 'crit_unknown' | undefined {
  const isObserved =
    payload.receipt_type === 'boundary_decision' && payload.enforcement === 'observe';
  const crit: unknown = object['crit'];
  if (crit === undefined) return isObserved ? 'crit_malformed' : undefined;
  if (!Array.isArray(crit) || crit.length === 0) return 'crit_malformed';
  const names: readonly unknown[] = crit;
  const isPresent = (name: unknown): boolean =>
    typeof name === 'string' && Object.hasOwn(object, name);
  if (new Set(names).size !== names.length || !names.every(isPresent)) return 'crit_malformed';
  if (isObserved && !names.includes('enforcement')) return 'crit_malformed';
  const defined = DEFINED_MEMBERS[payload.receipt_type];
  return names.every((name) => defined.includes(String(name))) ? undefined : 'crit_unknown';
}

/** Compares the bound action with the one that the caller is about to run, if it gave one. */
export function checkAction(payload: Payload, actionDigest: string | undefined): CheckResult {
  if (payload.receipt_type === 'gap_disclosure' || payload.receipt_type === 'deployment_record') {
    return result('action_bound', 'not_applicable');
  }
  const bound = payload.action_digest;
  if (bound === undefined) return result('action_bound', 'no_action_digest');
  if (actionDigest === undefined) return result('action_bound', 'action_not_given');
  return result('action_bound', bound === actionDigest ? 'ok' : 'action_mismatch');
}

/** Says how far the evidence of an approval was checked, and by whom. */
export function checkAuthority(payload: Payload, opening: Opening | undefined): CheckResult {
  if (payload.receipt_type !== 'boundary_decision') return result('authority', 'not_applicable');
  if (opening === undefined) return result('authority', 'opening_missing');
  return result('authority', `authority_${opening.authority.class}`);
}

/** Names the obligations; a host that gave the types it knows learns of an unknown one. */
export function checkObligations(
  payload: Payload,
  known: readonly string[] | undefined,
): CheckResult {
  if (payload.receipt_type !== 'boundary_decision') return result('obligations', 'not_applicable');
  const types = payload.obligations.map(({ type }) => type);
  if (types.length === 0) return result('obligations', 'no_obligations');
  const isUnknown = known !== undefined && types.some((type) => !known.includes(type));
  return result('obligations', isUnknown ? 'obligation_unknown' : 'obligations_stated', { types });
}
