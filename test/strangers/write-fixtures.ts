/**
 * Writes a log made by our code into a folder, for programs of strangers to check:
 * `write-fixtures.ts FOLDER`. Checkpoints of several sizes, every tile and bundle that a log of
 * these sizes serves, and proofs.
 */
import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  appendLeaves,
  consistencyProofFromTiles,
  cosign,
  createVerifierKey,
  decodeBase64url,
  digestBytes,
  edgeRoot,
  EMPTY_EDGE,
  encodeBase64,
  encodeEntryBundle,
  encodeLogEntry,
  formatCheckpoint,
  formatVerifierKey,
  inclusionProofFromTiles,
  leafHash,
  type NoteSigner,
  type Sha256,
  sha256,
  SIGNATURE_TYPE,
  type SignatureType,
  signNote,
  TILE_WIDTH,
  tilePath,
  utf8,
} from '@craton/protocol';

/** Around every edge of tiles, up to one of level 2. */
const SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 65_537, 66_000];
const ORIGIN = 'craton.example/development';
const COSIGNED_AT_S = 1_800_000_000;
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const [, , folder = ''] = process.argv;
if (folder === '') throw new Error('A folder is needed.');

const fastSha256: Sha256 = (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer'));
const files = new Map<string, Uint8Array>();

function signerOf(name: string, type: SignatureType): NoteSigner {
  const der = Buffer.concat([PKCS8_PREFIX, sha256(utf8(name))]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    key: createVerifierKey(name, type, decodeBase64url(x)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

const entryAt = (index: number): Uint8Array =>
  encodeLogEntry({
    v: 1,
    digest: digestBytes(utf8(`payload ${index}`), fastSha256),
    kid: 'k'.repeat(43),
    tag: 't'.repeat(43),
  });

/** The first, the last, and some between. */
function indicesBelow(size: number): number[] {
  const wanted = [0, 1, 254, 255, 256, size >> 1, 65_535, 65_536, size - 2, size - 1];
  return [...new Set(wanted)].filter((index) => index >= 0 && index < size);
}

const log = signerOf(ORIGIN, SIGNATURE_TYPE.ed25519);
const witness = signerOf('witness.example', SIGNATURE_TYPE.cosignature);
const entries: Uint8Array[] = [];
let edge = EMPTY_EDGE;

/** Grows the log to a size and publishes all that belongs to it. */
async function growTo(size: number): Promise<void> {
  const added = Array.from({ length: size - entries.length }, (_, offset) =>
    entryAt(entries.length + offset),
  );
  const firstBundle = Math.floor(entries.length / TILE_WIDTH);
  entries.push(...added);
  const leaves = added.map((entry) => leafHash(entry, fastSha256));
  const grown = appendLeaves(edge, leaves, fastSha256);
  edge = grown.edge;
  for (const { tile, bytes } of grown.tiles) files.set(tilePath(tile), bytes);
  for (let index = firstBundle; index * TILE_WIDTH < size; index++) {
    const bundle = entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
    const path = tilePath({ level: 'entries', index, width: bundle.length });
    files.set(path, encodeEntryBundle(bundle));
  }
  const root = edgeRoot(edge, fastSha256);
  const text = formatCheckpoint({ origin: ORIGIN, treeSize: size, root, extensions: [] });
  const note = await signNote(text, [log]);
  const cosignature = await cosign(text, witness, COSIGNED_AT_S);
  files.set(`checkpoint/${size}`, utf8(`${note}${cosignature}\n`));
}

const readTile = (tile: Parameters<typeof tilePath>[0]): Uint8Array => {
  const bytes = files.get(tilePath(tile));
  if (bytes === undefined) throw new Error(`There is no ${tilePath(tile)}.`);
  return bytes;
};

for (const size of SIZES) await growTo(size);

const inclusion: object[] = [];
const consistency: object[] = [];
for (const size of SIZES) {
  for (const index of indicesBelow(size)) {
    const hashes = await inclusionProofFromTiles(index, size, readTile, fastSha256);
    inclusion.push({ index, size, hashes: hashes.map(encodeBase64) });
  }
  for (const size1 of SIZES.filter((smaller) => smaller <= size)) {
    const hashes = await consistencyProofFromTiles(size1, size, readTile, fastSha256);
    consistency.push({ size1, size2: size, hashes: hashes.map(encodeBase64) });
  }
}
const index = {
  origin: ORIGIN,
  log_vkey: formatVerifierKey(log.key),
  witness_name: witness.key.name,
  witness_public_key: encodeBase64(witness.key.publicKey),
  cosigned_at: COSIGNED_AT_S,
  sizes: SIZES,
  inclusion,
  consistency,
};
files.set('index.json', utf8(JSON.stringify(index)));

for (const [path, bytes] of files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}
