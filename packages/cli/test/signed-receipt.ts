/** Receipts of the golden issuer, with what a test wants to be signed in them. */
import {
  type Bundle,
  digestBytes,
  encodeLogEntry,
  encodePayload,
  formatTime,
  parseTime,
  type Payload,
  sealReceipt,
} from '@craton/protocol';
import { keyPairOf } from '../src/keys/key-pair.ts';
import { readGolden } from './fake-context.ts';

/** The golden cases publish the seeds of their keys, which are good for nothing else. */
const SIGNING_SEED = new Uint8Array(32).fill(2);
const TAG = 'A'.repeat(43);

export interface ReceiptTerms {
  /** Tells receipts apart. */
  readonly seq?: number;
  readonly issuedAtMs?: number;
  readonly seen?: { readonly size: number; readonly root: string };
  /** Signs with another key than the attested one. */
  readonly seed?: Uint8Array;
}

export interface SignedReceipt {
  readonly bundle: Bundle;
  /** The log entry that stands for it. */
  readonly entry: Uint8Array;
}

export const golden = readGolden('001-allow');

/** The trust policy of the golden issuer, with these lines for logs and witnesses. */
export function trustPolicy(...lines: readonly string[]): string {
  const own = golden.minimal.trust_policy.replace('quorum none\n', '');
  const quorum = lines.some((line) => line.startsWith('quorum ')) ? [] : ['quorum none'];
  return `${[own.trimEnd(), ...lines, ...quorum].join('\n')}\n`;
}

export function signedReceipt(terms: ReceiptTerms = {}): SignedReceipt {
  const given = JSON.parse(golden.expected.payload) as Payload & { readonly expires_at: string };
  const issuedAtMs = terms.issuedAtMs ?? parseTime(given.issued_at);
  const time = formatTime(issuedAtMs);
  const payload = {
    ...given,
    seq: terms.seq ?? given.seq,
    issued_at: time,
    evaluated_at: time,
    expires_at: formatTime(issuedAtMs + 300_000),
    log: {
      origin: given.log.origin,
      merge_by: formatTime(issuedAtMs + 3_600_000),
      ...(terms.seen && { seen: terms.seen }),
    },
  };
  const bytes = encodePayload(payload);
  const { sign } = keyPairOf(terms.seed ?? SIGNING_SEED);
  const { kid } = golden.expected.jwk;
  const entry = { v: 1, digest: digestBytes(bytes), kid, tag: TAG } as const;
  return {
    bundle: { ...golden.minimal.bundle, receipt: sealReceipt(bytes, sign(bytes), kid) },
    entry: encodeLogEntry(entry),
  };
}
