/** Evaluates a snapshot again: whoever has pinned the posture key need not believe its answer. */
import {
  canonicalBytes,
  canonicalize,
  CratonError,
  DEPTH_MAX,
  type Digest,
  type Ed25519Verify,
  isJsonObject,
  parseStrict,
} from '@craton/protocol';
import { readinessPosture } from '../posture/posture.ts';
import { verifyPosture } from '../posture/verify-posture.ts';
import { evaluateReadiness } from '../readiness/evaluate-readiness.ts';
import type { ReadinessDetail } from '../readiness/readiness-document.ts';
import { answerObject, parseSnapshot, SNAPSHOT_BYTES_MAX } from './snapshot.ts';

const CODE = 'ERR_READINESS_SNAPSHOT';

export interface VerifiedSnapshot {
  /** As evaluated here. */
  readonly detail: ReadinessDetail;
  /** What others cite. */
  readonly digest: Digest;
  /** Whether the production side answered: without it nothing in the snapshot is signed. */
  readonly hasPosture: boolean;
}

/**
 * `publicKey` is the posture key, 32 bytes, pinned by the reader. Throws `ERR_READINESS_SNAPSHOT` for
 * another form, a digest that does not fit, or an answer that does not follow from the parts;
 * `ERR_POSTURE` for a posture of another key or environment. What self-service says of itself (its
 * settings and its own probes) is its own word; the age is the caller's to judge.
 */
export async function verifySnapshot(
  bytes: Uint8Array,
  publicKey: Uint8Array,
  primitive?: Ed25519Verify,
): Promise<VerifiedSnapshot> {
  if (bytes.length > SNAPSHOT_BYTES_MAX) throw new CratonError(CODE, 'The snapshot is too long.');
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  if (!isJsonObject(value)) throw new CratonError(CODE, 'The snapshot must be an object.');
  const { config, probes, posture: signed, answer } = parseSnapshot(value);
  const { environment } = config;
  const posture =
    signed && (await verifyPosture(canonicalBytes(signed), { publicKey, environment }, primitive));
  const { detail } = evaluateReadiness(config, posture && readinessPosture(posture), probes);
  if (canonicalize(answerObject(detail)) !== canonicalize(answer)) {
    throw new CratonError(CODE, 'The answer in the snapshot does not follow from its parts.');
  }
  // Read by parseSnapshot, which compared it with what it is of.
  return { detail, digest: parseDigest(value['digest']), hasPosture: posture !== undefined };
}

const parseDigest = (value: unknown): Digest => value as Digest;
