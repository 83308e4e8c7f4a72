/** What was live on a path and when: a fold of its chain `path:<partner_id>/<path_id>`. */
import type { Digest } from '@craton/protocol';
import type { PathRecord } from './record-chain.ts';
import type { BodyOf } from './records.ts';

export interface PathHistory {
  /** What answers now; absent if the path was never deployed, or is out of service. */
  readonly live?: BodyOf<'path', 'deployment_recorded'>;
  /** Every deployment action in its order. */
  readonly deployments: readonly BodyOf<'path', 'deployment_recorded'>[];
  /** What the next deployment record names as `previous_record_digest`. */
  readonly lastRecordDigest?: Digest;
  /** An emergency deployment waits for its review, which blocks the next one. */
  readonly isReviewOpen: boolean;
}

/** Folds the records of one path. */
export function foldPath(records: readonly PathRecord[]): PathHistory {
  const deployments = records.flatMap((one) =>
    one.kind === 'deployment_recorded' ? [one.body] : [],
  );
  const reviewed = new Set(
    records.flatMap((one) => (one.kind === 'break_glass_reviewed' ? [one.body.record_digest] : [])),
  );
  const last = deployments.at(-1);
  return {
    deployments,
    ...(last?.live === true && { live: last }),
    ...(last !== undefined && { lastRecordDigest: last.record_digest }),
    isReviewOpen: deployments.some(
      ({ action, record_digest }) => action === 'break_glass' && !reviewed.has(record_digest),
    ),
  };
}
