/** Writes an export for auditors, line by line: `spec/export.md`. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CratonError, encodeBase64url, formatTime, logOrigin } from '@craton/protocol';
import type {
  ExportedReceipt,
  ExportedStream,
  ExportRows,
  ExportScope,
  SeqRange,
} from '../ledger/export-port.ts';
import type { LogService } from '../log/log-service.ts';
import type { StoredKeyEvent } from '../log/port.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { objectText } from './describe-receipt.ts';

export interface ExportPorts {
  readonly exportRows: ExportRows;
  readonly environment: string;
  readonly issuer: string;
  readonly material: VerificationMaterial;
  readonly nowMs: () => number;
  readonly transparencyLog: LogService;
}

/** What an auditor asks for. Times are milliseconds since 1970. */
export interface ExportQuery {
  readonly partnerId?: string;
  readonly pathId?: string;
  /** Receipts issued at or after. */
  readonly fromMs?: number;
  /** Receipts issued before. */
  readonly toMs?: number;
}

/** The epochs of a stream, and which part of each belongs to the export. */
interface ExportedPart {
  readonly stream: ExportedStream;
  readonly epochs: readonly { readonly epoch: number; readonly lastSeq: number }[];
  readonly ranges: readonly SeqRange[];
}

/**
 * Answers the text of an export in pieces. What it holds is fixed when this resolves; the pieces are
 * read when they are asked for. Throws `ERR_NOT_FOUND` if partner or path name no stream.
 */
export async function exportReceipts(
  ports: ExportPorts,
  query: ExportQuery,
): Promise<AsyncIterable<string>> {
  const { environment, exportRows } = ports;
  const { view } = ports.transparencyLog;
  // Before everything else: so whatever it covers is in the export.
  const checkpoint = (view.covering ?? view.state.published)?.note;
  const keyEvents = await ports.transparencyLog.store.listKeyEvents();
  const { partnerId, pathId } = query;
  const scope: ExportScope = {
    environment,
    ...(partnerId !== undefined && { partnerId }),
    ...(pathId !== undefined && { pathId }),
  };
  const streams = await exportRows.streams(scope);
  if (streams.length === 0 && (partnerId ?? pathId) !== undefined) {
    throw new CratonError('ERR_NOT_FOUND', 'No stream belongs to this partner and path.');
  }
  const parts: ExportedPart[] = [];
  for (const stream of streams) parts.push(await partOf(exportRows, stream, query));
  return withTrailer(
    lines(ports, headerText(ports, query, { parts, checkpoint, keyEvents }), parts),
  );
}

async function partOf(
  rows: ExportRows,
  stream: ExportedStream,
  { fromMs, toMs }: ExportQuery,
): Promise<ExportedPart> {
  const epochs: { epoch: number; lastSeq: number }[] = [];
  for (let epoch = 1; epoch < stream.epoch; epoch++) {
    epochs.push({ epoch, lastSeq: await rows.lastSeqOf(stream.streamId, epoch) });
  }
  epochs.push({ epoch: stream.epoch, lastSeq: stream.lastSeq });
  const ranges: SeqRange[] = [];
  for (const { epoch, lastSeq } of epochs) {
    const whole = { streamId: stream.streamId, epoch, fromSeq: 1, toSeq: lastSeq };
    const first = fromMs === undefined ? 1 : await firstAtOrAfter(rows, whole, fromMs);
    const after = toMs === undefined ? lastSeq : await firstAtOrAfter(rows, whole, toMs);
    // One more at each end, where there is one: they show where the period begins and ends.
    const fromSeq = Math.max(1, first - 1);
    ranges.push({ ...whole, fromSeq, toSeq: Math.min(lastSeq, after) });
  }
  return { stream, epochs, ranges };
}

