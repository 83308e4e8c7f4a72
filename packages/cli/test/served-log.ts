/** A small log served over HTTP, and all the ways in which it can be dishonest. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  appendLeaves,
  cosign,
  createVerifierKey,
  edgeRoot,
  EMPTY_EDGE,
  encodeBase64,
  encodeEntryBundle,
  formatCheckpoint,
  formatVerifierKey,
  leafHash,
  type NoteSigner,
  type Sha256,
  sha256,
  SIGNATURE_TYPE,
  type SignatureType,
  signNote,
  TILE_WIDTH,
  tilePath,
  type TreeEdge,
  utf8,
} from '@craton/protocol';
import { onTestFinished } from 'vitest';
import { keyPairOf } from '../src/keys/key-pair.ts';

const fastSha256: Sha256 = (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer'));

export const ORIGIN = 'golden.example/development';

function signerOf(name: string, type: SignatureType, label: string): NoteSigner {
  const { publicKey, sign } = keyPairOf(sha256(utf8(label)));
  return { key: createVerifierKey(name, type, publicKey), sign };
}

/** The signer of the log with this origin. */
export function logSigner(origin = ORIGIN, label = `log ${origin}`): NoteSigner {
  return signerOf(origin, SIGNATURE_TYPE.ed25519, label);
}

export const witnessSigner = signerOf(
  'witness.example',
  SIGNATURE_TYPE.cosignature,
  'witness.example',
);

export const witnessLine = (url = ''): string =>
  `witness witness.example ${formatVerifierKey(witnessSigner.key)} ${url}`;

/** The entry at an index where a test does not care for it. */
export const entryAt = (index: number, branch = 'main'): Uint8Array => utf8(`${branch} ${index}`);

export class ServedLog {
  readonly origin: string;
  signer: NoteSigner;
  /** What is served, by path below the log's address. A test changes it at will. */
  readonly files = new Map<string, Uint8Array>();
  readonly entries: Uint8Array[] = [];
  #edge: TreeEdge = EMPTY_EDGE;

  constructor(origin = ORIGIN) {
    this.origin = origin;
    this.signer = logSigner(origin);
  }

  get treeSize(): number {
    return this.#edge.treeSize;
  }

  get root(): Uint8Array {
    return edgeRoot(this.#edge, fastSha256);
  }

  /** What stands in receipts that know this head. */
  get seen(): { size: number; root: string } {
    return { size: this.treeSize, root: encodeBase64(this.root) };
  }

  get note(): string {
    return Buffer.from(this.files.get('checkpoint') ?? []).toString();
  }

  /** Grows by some entries and publishes a checkpoint, with the witness's cosignature if wanted. */
  async grow(added: readonly Uint8Array[], { witnessed = false } = {}): Promise<void> {
    const from = this.treeSize;
    this.entries.push(...added);
    const leaves = added.map((entry) => leafHash(entry, fastSha256));
    const { edge, tiles } = appendLeaves(this.#edge, leaves, fastSha256);
    this.#edge = edge;
    for (const { tile, bytes } of tiles) this.files.set(tilePath(tile), bytes);
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < edge.treeSize; index++) {
      const bundle = this.entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
      if (bundle.length > 0) this.putBundle(index, bundle);
    }
    await this.publish(this.root, { witnessed });
  }

  async growTo(treeSize: number, branch?: string): Promise<void> {
    const { length } = this.entries;
    await this.grow(
      Array.from({ length: treeSize - length }, (_, offset) => entryAt(length + offset, branch)),
    );
  }

  putBundle(index: number, entries: readonly Uint8Array[]): void {
    const path = tilePath({ level: 'entries', index, width: entries.length });
    this.files.set(path, encodeEntryBundle(entries));
  }

  /** Signs a checkpoint of the current size with any root, and shows it. */
  async publish(root: Uint8Array, { witnessed = false } = {}): Promise<void> {
    const { origin, treeSize } = this;
    const text = formatCheckpoint({ origin, treeSize, root, extensions: [] });
    const note = await signNote(text, [this.signer]);
    const lines = witnessed ? `${await cosign(text, witnessSigner, 1_800_000_000)}\n` : '';
    this.files.set('checkpoint', Buffer.from(note + lines));
  }

  /** Flips one bit of a file. */
  tamper(path: string, at = 0): void {
    const bytes = Buffer.from(this.files.get(path) ?? []);
    bytes[at] = bytes[at]! ^ 1;
    this.files.set(path, bytes);
  }
}

/** A log that has these entries, and others from an index on. */
export async function forkOf(log: ServedLog, index: number, treeSize: number): Promise<ServedLog> {
  const fork = new ServedLog(log.origin);
  await fork.grow(log.entries.slice(0, index));
  await fork.growTo(treeSize, 'fork');
  return fork;
}

export interface Served {
  /** The log's address. */
  readonly url: string;
  /** Which log is shown from now on. */
  log: ServedLog;
  /** Answers every request with this status, where it is set. */
  status?: number;
  /** The key without which nothing is shown. */
  apiKey?: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** Serves a log below `/log`, and its checkpoint as a witness does, until the test ends. */
export async function serve(log: ServedLog): Promise<Served> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/log\//, '');
    served.asked.push(path);
    const isWitness = /^\/[0-9a-f]{64}\/checkpoint$/.test(path);
    const body = served.log.files.get(isWitness ? 'checkpoint' : path);
    const status = isAllowed(request, served.apiKey) ? served.status : 401;
    response.writeHead(status ?? (body === undefined ? 404 : 200));
    response.end(status === undefined ? body : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const served: Served = { url: `http://127.0.0.1:${port}/log`, log, asked: [] };
  return served;
}

function isAllowed({ headers }: IncomingMessage, apiKey: string | undefined): boolean {
  return apiKey === undefined || headers.authorization === `Bearer ${apiKey}`;
}
