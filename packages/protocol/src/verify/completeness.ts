/** The line `completeness`: this receipt's place in its stream (PROTOCOL section 5). */
import { decodeBase64url } from '../base64.ts';
import type { Payload } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import { streamDigest, streamTag } from '../stream.ts';
import type { Tools } from './envelope.ts';
import type { Inclusion } from './log.ts';
import { result } from './result.ts';

/** With the stream's key (base64url, 32 bytes) stream and tag are recomputed. */
export function checkCompleteness(
  payload: Payload,
  inclusion: Inclusion | undefined,
  streamKey: string | undefined,
  { sha256 }: Tools,
): CheckResult {
  if (streamKey === undefined) return result('completeness', 'needs_audit');
  const { partner_id, path_id } =
    payload.receipt_type === 'gap_disclosure' ? payload : payload.boundary_snapshot;
  const { origin } = payload.log;
  const { receipt_type } = payload;
  const identity = { origin, partner_id, path_id, receipt_type, stream_key: streamKey };
  if (streamDigest(identity, sha256) !== payload.stream) {
    return result('completeness', 'stream_mismatch');
  }
  const tag = streamTag(decodeBase64url(streamKey), payload, sha256);
  const isElsewhere = inclusion !== undefined && inclusion.entry.tag !== tag;
  return result('completeness', isElsewhere ? 'tag_mismatch' : 'stream_checked');
}
