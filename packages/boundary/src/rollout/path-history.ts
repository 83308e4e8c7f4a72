/** What is and was live on a path, from its chain of records. */
import {
  type BodyOf,
  encodeRecordBody,
  foldPath,
  pathChain,
  type PathHistory,
  readRecords,
} from '@craton/policy';
import { formatTime } from '@craton/protocol';
import type { RecordAppending } from '../ledger/operator-change.ts';
import type { ShownRecord } from './csv.ts';
import type { RolloutPorts } from './ports.ts';
import { intact } from './read-rollout.ts';

export interface LoadedPath {
  readonly history: PathHistory;
  readonly chain: string;
  /** Number of the chain's last record. */
  readonly head: number;
}

/** Throws `ERR_RECORDS_BROKEN` as `loadRollout` does. */
export async function loadPathHistory(
  { operatorRecords }: Pick<RolloutPorts, 'operatorRecords'>,
  { partner_id, path_id }: { readonly partner_id: string; readonly path_id: string },
): Promise<LoadedPath> {
  const chain = pathChain(partner_id, path_id);
  const records = await operatorRecords.readChain(chain);
  const history = foldPath(readRecords('path', intact(records)));
  return { history, chain, head: records.length };
}

/** The records themselves, for people. Throws as `loadPathHistory`. */
export async function loadPathRecords(
  { operatorRecords }: Pick<RolloutPorts, 'operatorRecords'>,
  { partner_id, path_id }: { readonly partner_id: string; readonly path_id: string },
): Promise<readonly ShownRecord[]> {
  const records = intact(await operatorRecords.readChain(pathChain(partner_id, path_id)));
  return readRecords('path', records).map(({ seq, atMs, actor, kind, digest, body }) => ({
    ...{ seq, at: formatTime(atMs), actor, kind, digest },
    body,
  }));
}

export type PathDeployment = BodyOf<'path', 'deployment_recorded'>;

/** The change that notes an action on a path. */
export function pathRecord(
  { chain, head }: LoadedPath,
  actor: string,
  body: PathDeployment,
): RecordAppending {
  return {
    kind: 'append_record',
    chain,
    afterSeq: head,
    actor,
    recordKind: 'deployment_recorded',
    bodyText: encodeRecordBody('path', 'deployment_recorded', body),
  };
}
