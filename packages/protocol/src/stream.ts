/** Streams, tags and log entries (PROTOCOL section 5). */
import { encodeBase64url } from './base64.ts';
import { utf8 } from './bytes.ts';
import { type Digest, taggedDigest } from './digest.ts';
import { canonicalBytes } from './json/canonical.ts';
import { hmacSha256, type Sha256, sha256 as ownSha256 } from './sha256.ts';

/** What one gapless sequence counts; `path_id` is stable over versions. */
export interface StreamIdentity {
  /** `<issuer>/<environment>`, the log's origin. */
  readonly origin: string;
  readonly partner_id: string;
  readonly path_id: string;
  readonly receipt_type: string;
  /** 32 random bytes, base64url: a secret shared with the partner. */
  readonly stream_key: string;
}

/** One leaf of the transparency log; strangers can neither link nor count by it. */
export interface LogEntry {
  readonly v: 1;
  /** Digest of the payload bytes. */
  readonly digest: Digest;
  readonly kid: string;
  /** base64url of HMAC-SHA-256. */
  readonly tag: string;
}

/** The origin of the log that an issuer keeps for one environment. */
export function logOrigin(issuer: string, environment: string): string {
  return `${issuer}/${environment}`;
}

/** The `stream` member of a payload: it commits the stream's key. */
export function streamDigest(identity: StreamIdentity, sha256: Sha256 = ownSha256): Digest {
  const { origin, partner_id, path_id, receipt_type, stream_key } = identity;
  const committed = { origin, partner_id, path_id, receipt_type, stream_key };
  return taggedDigest('craton.stream.v1', committed, sha256);
}

export interface StreamPosition {
  readonly stream: Digest;
  readonly epoch: number;
  readonly seq: number;
}

/** The tag of one place in a stream; `streamKey` is the raw 32 bytes. */
export function streamTag(
  streamKey: Uint8Array,
  position: StreamPosition,
  sha256: Sha256 = ownSha256,
): string {
  return encodeBase64url(hmacSha256(sha256, streamKey, utf8(streamTagText(position))));
}

/** What a tag is the HMAC of, for whoever keeps the stream's key in a form of its own. */
export function streamTagText({ stream, epoch, seq }: StreamPosition): string {
  return `craton.tag.v1\n${stream}\n${epoch}\n${seq}`;
}

/** The bytes of a log entry, as hashed into the tree. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  return canonicalBytes(entry);
}
