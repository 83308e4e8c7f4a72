/** A folder of receipts: each is a promise of the log, and may say what its issuer had seen of it. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CratonError,
  decodeBase64,
  type Digest,
  digestBytes,
  type JsonValue,
  parseBundle,
  parseTime,
  parseTlogProof,
  type Payload,
  type ReadBundle,
  readPayload,
  type ReportLine,
  type TrustPolicy,
  verifyBundle,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { errorCode, readFileOrFail } from '../files.ts';
import { type KeyMaterial, readEvidence } from '../report/evidence.ts';
import { fastSha256 } from './follow-tree.ts';
import { type Sighting, sightingOfNote } from './sightings.ts';

/** Most files in one folder: the only thing that the monitor's memory grows with. */
const FILES_MAX = 100_000;
/** Without these nobody but the sender stands behind a receipt, and it accuses nobody. */
const NEEDED: readonly ReportLine[] = ['payload', 'signature', 'issuer'];

/** A receipt that a root of the trust policy stands behind, for the log that is followed. */
export interface PromisedReceipt {
  readonly file: string;
  readonly digest: Digest;
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly mergeByMs: number;
  readonly sightings: readonly Sighting[];
  readonly readReceipt: () => JsonValue;
}

export interface ReceiptFolder {
  readonly receipts: readonly PromisedReceipt[];
  /** Files that are no evidence, and why. */
  readonly unverified: readonly { readonly file: string; readonly code: string }[];
}

export const NO_RECEIPTS: ReceiptFolder = { receipts: [], unverified: [] };

export interface ReceiptFolderOptions {
  readonly path: string;
  readonly origin: string;
  readonly trust: TrustPolicy;
  /** For answers and bare receipts, which hold no keys. */
  readonly keys?: KeyMaterial;
}

type ReadFile = PromisedReceipt | { readonly file: string; readonly code: string } | undefined;

/** Reads a folder again and again; files that have not changed are verified once. */
export class ReceiptReader {
  readonly #options: ReceiptFolderOptions;
  #known: ReadonlyMap<string, ReadFile> = new Map();

  constructor(options: ReceiptFolderOptions) {
    this.#options = options;
  }

  /** Fails with exit code `badInput` if there is no such folder, or too much in it. */
  async read(): Promise<ReceiptFolder> {
    const next = new Map<string, ReadFile>();
    for (const file of listJsonFiles(this.#options.path)) {
      const stat = statSync(join(this.#options.path, file), { throwIfNoEntry: false });
      // It was taken away in this moment.
      if (stat === undefined) continue;
      const { mtimeMs, size } = stat;
      const version = `${file} ${mtimeMs} ${size}`;
      const isKnown = this.#known.has(version);
      const read = isKnown ? this.#known.get(version) : await readFile(file, this.#options);
      next.set(version, read);
    }
    this.#known = next;
    const files = [...next.values()].filter((read) => read !== undefined);
    return {
      receipts: files.filter((read) => 'digest' in read),
      unverified: files.filter((read) => 'code' in read),
    };
  }
}

function listJsonFiles(folder: string): string[] {
  let files: string[];
  try {
    files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    throw badFolder(`${folder} cannot be read (${errorCode(cause)}).`, cause);
  }
  if (files.length > FILES_MAX) throw badFolder(`${folder} holds more than ${FILES_MAX} files.`);
  return files.sort();
}

/** Undefined for a receipt of another log. */
async function readFile(file: string, options: ReceiptFolderOptions): Promise<ReadFile> {
  try {
    const bundle = bundleBytes(file, options);
    const report = await verifyBundle(bundle, options.trust, { sha256: fastSha256 });
    const fault = report.checks.find(
      ({ id, status }) =>
        (NEEDED.includes(id) && status !== 'verified') ||
        (id === 'key_status' && status === 'failed'),
    );
    if (fault !== undefined) return { file, code: fault.code };
    return await promiseOf(file, parseBundle(bundle), options);
  } catch (error) {
    if (error instanceof CratonError || error instanceof CommandFailure) {
      return { file, code: error.code };
    }
    throw error;
  }
}

function bundleBytes(file: string, { path, keys }: ReceiptFolderOptions): Uint8Array {
  return readEvidence(readFileOrFail(join(path, file)), file, keys).bundle;
}

async function promiseOf(
  file: string,
  bundle: ReadBundle,
  options: ReceiptFolderOptions,
): Promise<PromisedReceipt | undefined> {
  const { payload_b64: encoded, kid } = bundle.receipt;
  if (typeof encoded !== 'string' || typeof kid !== 'string') return undefined;
  const payloadBytes = decodeBase64(encoded);
  const reading = readPayload(payloadBytes);
  if ('fault' in reading || reading.payload.log.origin !== options.origin) return undefined;
  const readReceipt = (): JsonValue => parseBundle(bundleBytes(file, options)).receipt;
  const shown = await shownBy(file, bundle, options);
  return {
    file,
    digest: digestBytes(payloadBytes, fastSha256),
    kid,
    mergeByMs: parseTime(reading.payload.log.merge_by),
    sightings: [...seenBy(file, reading.payload, readReceipt), ...(shown ? [shown] : [])],
    readReceipt,
  };
}

function seenBy(file: string, { log }: Payload, readReceipt: () => JsonValue): Sighting[] {
  if (log.seen === undefined) return [];
  const { size, root } = log.seen;
  return [{ treeSize: size, root: decodeBase64(root), kind: 'receipt', source: file, readReceipt }];
}

/** The checkpoint of a proof that came with the receipt. */
async function shownBy(
  file: string,
  { logProof }: ReadBundle,
  { origin, trust }: ReceiptFolderOptions,
): Promise<Sighting | undefined> {
  const proof = logProof?.['proof'];
  if (typeof proof !== 'string') return undefined;
  try {
    const { checkpoint } = parseTlogProof(proof);
    return await sightingOfNote(checkpoint, origin, trust.tlog, { kind: 'proof', source: file });
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function badFolder(message: string, cause?: unknown): CommandFailure {
  return new CommandFailure(message, { exit: 'badInput', code: 'folder_unreadable', cause });
}
