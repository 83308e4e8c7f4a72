/** Reads rollouts from their records: what is folded was checked link by link before. */
import {
  activeFreezes,
  activeWaivers,
  DEFAULT_GATE_POLICY,
  foldGovernance,
  foldRollout,
  type GatePolicy,
  gatePolicyDigest,
  type Governance,
  governanceChain,
  type GovernanceRecord,
  type JudgeInputs,
  readRecords,
  type Rollout,
  rolloutChain,
  type RolloutRecord,
  verifyRecordChain,
} from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { OperatorRecord } from '../ledger/operator-records.ts';
import type { RolloutPorts } from './ports.ts';

type ReadingPorts = Pick<
  RolloutPorts,
  'operatorRecords' | 'environment' | 'isProductionLike' | 'sources'
>;

/** A rollout at a moment, and what it must still be when something is written on it. */
export interface LoadedRollout {
  readonly rollout: Rollout;
  readonly records: readonly RolloutRecord[];
  readonly governance: Governance;
  readonly inputs: JudgeInputs;
  /** Chains by their last number, for `expect`. */
  readonly heads: Readonly<Record<string, number>>;
}

/**
 * Throws `ERR_NOT_FOUND`, and `ERR_RECORDS_BROKEN` if a stored record is not what was stored: then
 * nothing of the rollout is believed.
 */
export async function loadRollout(ports: ReadingPorts, rolloutId: string): Promise<LoadedRollout> {
  const chain = rolloutChain(rolloutId);
  const stored = await ports.operatorRecords.readChain(chain);
  if (stored.length === 0) throw new CratonError('ERR_NOT_FOUND', 'There is no such rollout.');
  const records = readRecords('rollout', intact(stored));
  const { governance, records: governanceRecords } = await loadGovernance(ports);
  const rollout = foldRollout(records);
  const nowMs = ports.sources.nowMs();
  return {
    rollout,
    records,
    governance,
    inputs: {
      rollout,
      policy: policyOf(rollout, governanceRecords),
      waivers: activeWaivers(governance, rolloutId, nowMs),
      frozenBy: activeFreezes(governance.freezeWindows, nowMs),
      nowMs,
    },
    heads: {
      [chain]: stored.length,
      [governanceChain(ports.environment)]: governanceRecords.length,
    },
  };
}

/** Who holds which role and what is asked of rollouts, from the records. Throws as `loadRollout`. */
export async function loadGovernance({
  operatorRecords,
  environment,
  isProductionLike,
}: ReadingPorts): Promise<{
  readonly governance: Governance;
  readonly records: readonly GovernanceRecord[];
}> {
  const stored = await operatorRecords.readChain(governanceChain(environment));
  const records = readRecords('governance', intact(stored));
  return { governance: foldGovernance(records, { isProductionLike }), records };
}

/** The records themselves, if each is what was stored. */
export function intact(records: readonly OperatorRecord[]): readonly OperatorRecord[] {
  const verification = verifyRecordChain(records, nodeSha256);
  if (verification.intact) return records;
  const message = `Record ${verification.seq} of a chain was changed after it was stored (${verification.fault}). Do not rely on it; restore the store from a backup and compare.`;
  throw new CratonError('ERR_RECORDS_BROKEN', message);
}

/** The policy in force when review was requested, which holds for the whole rollout. */
function policyOf({ opened }: Rollout, records: readonly GovernanceRecord[]): GatePolicy {
  const policies = records.flatMap((record) =>
    record.kind === 'gate_policy_proposed' ? [record.body.policy] : [],
  );
  const found = [DEFAULT_GATE_POLICY, ...policies].find(
    (policy) => gatePolicyDigest(policy, nodeSha256) === opened.gate_policy_digest,
  );
  if (found !== undefined) return found;
  throw new CratonError(
    'ERR_RECORDS_BROKEN',
    'The gate policy of a rollout is not in its records.',
  );
}

/** Ids of all rollouts, in no order that means anything. */
export async function listRolloutIds({
  operatorRecords,
}: Pick<RolloutPorts, 'operatorRecords'>): Promise<readonly string[]> {
  const prefix = rolloutChain('');
  const chains = await operatorRecords.listChains(prefix);
  return chains.map(({ chain }) => chain.slice(prefix.length));
}

/** The rollout in which a packet is under review. */
export async function findRolloutOf(
  ports: ReadingPorts,
  packetDigest: string,
): Promise<LoadedRollout | undefined> {
  for (const kind of ['packet_replaced', 'rollout_opened'] as const) {
    for (const chain of await ports.operatorRecords.findChains(kind, packetDigest)) {
      const loaded = await loadRollout(ports, chain.slice(rolloutChain('').length));
      if (loaded.rollout.packet.packet_digest === packetDigest) return loaded;
    }
  }
  return undefined;
}
