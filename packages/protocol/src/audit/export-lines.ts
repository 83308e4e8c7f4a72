/** The lines of an export for auditors: `spec/export.md`. Nothing here is believed for being read. */
import { decodeBase64url } from '../base64.ts';
import type { Digest } from '../digest.ts';
import { CratonError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/canonical.ts';
import { isJsonObject, Members } from '../json/members.ts';
import { DEPTH_MAX, parseStrict } from '../json/parse-strict.ts';
import { isDigest, isEnvironment, isHashText, isIssuer, isLabel, isPathId } from '../names.ts';
import { logOrigin, type StreamIdentity } from '../stream.ts';
import { isTime, parseTime } from '../time.ts';

export const EXPORT_OBJECT = 'craton.export.v1';
/** Streams in one export at most: what an audit's memory grows with. */
export const EXPORT_STREAMS_MAX = 100_000;
/** Key events in one export at most. */
export const EXPORT_KEY_EVENTS_MAX = 10_000;
/** Longest line in bytes, the header's excepted. */
export const EXPORT_LINE_BYTES_MAX = 1_048_576;
/** Longest header in bytes. */
export const EXPORT_HEADER_BYTES_MAX = 67_108_864;
const CODE = 'ERR_EXPORT_FORMAT';

/** A stream as the header lists it: a claim, which the audit checks. */
export interface ListedStream extends StreamIdentity {
  readonly stream: Digest;
  readonly epochs: readonly { readonly epoch: number; readonly lastSeq: number }[];
}

/** A statement of a root as the header lists it. */
export interface ListedKeyEvent {
  readonly statement: JsonValue;
  /** Where the export says that its entry stands in the log. */
  readonly logIndex?: number;
}

/** The first line. Times are milliseconds since 1970. */
export interface ExportHeader {
  readonly issuer: string;
  readonly environment: string;
  readonly origin: string;
  readonly exportedAtMs: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only streams of this partner. */
  readonly partnerId?: string;
  /** Only streams of paths with this id. */
  readonly pathId?: string;
  readonly streams: readonly ListedStream[];
  readonly keyBundle: JsonValue;
  readonly attestations: readonly JsonValue[];
  /** What roots say of keys: material, as the attestations are. */
  readonly keyCompromises: readonly JsonValue[];
  /** Every statement that has, or will have, an entry in the log. */
  readonly keyEvents: readonly ListedKeyEvent[];
  /** The note of a checkpoint. */
  readonly checkpoint?: string;
}

/** Every line after the first. */
export type ExportLine =
  { readonly kind: 'path'; readonly document: JsonObject } | ExportedReceiptLine | ExportTrailer;

export interface ExportedReceiptLine {
  readonly kind: 'receipt';
  readonly receipt: JsonObject;
  readonly opening?: JsonObject;
  /** Where the export says that it stands in the log. */
  readonly logIndex?: number;
}

/** The last line. */
export interface ExportTrailer {
  readonly kind: 'trailer';
  readonly streams: readonly { readonly stream: string; readonly receipts: number }[];
  /** Of every byte before this line. */
  readonly digest: string;
}

/** Reads the first line; throws `ERR_EXPORT_FORMAT` or a parser's error. */
export function parseExportHeader(bytes: Uint8Array): ExportHeader {
  const header = Members.of(parse(bytes), '', CODE);
  header.constant('object', EXPORT_OBJECT);
  header.only(
    ...['object', 'issuer', 'environment', 'origin', 'exported_at', 'partner_id', 'path_id'],
    ...['from', 'to', 'streams', 'key_bundle', 'attestations', 'key_compromises'],
    ...['key_events', 'checkpoint'],
  );
  const issuer = header.text('issuer', isIssuer);
  const environment = header.text('environment', isEnvironment);
  const origin = header.text('origin', (text) => text === logOrigin(issuer, environment));
  const streams = header.list('streams');
  if (streams.length > EXPORT_STREAMS_MAX) throw header.wrong('streams', 'has too many entries');
  const partnerId = header.optionalText('partner_id', isLabel);
  const pathId = header.optionalText('path_id', isPathId);
  const fromMs = optionalTimeMs(header, 'from');
  const toMs = optionalTimeMs(header, 'to');
  const checkpoint = header.optionalText('checkpoint');
  return {
    issuer,
    environment,
    origin,
    exportedAtMs: parseTime(header.text('exported_at', isTime)),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(partnerId !== undefined && { partnerId }),
    ...(pathId !== undefined && { pathId }),
    streams: streams.map((stream) => readStream(stream, origin)),
    keyBundle: header.members('key_bundle').object,
    attestations: header.list('attestations'),
    keyEvents: readKeyEvents(header),
    keyCompromises: header.has('key_compromises') ? header.list('key_compromises') : [],
    ...(checkpoint !== undefined && { checkpoint }),
  };
}

function readKeyEvents(header: Members): readonly ListedKeyEvent[] {
  if (!header.has('key_events')) return [];
  const events = header.list('key_events');
  if (events.length > EXPORT_KEY_EVENTS_MAX)
    throw header.wrong('key_events', 'has too many entries');
  return events.map((item) => {
    const listed = Members.of(item, 'key_events', CODE);
    listed.only('statement', 'log');
    const logIndex = listed.has('log') ? readIndex(listed.members('log')) : undefined;
    return {
      statement: listed.members('statement').object,
      ...(logIndex !== undefined && { logIndex }),
    };
  });
}

function optionalTimeMs(header: Members, name: string): number | undefined {
  const text = header.optionalText(name, isTime);
  return text === undefined ? undefined : parseTime(text);
}

/** The rule `isDigest` has held. */
function parseDigest(members: Members, name: string): Digest {
  return members.text(name, isDigest) as Digest;
}

function readStream(value: JsonValue, origin: string): ListedStream {
  const stream = Members.of(value, 'streams', CODE);
  stream.only('stream', 'partner_id', 'path_id', 'receipt_type', 'stream_key', 'epochs');
  const epochs = stream.list('epochs').map((item, index) => {
    const epoch = Members.of(item, 'streams.epochs', CODE);
    epoch.only('epoch', 'last_seq');
    // Epochs count from 1 without a gap.
    epoch.constant('epoch', index + 1);
    return { epoch: index + 1, lastSeq: epoch.integer('last_seq', 0) };
  });
  if (epochs.length === 0) throw stream.wrong('epochs', 'is empty');
  return {
    stream: parseDigest(stream, 'stream'),
    origin,
    partner_id: stream.text('partner_id', isLabel),
    path_id: stream.text('path_id', isPathId),
    receipt_type: stream.text('receipt_type', isLabel),
    stream_key: stream.text('stream_key', isStreamKey),
    epochs,
  };
}

function isStreamKey(text: string): boolean {
  return isHashText(text) && decodeBase64url(text).length === 32;
}

/** Reads any line but the first; throws `ERR_EXPORT_FORMAT` or a parser's error. */
export function parseExportLine(bytes: Uint8Array): ExportLine {
  const line = Members.of(parse(bytes), '', CODE);
  if (line.has('path')) {
    line.only('path');
    return { kind: 'path', document: line.members('path').object };
  }
  if (line.has('trailer')) {
    line.only('trailer');
    return readTrailer(line.members('trailer'));
  }
  line.only('receipt', 'opening', 'log');
  const opening = line.has('opening') ? line.members('opening').object : undefined;
  const logIndex = line.has('log') ? readIndex(line.members('log')) : undefined;
  return {
    kind: 'receipt',
    receipt: line.members('receipt').object,
    ...(opening !== undefined && { opening }),
    ...(logIndex !== undefined && { logIndex }),
  };
}

function readIndex(log: Members): number {
  log.only('index');
  return log.integer('index', 0);
}

function readTrailer(trailer: Members): ExportTrailer {
  trailer.only('streams', 'digest');
  const streams = trailer.list('streams').map((item) => {
    const counted = Members.of(item, 'trailer.streams', CODE);
    counted.only('stream', 'receipts');
    return { stream: counted.text('stream', isDigest), receipts: counted.integer('receipts', 0) };
  });
  return { kind: 'trailer', streams, digest: trailer.text('digest', isDigest) };
}

function parse(bytes: Uint8Array): JsonObject {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  if (isJsonObject(value)) return value;
  throw new CratonError(CODE, 'Every line of an export is a JSON object.');
}
