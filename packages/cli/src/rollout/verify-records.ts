/** Deployment records of one path: each receipt, then the chain that they make. */
import {
  type DeploymentRecord,
  type RecordFault,
  type RecordsVerification,
  verifyDeploymentRecords,
} from '@craton/policy';
import {
  type Digest,
  taggedDigest,
  type TrustPolicy,
  type VerificationReport,
} from '@craton/protocol';
import { verifyEvidence } from '../commands/verify.ts';
import type { RecordBundle } from './record-bundle.ts';

/** What the operator side says beside a record: by its salt the decision is seen to be about it. */
export interface HistoryEntry {
  readonly requestId: string;
  readonly recordDigest: string;
  readonly actionSalt: string;
}

export type Binding = 'bound' | 'not_bound' | 'salt_unknown' | 'decision_missing';

export interface VerifiedRecord {
  readonly name: string;
  readonly requestId: string;
  readonly record: DeploymentPayloadRecord;
  readonly report: VerificationReport;
  /** Whether the decision was made about exactly this record. */
  readonly binding: Binding;
}

/** As it was signed; its form is judged with the chain. */
type DeploymentPayloadRecord = RecordBundle['payload']['record'];

export interface RecordsReport {
  readonly outcome: 'reached' | 'failed' | 'insufficient';
  readonly records: readonly VerifiedRecord[];
  readonly chain: RecordsVerification;
  /** Records of the history whose bundle is not there. */
  readonly missing: readonly string[];
}

export interface RecordTrust {
  readonly trust: TrustPolicy;
  readonly atMs: number;
  readonly require: string;
}

/** Verifies bundles in the order in which their records were made. */
export async function verifyRecords(
  bundles: readonly RecordBundle[],
  history: readonly HistoryEntry[],
  { trust, atMs, require }: RecordTrust,
): Promise<RecordsReport> {
  const ordered = bundles.toSorted((one, other) => one.payload.seq - other.payload.seq);
  const records: VerifiedRecord[] = [];
  for (const one of ordered) {
    const report = await verifyEvidence(one.bundle, trust, { atMs, require });
    const { request_id: requestId, record } = one.payload;
    records.push({ name: one.name, requestId, record, report, binding: bindingOf(one, history) });
  }
  const chain = verifyDeploymentRecords(records.map(({ record }) => record));
  const known = new Set(records.map(({ requestId }) => requestId));
  const missing = history.map(({ requestId }) => requestId).filter((id) => !known.has(id));
  return { outcome: outcomeOf(records, chain, missing), records, chain, missing };
}

function bindingOf({ payload, decision }: RecordBundle, history: readonly HistoryEntry[]): Binding {
  if (decision === undefined) return 'decision_missing';
  const entry = history.find(({ requestId }) => requestId === payload.request_id);
  if (entry === undefined) return 'salt_unknown';
  const action = { salt: entry.actionSalt, kind: 'deployment', action: payload.record };
  const isAction = taggedDigest('craton.action.v1', action) === decision.action_digest;
  const isRecord = recordDigestOf(payload.record) === entry.recordDigest;
  return isAction && isRecord ? 'bound' : 'not_bound';
}

function recordDigestOf(record: DeploymentPayloadRecord): Digest {
  return taggedDigest('craton.deployment.record.v1', record);
}

function outcomeOf(
  records: readonly VerifiedRecord[],
  chain: RecordsVerification,
  missing: readonly string[],
): RecordsReport['outcome'] {
  const isBroken =
    !chain.intact ||
    missing.length > 0 ||
    records.some(({ report, binding }) => report.outcome === 'failed' || binding === 'not_bound');
  if (isBroken) return 'failed';
  const isWhole = records.length > 0 && records.every(({ report }) => report.outcome === 'reached');
  return isWhole ? 'reached' : 'insufficient';
}

/** A fault of the chain in a sentence. */
export const CHAIN_WORDS = {
  record_malformed: 'the record does not have its form',
  link_broken: 'it does not name the record before it',
  time_goes_back: 'it is older than the record before it',
  other_path: 'it is of another path',
  supersedes_unknown: 'it names a record that is not there',
  evidence_after_record: 'its evidence is younger than itself',
  nothing_to_undo: 'there was nothing to undo',
} as const satisfies Record<RecordFault, string>;

/** What a record says it is, for one line. */
export function recordTitle(record: DeploymentPayloadRecord): string {
  const { action, at, path }: Partial<Record<keyof DeploymentRecord, unknown>> = record;
  const version =
    typeof path === 'object' && path !== null && 'path_version' in path ? path.path_version : '?';
  return [action, `version ${String(version)}`, at].map(String).join(', ');
}
