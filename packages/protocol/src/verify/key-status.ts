/** The line `key_status`: whether the key was good when it signed, and still is (PROTOCOL 6). */
import { encodeBase64 } from '../base64.ts';
import type { Payload } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import { formatTime, parseTime } from '../time.ts';
import { evaluateQuorum } from '../tlog/index.ts';
import type { CompromisedKey, TrustPolicy } from '../trust-policy.ts';
import type { AttestedWindow } from './issuer.ts';
import type { Inclusion } from './log.ts';
import { result } from './result.ts';

/** After the attested window a receipt must be in a checkpoint cosigned this soon. */
const LOGGED_WITHIN_MS = 3_600_000;

export interface KeyStatusSubject {
  readonly payload: Payload;
  readonly kid: string;
  /** What the counted roots said; undefined if the issuer is not verified. */
  readonly window: AttestedWindow | undefined;
  /** Where the log shows the receipt, if it does. */
  readonly inclusion: Inclusion | undefined;
  /** Time of checking, milliseconds since 1970. */
  readonly atMs: number;
}

export interface KeyStatus {
  readonly check: CheckResult;
  /** Whether the receipt's place in the log is mandatory for this key, and good enough. */
  readonly log: 'free' | 'met' | 'unmet';
}

/** Compares `issued_at` and the time of checking with the attested window and the cut-offs. */
export function checkKeyStatus(subject: KeyStatusSubject, trust: TrustPolicy): KeyStatus {
  const { payload, kid, window, inclusion, atMs } = subject;
  const compromised = trust.compromised.find((key) => key.kid === kid);
  if (compromised !== undefined && !isBeforeCutOff(compromised, inclusion)) {
    return { check: result('key_status', 'key_compromised'), log: 'unmet' };
  }
  const log = compromised === undefined ? 'free' : 'met';
  if (window === undefined) return { check: result('key_status', 'issuer_not_verified'), log };
  const issuedAtMs = parseTime(payload.issued_at);
  const { notBeforeMs, notAfterMs } = window;
  const isInWindow = notBeforeMs <= issuedAtMs && issuedAtMs <= notAfterMs;
  if (atMs > notAfterMs && !isCosignedBy(notAfterMs + LOGGED_WITHIN_MS, inclusion, trust)) {
    const code = isInWindow ? 'key_expired' : 'outside_attested_window';
    return { check: result('key_status', code), log: 'unmet' };
  }
  const data = { not_before: formatTime(notBeforeMs), not_after: formatTime(notAfterMs) };
  if (!isInWindow) return { check: result('key_status', 'outside_attested_window', data), log };
  if (atMs > notAfterMs) {
    return { check: result('key_status', 'key_expired_logged', data), log: 'met' };
  }
  if (compromised === undefined) return { check: result('key_status', 'ok', data), log };
  // Whoever holds the stolen key and the log could make such a checkpoint afterwards.
  const isWitnessed = isCosignedBy(Infinity, inclusion, trust);
  const code = isWitnessed ? 'key_compromised_logged' : 'key_compromised_unwitnessed';
  return { check: result('key_status', code, data), log };
}

/** The proof is to exactly the named checkpoint, so that the index was below its size then. */
function isBeforeCutOff(cutOff: CompromisedKey, inclusion: Inclusion | undefined): boolean {
  return (
    inclusion !== undefined &&
    inclusion.origin === cutOff.origin &&
    inclusion.size === cutOff.size &&
    encodeBase64(inclusion.root) === cutOff.root &&
    inclusion.index < cutOff.size
  );
}

function isCosignedBy(atMs: number, inclusion: Inclusion | undefined, trust: TrustPolicy): boolean {
  if (inclusion?.cosignatures === undefined || trust.tlog.quorum === 'none') return false;
  const notAfterS = Math.floor(atMs / 1000);
  return evaluateQuorum(trust.tlog, inclusion.cosignatures, { notAfterS }).reached;
}
