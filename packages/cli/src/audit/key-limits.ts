/** Up to which entry of the log the receipts of an expired or compromised key count. */
import { encodeBase64, evaluateQuorum, type TrustPolicy } from '@craton/protocol';
import type { ExportAudit, KeyLimit } from '@craton/protocol/audit';
import type { KnownCheckpoint } from './audited-log.ts';

/** After the attested window a receipt must be in a checkpoint cosigned this soon. */
const LOGGED_WITHIN_MS = 3_600_000;

export interface KeyLimits {
  /** By position of the key. */
  readonly limits: ReadonlyMap<number, KeyLimit>;
  /** kids whose cut-off no witnessed checkpoint stands behind. */
  readonly unwitnessedCutOffs: readonly string[];
}

/** What is known of the log's history. */
export interface KnownHistory {
  readonly known: readonly KnownCheckpoint[];
  /** Padded base64, by size, as computed from the entries. */
  readonly roots: ReadonlyMap<number, string>;
}

/** Sizes whose roots are needed for the cut-offs of keys that signed something. */
export function cutOffSizes(audit: ExportAudit, trust: TrustPolicy): number[] {
  return cutOffsOf(audit, trust).map(({ size }) => size);
}

/** Adds `cut_off_mismatch` for a cut-off that is none of this log's history. */
export function keyLimits(
  audit: ExportAudit,
  trust: TrustPolicy,
  { known, roots }: KnownHistory,
): KeyLimits {
  const limits = new Map<number, KeyLimit>();
  const unwitnessedCutOffs: string[] = [];
  const witnessed = known.filter(
    ({ cosignatures }) =>
      trust.tlog.quorum !== 'none' && evaluateQuorum(trust.tlog, cosignatures).reached,
  );
  for (const { kid, keyNo, window } of audit.receipts.keys) {
    const cutOff = cutOffsOf(audit, trust).find((key) => key.kid === kid);
    if (cutOff !== undefined) {
      const isOfThisLog = roots.get(cutOff.size) === cutOff.root;
      if (!isOfThisLog) audit.exceptions.add('cut_off_mismatch', { kid, size: cutOff.size });
      limits.set(keyNo, {
        demand: 'key_compromised',
        indexBelow: isOfThisLog ? cutOff.size : 0,
      });
      const isWitnessed = witnessed.some(
        ({ treeSize, root }) => treeSize === cutOff.size && encodeBase64(root) === cutOff.root,
      );
      if (!isWitnessed) unwitnessedCutOffs.push(kid);
    } else if (window !== undefined && audit.logDemandOf(kid) === 'key_expired') {
      const notAfterS = Math.floor((window.notAfterMs + LOGGED_WITHIN_MS) / 1000);
      const inTime = witnessed.filter(
        ({ cosignatures }) => evaluateQuorum(trust.tlog, cosignatures, { notAfterS }).reached,
      );
      const indexBelow = Math.max(0, ...inTime.map(({ treeSize }) => treeSize));
      limits.set(keyNo, { demand: 'key_expired', indexBelow });
    }
  }
  return { limits, unwitnessedCutOffs };
}

function cutOffsOf(audit: ExportAudit, { compromised }: TrustPolicy) {
  const kids = audit.receipts.keys.map(({ kid }) => kid);
  return compromised.filter(
    ({ kid, origin }) => kids.includes(kid) && origin === audit.header.origin,
  );
}
