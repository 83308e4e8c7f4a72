/** A sample of an export that anybody draws again: ordered by a hash of seed and receipt. */
import { createHash } from 'node:crypto';
import { CratonError, decodeBase64, readPayload } from '@craton/protocol';
import {
  type ExportedReceiptLine,
  parseExportHeader,
  parseExportLine,
} from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { type FileLine, readLines } from './export-file.ts';

/** Receipts in a sample at most: what its memory grows with. */
export const SAMPLE_MAX = 10_000;

export interface SampleOrder {
  readonly file: string;
  /** Any text; its UTF-8 bytes are hashed. */
  readonly seed: string;
  readonly size: number;
  /** Milliseconds since 1970; receipts issued from the first to before the second. */
  readonly period?: { readonly fromMs: number; readonly toMs: number };
  readonly onProgress: (end: number) => void;
}

/** One receipt of the sample. */
export interface SampledReceipt {
  /** Hex: SHA-256 of `craton.sample.v1`, LF, the seed, LF, the digest of the payload. */
  readonly rank: string;
  readonly digest: string;
  readonly stream: string;
  readonly seq: number;
  readonly receiptType: string;
  readonly issuedAt: string;
  readonly requestId?: string;
  readonly verdict?: string;
}

export interface Sample {
  /** From how many it was drawn. */
  readonly population: number;
  /** In the order of their ranks. */
  readonly receipts: readonly SampledReceipt[];
}

/** Draws the receipts with the smallest ranks. Fails with `badInput` if the file is no export. */
export async function drawSample(order: SampleOrder): Promise<Sample> {
  const lines = readLines(order.file, createHash('sha256'));
  const first = await lines.next();
  readOrFail(order.file, first.done === true ? undefined : first.value, parseExportHeader);
  const kept: SampledReceipt[] = [];
  let population = 0;
  let isWhole = false;
  for await (const line of lines) {
    const read = readOrFail(order.file, line, parseExportLine);
    isWhole = read.kind === 'trailer';
    const found = read.kind === 'receipt' ? rankOf(order, read) : undefined;
    if (found !== undefined) {
      population++;
      keepSmallest(kept, found, order.size);
    }
    order.onProgress(line.end);
  }
  if (!isWhole) throw notWhole(order.file);
  return { population, receipts: kept };
}

/** The list stays sorted, and no longer than `size`. */
function keepSmallest(kept: SampledReceipt[], next: SampledReceipt, size: number): void {
  const last = kept.at(-1);
  if (kept.length >= size && last !== undefined && last.rank <= next.rank) return;
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((kept[middle]?.rank ?? '') < next.rank) low = middle + 1;
    else high = middle;
  }
  kept.splice(low, 0, next);
  if (kept.length > size) kept.pop();
}

/** Undefined outside of the period, and for what is no receipt. */
function rankOf(
  { seed, period }: SampleOrder,
  { receipt }: ExportedReceiptLine,
): SampledReceipt | undefined {
  const { payload_b64: encoded } = receipt;
  if (typeof encoded !== 'string') return undefined;
  const bytes = decodeBase64(encoded);
  const reading = readPayload(bytes);
  if ('fault' in reading) return undefined;
  const { payload } = reading;
  const issuedAtMs = Date.parse(payload.issued_at);
  if (period !== undefined && (issuedAtMs < period.fromMs || issuedAtMs >= period.toMs)) {
    return undefined;
  }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    rank: sampleRank(seed, digest),
    digest,
    stream: payload.stream,
    seq: payload.seq,
    receiptType: payload.receipt_type,
    issuedAt: payload.issued_at,
    ...('request_id' in payload && { requestId: payload.request_id }),
    ...(payload.receipt_type === 'boundary_decision' && { verdict: payload.verdict }),
  };
}

/** Hex SHA-256 of `craton.sample.v1`, LF, the seed, LF, the digest as text (`spec/export.md`). */
export function sampleRank(seed: string, digest: string): string {
  return createHash('sha256').update(`craton.sample.v1\n${seed}\n${digest}`).digest('hex');
}

function readOrFail<T>(
  file: string,
  line: FileLine | undefined,
  parse: (bytes: Uint8Array) => T,
): T {
  try {
    return parse(line?.bytes ?? new Uint8Array());
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    const details = { exit: 'badInput', code: 'ERR_EXPORT_FORMAT', cause } as const;
    throw new CommandFailure(`${file} is no export: ${cause.message}`, details);
  }
}

function notWhole(file: string): CommandFailure {
  return new CommandFailure(`${file} ends before its last line.`, {
    exit: 'badInput',
    code: 'export_truncated',
    nextStep: 'A sample of a part says nothing of the whole: export it again.',
  });
}

/** Members as they are printed. */
export function sampleDocument(sample: Sample, { seed, size }: SampleOrder) {
  return {
    object: 'craton.audit.sample.v1',
    seed,
    size,
    population: sample.population,
    receipts: sample.receipts.map(({ rank, digest, stream, seq, ...more }) => ({
      rank,
      digest,
      stream,
      seq,
      receipt_type: more.receiptType,
      issued_at: more.issuedAt,
      request_id: more.requestId,
      verdict: more.verdict,
    })),
  };
}
