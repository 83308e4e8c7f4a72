/** Chains of operator records: each record names the digest of the one before it. */
import {
  canonicalize,
  CratonError,
  type Digest,
  formatTime,
  type JsonValue,
  parseStrict,
  type Sha256,
  taggedDigest,
  utf8,
} from '@craton/protocol';
import {
  type BodyOf,
  CHAIN_FAMILIES,
  type ChainFamily,
  type KindOf,
  readRecordBody,
} from './records.ts';

/** Nesting of a record's body at most: a gate policy in a proposal. */
export const RECORD_DEPTH_MAX = 8;

/** A record as it is stored. */
export interface StoredRecord {
  /** `rollout:<rollout_id>`, `governance:<environment>` or `path:<partner_id>/<path_id>`. */
  readonly chain: string;
  /** From 1 without a gap. */
  readonly seq: number;
  /** Milliseconds since 1970; the digest covers its text. Never before the record before it. */
  readonly atMs: number;
  /** An act id, the public id of a key, or what acts by itself: `system`, `start`. */
  readonly actor: string;
  readonly kind: string;
  /** Canonical JSON of an object. */
  readonly bodyText: string;
  /** `recordDigest`, which covers the digest of the record before. */
  readonly digest: string;
}

type RecordOf<F extends ChainFamily, K extends KindOf<F>> = Omit<
  StoredRecord,
  'kind' | 'bodyText'
> & {
  readonly kind: K;
  readonly body: BodyOf<F, K>;
};

/** A record of a family whose body was read: a union over the kinds. */
export type ReadRecord<F extends ChainFamily> = {
  [K in KindOf<F>]: RecordOf<F, K>;
}[KindOf<F>];

export type RolloutRecord = ReadRecord<'rollout'>;
export type GovernanceRecord = ReadRecord<'governance'>;
export type PathRecord = ReadRecord<'path'>;

/** Where the next record goes. `last`: the newest record of the chain, absent for the first. */
export interface RecordPlace {
  readonly chain: string;
  readonly atMs: number;
  readonly actor: string;
  readonly last?: Pick<StoredRecord, 'seq' | 'digest' | 'atMs'>;
}

export const rolloutChain = (rolloutId: string): string => `rollout:${rolloutId}`;
export const governanceChain = (environment: string): string => `governance:${environment}`;
export const pathChain = (partnerId: string, pathId: string): string =>
  `path:${partnerId}/${pathId}`;

/** The canonical text of a body for the store. Throws `ERR_OPERATOR_RECORD` naming the member. */
export function encodeRecordBody<F extends ChainFamily, K extends KindOf<F>>(
  family: F,
  kind: K,
  body: BodyOf<F, K>,
): string {
  const bodyText = canonicalize(body);
  readRecordBody(family, kind, parseBody(bodyText));
  return bodyText;
}

/**
 * Digest of `craton.operator_record.v1\n` and `{chain, seq, at, actor, kind, body, previous?}`;
 * `previous`: digest of the record before, absent for the first.
 */
export function recordDigest(
  record: Omit<StoredRecord, 'digest'>,
  previous?: string,
  sha256?: Sha256,
): Digest {
  const { chain, seq, atMs, actor, kind, bodyText } = record;
  const subject = { chain, seq, at: formatTime(atMs), actor, kind, body: parseBody(bodyText) };
  const content = { ...subject, ...(previous !== undefined && { previous }) };
  return taggedDigest('craton.operator_record.v1', content, sha256);
}

/**
 * Composes the next record of a chain, as the store does; the body goes through the strict reader.
 *
 * Throws `ERR_OPERATOR_RECORD`.
 */
export function composeRecord<F extends ChainFamily, K extends KindOf<F>>(
  family: F,
  { chain, actor, atMs, last }: RecordPlace,
  { kind, body }: { readonly kind: K; readonly body: BodyOf<F, K> },
  sha256?: Sha256,
): StoredRecord {
  if (!chain.startsWith(`${family}:`)) throw refused('chain', `is not one of ${family}`);
  const record = {
    chain,
    seq: (last?.seq ?? 0) + 1,
    // A clock that went back is no reason for a chain that does.
    atMs: Math.max(atMs, last?.atMs ?? 0),
    actor,
    kind,
    bodyText: encodeRecordBody(family, kind, body),
  };
  return { ...record, digest: recordDigest(record, last?.digest, sha256) };
}

/** Reads the bodies of a chain. Throws `ERR_OPERATOR_RECORD` naming the member without its form. */
export function readRecords<F extends ChainFamily>(
  family: F,
  records: readonly StoredRecord[],
): readonly ReadRecord<F>[] {
  return records.map(({ bodyText, ...record }) => {
    if (!record.chain.startsWith(`${family}:`)) throw refused('chain', `is not one of ${family}`);
    const body = readRecordBody(family, record.kind as KindOf<F>, parseBody(bodyText));
    return { ...record, body } as unknown as ReadRecord<F>;
  });
}

function parseBody(bodyText: string): JsonValue {
  return parseStrict(utf8(bodyText), { numbers: 'safe', depthMax: RECORD_DEPTH_MAX });
}

export type ChainFault =
  'chain_differs' | 'sequence_broken' | 'digest_differs' | 'time_goes_back' | 'body_malformed';

export type ChainVerification =
  | { readonly intact: true; readonly records: number; readonly head?: string }
  /** `seq`: where the first record stands, or should stand, that does not fit. */
  | { readonly intact: false; readonly seq: number; readonly fault: ChainFault };

/**
 * Checks a whole chain from its first record: numbers, links, digests, times and bodies. Never
 * throws. A chain whose end was cut off is intact; `head` is what a deployment record cites.
 */
export function verifyRecordChain(
  records: readonly StoredRecord[],
  sha256?: Sha256,
): ChainVerification {
  let last: StoredRecord | undefined;
  for (const record of records) {
    const fault = faultOf(record, last, sha256);
    if (fault !== undefined) return { intact: false, seq: (last?.seq ?? 0) + 1, fault };
    last = record;
  }
  return { intact: true, records: records.length, ...(last && { head: last.digest }) };
}

function faultOf(
  record: StoredRecord,
  last: StoredRecord | undefined,
  sha256?: Sha256,
): ChainFault | undefined {
  if (last !== undefined && record.chain !== last.chain) return 'chain_differs';
  if (record.seq !== (last?.seq ?? 0) + 1) return 'sequence_broken';
  if (last !== undefined && record.atMs < last.atMs) return 'time_goes_back';
  if (!holds(() => recordDigest(record, last?.digest, sha256) === record.digest)) {
    return 'digest_differs';
  }
  return holds(() => readableBody(record)) ? undefined : 'body_malformed';
}

function holds(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

function readableBody(record: StoredRecord): boolean {
  const family = CHAIN_FAMILIES.find((known) => record.chain.startsWith(`${known}:`));
  if (family === undefined) return false;
  readRecords(family, [record]);
  return canonicalize(parseBody(record.bodyText)) === record.bodyText;
}

function refused(field: string, problem: string): CratonError {
  return new CratonError('ERR_OPERATOR_RECORD', `${field} ${problem}.`, { field });
}
