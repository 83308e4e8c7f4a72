/** Evidence that others have brought and that is kept in chains of the operator side. */
import {
  type LeakReport,
  type LeakSearch,
  parseLeakReport,
  parseSmokeRun,
  recordDigest,
  type SmokeEvidence,
} from '@craton/policy';
import { CratonError, type JsonValue, parseStrict, utf8 } from '@craton/protocol';
import { leakChain } from '../../http/leak-searches.ts';
import { smokeChain } from '../../http/smoke-runs.ts';
import type { OperatorRecord, OperatorRecords } from '../../ledger/operator-records.ts';
import { nodeSha256 } from '../../ledger/node-sha256.ts';

export interface RecordedPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain'>;
  readonly environment: string;
}

const DEPTH_MAX = 4;
/** Of a chain, so many of the newest are looked at. */
const RUNS_MAX = 100;

/** The newest smoke runs of an environment. Throws `ERR_RECORDS_BROKEN`. */
export async function recordedSmokeRuns(
  { operatorRecords }: RecordedPorts,
  environment: string,
): Promise<readonly SmokeEvidence[]> {
  const records = intactLinks(await operatorRecords.readChain(smokeChain(environment)));
  return records.slice(-RUNS_MAX).map(({ bodyText }) => {
    const {
      target,
      environment: tried,
      build,
      outcome,
      ended_at,
      digest,
    } = parseSmokeRun(parseBody(bodyText));
    return { target, environment: tried, outcome, ended_at, digest, ...(build && { build }) };
  });
}

/** The newest search for planted secrets; undefined before the first. Throws `ERR_RECORDS_BROKEN`. */
export async function recordedLeakSearch({
  operatorRecords,
  environment,
}: RecordedPorts): Promise<LeakSearch | undefined> {
  const records = intactLinks(await operatorRecords.readChain(leakChain(environment)));
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const { build, searched, found }: LeakReport = parseLeakReport(parseBody(last.bodyText));
  return { build, searched, found };
}

function parseBody(text: string): JsonValue {
  return parseStrict(utf8(text), { numbers: 'safe', depthMax: DEPTH_MAX });
}

/** The records, if each is what was stored: bodies of these chains are read by their own readers. */
export function intactLinks(records: readonly OperatorRecord[]): readonly OperatorRecord[] {
  const isWhole = records.every((record, index) => {
    const { digest: previous } = records[index - 1] ?? {};
    return record.seq === index + 1 && recordDigest(record, previous, nodeSha256) === record.digest;
  });
  if (isWhole) return records;
  const message =
    'A record of evidence was changed after it was stored. Do not rely on it; restore the store from a backup and compare.';
  throw new CratonError('ERR_RECORDS_BROKEN', message);
}
