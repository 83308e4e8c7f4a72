/** kill -9 of the whole process while it publishes: the log goes on and contradicts nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  decodeEntryBundle,
  encodeBase64,
  formatVerifierKey,
  leafHash,
  merkleRoot,
  parseCheckpoint,
  parseNote,
  parseTlogPolicy,
  TILE_WIDTH,
  tilePath,
  utf8,
  verifyCheckpointUnder,
  verifyTlogProof,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogSigner } from '../../src/log/log-signer.ts';
import { ENVIRONMENT, ISSUER } from '../harness.ts';
import { sampleBody } from '../sample.ts';
import { type BoundaryProcess, Installation } from './boundary-process.ts';
import { type CrashStore, postgresCrashStore, sqliteCrashStore } from './crash-store.ts';

const LOG_SEED = new Uint8Array(32).fill(51);
const KEY = createLogSigner(LOG_SEED, `${ISSUER}/${ENVIRONMENT}`).key;
const TRUST = parseTlogPolicy(`log ${formatVerifierKey(KEY)}\nquorum none\n`);
const SETTINGS = { CRATON_LOG_KEY: encodeBase64(LOG_SEED), CRATON_LOG_TILES: 'public' };
const CALLERS = 4;
/** Receipts of each round whose proofs are asked for. */
const ENDANGERED = 100;
const POLL_MS = 20;
const TEST_MS = 240_000;

let installation: Installation;
let store: CrashStore;

beforeEach(() => {
  installation = new Installation();
});

afterEach(async () => {
  await store.remove();
  installation.remove();
});

let serial = 0;

/** The request id of a check that was answered; undefined if the process was gone. */
async function check({ address, apiKey }: BoundaryProcess): Promise<string | undefined> {
  try {
    const response = await fetch(`${address}/v1/boundary/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: Buffer.from(sampleBody({ external_reference: `log-crash-${++serial}` })),
    });
    const { request_id } = (await response.json()) as { request_id?: string };
    return request_id;
  } catch {
    return undefined;
  }
}

async function get(boundary: BoundaryProcess, path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${boundary.apiKey}` };
  return fetch(`${boundary.address}${path}`, { headers });
}

/** Asks checks until so many checkpoints were seen, and kills the process amid them. */
async function loadAndKill(boundary: BoundaryProcess, checkpoints: number): Promise<Load> {
  const acknowledged: string[] = [];
  const notes = new Set<string>();
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const requestId = await check(boundary);
      if (requestId !== undefined) acknowledged.push(requestId);
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  while (notes.size < checkpoints) {
    const answer = await get(boundary, '/log/checkpoint');
    if (answer.status === 200) notes.add(await answer.text());
    await delay(POLL_MS);
  }
  await boundary.kill();
  isOver = true;
  await Promise.all(callers);
  return { acknowledged, notes };
}

interface Load {
  readonly acknowledged: readonly string[];
  readonly notes: ReadonlySet<string>;
}

async function readEntries(boundary: BoundaryProcess, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  while (entries.length < size) {
    const width = Math.min(TILE_WIDTH, size - entries.length);
    const tile = { level: 'entries', index: entries.length / TILE_WIDTH, width } as const;
    const answer = await get(boundary, `/log/${tilePath(tile)}`);
    entries.push(...decodeEntryBundle(new Uint8Array(await answer.arrayBuffer()), width));
  }
  return entries;
}

async function expectProof(boundary: BoundaryProcess, requestId: string): Promise<void> {
  for (;;) {
    const answer = await get(boundary, `/log/proof/${requestId}?wait=10`);
    if (answer.status === 503) continue;
    expect(answer.status).toBe(200);
    const { entry, proof } = (await answer.json()) as { entry: object; proof: string };
    const hash = leafHash(utf8(JSON.stringify(entry)));
    await verifyTlogProof(proof, hash, { policy: TRUST });
    return;
  }
}

async function expectUnbroken(boundary: BoundaryProcess, loads: readonly Load[]): Promise<void> {
  const ids = loads.flatMap(({ acknowledged }) => acknowledged);
  // All have an entry, or the tree would be too small; the newest of each round were in most danger.
  const endangered = loads.flatMap(({ acknowledged }) => acknowledged.slice(-ENDANGERED));
  for (const requestId of endangered) await expectProof(boundary, requestId);
  const newest = await (await get(boundary, '/log/checkpoint')).text();
  const { treeSize } = await verifyCheckpointUnder(TRUST, newest);
  expect(treeSize).toBeGreaterThanOrEqual(ids.length);
  const entries = await readEntries(boundary, treeSize);
  expect(new Set(entries.map((entry) => Buffer.from(entry).toString())).size).toBe(treeSize);
  const hashes = entries.map((entry) => leafHash(entry));
  for (const note of [newest, ...loads.flatMap(({ notes }) => [...notes])]) {
    const seen = parseCheckpoint(parseNote(note).text);
    expect(encodeBase64(merkleRoot(hashes.slice(0, seen.treeSize)))).toBe(encodeBase64(seen.root));
  }
}

async function killAndGoOn(rounds: number): Promise<void> {
  const loads: Load[] = [];
  for (let round = 1; round <= rounds; round++) {
    const boundary = await installation.start(store.databaseUrl, [], SETTINGS);
    loads.push(await loadAndKill(boundary, round));
  }
  const boundary = await installation.start(store.databaseUrl, [], SETTINGS);
  await expectUnbroken(boundary, loads);
  await boundary.stop();
}

describe('kill -9 while the log is published', () => {
  it(
    'on SQLite loses no leaf, gives no index twice and forks nothing',
    async () => {
      store = sqliteCrashStore();
      await killAndGoOn(3);
    },
    TEST_MS,
  );

  it(
    'on PostgreSQL loses no leaf, gives no index twice and forks nothing',
    async () => {
      store = await postgresCrashStore();
      await killAndGoOn(2);
    },
    TEST_MS,
  );
});
