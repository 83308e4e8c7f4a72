/** Writes one more record of a rollout, on the state that its author has seen. */
import {
  type BodyOf,
  encodeRecordBody,
  governanceChain,
  type RolloutKind,
  rolloutChain,
} from '@craton/policy';
import type { LedgerChange } from '../ledger/change.ts';
import type { RecordAppending } from '../ledger/operator-change.ts';
import type { RolloutPorts } from './ports.ts';
import type { LoadedRollout } from './read-rollout.ts';

/** One record: its kind, its body, and who says it. */
export interface NewRecord<K extends RolloutKind> {
  readonly actor: string;
  readonly kind: K;
  readonly body: BodyOf<'rollout', K>;
}

/** The change that appends a record to a rollout. `afterSeq`: as in `append_record`. */
export function rolloutRecord<K extends RolloutKind>(
  rolloutId: string,
  { actor, kind, body }: NewRecord<K>,
  afterSeq?: number,
): RecordAppending {
  return {
    kind: 'append_record',
    chain: rolloutChain(rolloutId),
    ...(afterSeq !== undefined && { afterSeq }),
    actor,
    recordKind: kind,
    bodyText: encodeRecordBody('rollout', kind, body),
  };
}

/**
 * Appends a record to what was loaded, with other changes in the same transaction. Throws
 * `ERR_RECORD_CONFLICT` if the rollout or the governance of its environment has moved on.
 */
export async function appendTo<K extends RolloutKind>(
  { admin, environment }: Pick<RolloutPorts, 'admin' | 'environment'>,
  { rollout, heads }: LoadedRollout,
  record: NewRecord<K>,
  ...others: readonly LedgerChange[]
): Promise<void> {
  const { rolloutId } = rollout;
  const governance = governanceChain(environment);
  await admin.apply(
    { kind: 'expect', heads: { [governance]: heads[governance] ?? 0 } },
    rolloutRecord(rolloutId, record, heads[rolloutChain(rolloutId)] ?? 0),
    ...others,
  );
}
