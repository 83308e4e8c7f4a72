/**
 * Publishes the log of a real ledger into a folder, for programs of strangers to check:
 * `write-published.ts FOLDER`. A statement of a root is stored, receipts are issued, the publisher
 * indexes and signs, a witness cosigns; the files are laid out as those of write-fixtures.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  composeAttestation,
  consistencyProofFromTiles,
  encodeBase64,
  encodeEntryBundle,
  logOrigin,
  parseTlogProof,
  partialTiles,
  type Tile,
  TILE_WIDTH,
  tilePath,
  utf8,
} from '@craton/protocol';
import { createLogSigner } from '../../packages/boundary/src/log/log-signer.ts';
import { LogService } from '../../packages/boundary/src/log/log-service.ts';
import { logProofText } from '../../packages/boundary/src/log/prove.ts';
import { tileReader } from '../../packages/boundary/src/log/read-tiles.ts';
import { storeKeyEvents } from '../../packages/boundary/src/log/store-key-events.ts';
import { createKeySigning } from '../../packages/boundary/src/signing/signer.ts';
import { COSIGNED_AT_S, FakeWitness } from '../../packages/boundary/test/fake-witness.ts';
import { ISSUER, World } from '../../packages/boundary/test/ledger-world.ts';
import { makeSqliteStore } from '../../packages/boundary/test/sqlite-store.ts';

/** Around the edges of the first tiles. */
const SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513];
const ENVIRONMENT = 'development';
const ORIGIN = logOrigin(ISSUER, ENVIRONMENT);

const [, , folder = ''] = process.argv;
if (folder === '') throw new Error('A folder is needed.');

const store = makeSqliteStore();
const world = await World.open(store);
const witness = new FakeWitness();
const signer = createLogSigner(new Uint8Array(32).fill(61), ORIGIN);
const log = world.ledger.openLog({ environment: ENVIRONMENT, origin: ORIGIN });
const service = new LogService({
  store: log,
  signer,
  policy: witness.policy,
  nowMs: () => world.sources.nowMs(),
  onSeen: (seen) => {
    world.ledger.noteSeen({ environment: ENVIRONMENT, ...seen });
  },
  fetch: witness.fetch,
});

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

/** All tiles that a log of this size serves. */
function tilesOf(size: number): Tile[] {
  const tiles: Tile[] = [...partialTiles(size)];
  for (let level = 0, full = size; (full = Math.floor(full / TILE_WIDTH)) > 0; level++) {
    for (let index = 0; index < full; index++) tiles.push({ level, index, width: TILE_WIDTH });
  }
  return tiles;
}

async function writeTiles(size: number): Promise<void> {
  for (const tile of tilesOf(size)) {
    write(tilePath(tile), await tileReader(log)(tile));
    if (tile.level !== 0) continue;
    const start = tile.index * TILE_WIDTH;
    const entries = await log.listEntries(start, start + tile.width);
    write(tilePath({ ...tile, level: 'entries' }), encodeEntryBundle(entries));
  }
}

/** A root speaks first: the entry of its statement is one like any other. */
async function storeStatement(): Promise<void> {
  const root = createKeySigning(new Uint8Array(32).fill(62));
  const terms = {
    rootKeyId: 'root-1',
    rootPublicKey: root.publicKey,
    subjectPublicKey: createKeySigning(new Uint8Array(32).fill(2)).publicKey,
    issuer: ISSUER,
    environments: [ENVIRONMENT],
    issuedAtMs: 0,
    notBeforeMs: 0,
    notAfterMs: world.sources.nowMs(),
  };
  const attestations = [composeAttestation(terms, (payload) => root.sign(payload))];
  const accepted = { attestations, keyCompromises: [] };
  await storeKeyEvents({ issuer: ISSUER, environment: ENVIRONMENT, store: log }, accepted);
}

const inclusion: object[] = [];
const consistency: object[] = [];
await storeStatement();
let written = 1;

for (const size of SIZES) {
  await Promise.all(Array.from({ length: size - written }, () => world.issue()));
  written = size;
  await service.step();
  const { covering } = service.view;
  if (covering?.treeSize !== size) throw new Error(`Size ${size} was not published.`);
  write(`checkpoint/${size}`, utf8(covering.note));
  await writeTiles(size);
  for (const index of new Set([0, size >> 1, Math.max(0, size - 2), size - 1])) {
    const { proof } = JSON.parse(await logProofText(log, index, covering)) as { proof: string };
    const hashes = parseTlogProof(proof).hashes.map(encodeBase64);
    inclusion.push({ index, size, hashes });
  }
  for (const size1 of SIZES.filter((smaller) => smaller <= size)) {
    const hashes = await consistencyProofFromTiles(size1, size, tileReader(log));
    consistency.push({ size1, size2: size, hashes: hashes.map(encodeBase64) });
  }
}

const index = {
  origin: ORIGIN,
  log_vkey: signer.verifierKey,
  witness_name: witness.key.name,
  witness_public_key: encodeBase64(witness.key.publicKey),
  cosigned_at: COSIGNED_AT_S,
  sizes: SIZES,
  inclusion,
  consistency,
};
write('index.json', utf8(JSON.stringify(index)));
await world.ledger.close();
await store.remove();