/** Times never fall within a stream. One after the last number if all are earlier. */
async function firstAtOrAfter(rows: ExportRows, whole: SeqRange, timeMs: number): Promise<number> {
  let [low, high] = [whole.fromSeq, whole.toSeq + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const issuedAtMs = await rows.issuedAtMs({ ...whole, fromSeq: middle });
    if (issuedAtMs !== undefined && issuedAtMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface HeaderParts {
  readonly parts: readonly ExportedPart[];
  readonly checkpoint: string | undefined;
  readonly keyEvents: readonly StoredKeyEvent[];
}

function headerText(ports: ExportPorts, query: ExportQuery, found: HeaderParts): string {
  const { environment, issuer, material, nowMs } = ports;
  const { partnerId, pathId, fromMs, toMs } = query;
  const origin = logOrigin(issuer, environment);
  const stated = material.keyCompromises
    .filter(({ said }) => said.origin === origin)
    .map(({ statement }) => statement);
  return JSON.stringify({
    object: 'craton.export.v1',
    issuer,
    environment,
    origin,
    exported_at: formatTime(nowMs()),
    partner_id: partnerId,
    path_id: pathId,
    from: fromMs === undefined ? undefined : formatTime(fromMs),
    to: toMs === undefined ? undefined : formatTime(toMs),
    streams: found.parts.map(({ stream, epochs }) => ({
      stream: stream.stream,
      partner_id: stream.partnerId,
      path_id: stream.pathId,
      receipt_type: stream.receiptType,
      stream_key: encodeBase64url(stream.streamKey),
      epochs: epochs.map(({ epoch, lastSeq }) => ({ epoch, last_seq: lastSeq })),
    })),
    key_bundle: { keys: material.keys },
    attestations: material.attestations,
    key_compromises: stated.length === 0 ? undefined : stated,
    key_events: found.keyEvents.length === 0 ? undefined : found.keyEvents.map(keyEventMember),
    checkpoint: found.checkpoint,
  });
}

function keyEventMember({ statementText, logIndex }: StoredKeyEvent): object {
  const statement: unknown = JSON.parse(statementText);
  return { statement, log: logIndex === undefined ? undefined : { index: logIndex } };
}

/** Header, paths and receipts; each piece is whole lines. The last one holds the counts. */
async function* lines(
  { exportRows, environment }: ExportPorts,
  header: string,
  parts: readonly ExportedPart[],
): AsyncGenerator<string, readonly object[]> {
  yield `${header}\n`;
  yield* pathLines(exportRows, environment, parts);
  const counts: object[] = [];
  for (const { stream, ranges } of parts) {
    let receipts = 0;
    for (const range of ranges) {
      for await (const page of pagesOf(exportRows, range)) {
        receipts += page.length;
        yield page.map(receiptLine).join('');
      }
    }
    counts.push({ stream: stream.stream, receipts });
  }
  return counts;
}

async function* pathLines(
  rows: ExportRows,
  environment: string,
  parts: readonly ExportedPart[],
): AsyncGenerator<string> {
  const told = new Set<string>();
  for (const { stream } of parts) {
    const { partnerId, pathId } = stream;
    const name = `${partnerId} ${pathId}`;
    if (told.has(name)) continue;
    told.add(name);
    const path = { environment, partnerId, pathId };
    let version = 0;
    for (;;) {
      const next = await rows.nextPath(path, version);
      if (next === undefined) break;
      ({ version } = next);
      yield `${objectText({ path: next.documentText })}\n`;
    }
  }
}

async function* pagesOf(
  rows: ExportRows,
  range: SeqRange,
): AsyncGenerator<readonly ExportedReceipt[]> {
  let { fromSeq } = range;
  while (fromSeq <= range.toSeq) {
    const page = await rows.receipts({ ...range, fromSeq });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    fromSeq = last.seq + 1;
    // Checks come first: whoever waits for the event loop is served between two pages.
    await nextTurn();
  }
}

function receiptLine({ receipt, openingText, logIndex }: ExportedReceipt): string {
  const text = objectText({
    receipt: JSON.stringify(receipt),
    opening: openingText,
    log: logIndex === undefined ? undefined : JSON.stringify({ index: logIndex }),
  });
  return `${text}\n`;
}

/** Adds the last line: what was counted, and the digest of every byte before it. */
async function* withTrailer(
  pieces: AsyncGenerator<string, readonly object[]>,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  for (;;) {
    const piece = await pieces.next();
    if (piece.done === true) {
      const digest = `sha256:${hash.digest('hex')}`;
      yield `${JSON.stringify({ trailer: { streams: piece.value, digest } })}\n`;
      return;
    }
    hash.update(piece.value);
    yield piece.value;
  }
}
