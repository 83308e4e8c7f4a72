/** What a boundary that starts does with the statements of roots: they are in its log before its receipts. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Attestation,
  decodeEntryBundle,
  decodeUtf8,
  isKeyEventEntry,
  type LogEntry,
  parseCheckpoint,
  parseNote,
  publicJwk,
  readKeyEvent,
} from '@craton/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Process, ready, startProcess } from '../test/boundary-process.ts';
import { attest, ENVIRONMENT } from '../test/harness.ts';
import { sampleBody } from '../test/sample.ts';
import { createSigner } from './signing/signer.ts';

// Each test starts two processes, and machines of tests are busy.
vi.setConfig({ testTimeout: 120_000 });

const SEED = Buffer.alloc(32, 0x6a);
const NEXT_SEED = Buffer.alloc(32, 0x6c);
const LOG_SEED = Buffer.alloc(32, 0x6b);

let folder: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-key-events-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function start(
  seed: Uint8Array,
  attestations: readonly Attestation[],
  retired: object[] = [],
): Process {
  const write = (name: string, value: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  const process = startProcess(folder, {
    PORT: '0',
    CRATON_DATA_DIR: join(folder, 'data'),
    CRATON_SIGNING_KEY: Buffer.from(seed).toString('base64'),
    CRATON_LOG_KEY: LOG_SEED.toString('base64'),
    CRATON_ATTESTATIONS_FILE: write('attestations.json', attestations),
    ...(retired.length > 0 && {
      CRATON_RETIRED_KEYS_FILE: write('retired.json', { keys: retired }),
    }),
  });
  running.push(process.child);
  return process;
}

const development = (seed: Uint8Array): Attestation =>
  attest(createSigner(seed).publicKey, { environments: [ENVIRONMENT] });

async function check(address: string, reference: string): Promise<void> {
  const text = readFileSync(join(folder, 'data', 'dev-credentials.json'), 'utf8');
  const { boundary_api_key: key = '' } = JSON.parse(text) as Record<string, string>;
  const answer = await fetch(`${address}/v1/boundary/check`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: Buffer.from(sampleBody({ external_reference: reference })),
  });
  expect(answer.status).toBe(200);
}

/** The entries under the first checkpoint with a receipt of this key. */
async function entriesWith(address: string, kid: string): Promise<LogEntry[]> {
  for (;;) {
    const answer = await fetch(`${address}/log/checkpoint`);
    const note = await answer.text();
    const size = answer.ok ? parseCheckpoint(parseNote(note).text).treeSize : 0;
    const entries = size === 0 ? [] : await readEntries(address, size);
    if (entries.some((entry) => entry.kid === kid)) return entries;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readEntries(address: string, size: number): Promise<LogEntry[]> {
  const answer = await fetch(`${address}/log/tile/entries/000.p/${size}`);
  // The log has grown since: the next look asks for what it serves now.
  if (!answer.ok) return [];
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return decodeEntryBundle(bytes, size).map((entry) => JSON.parse(decodeUtf8(entry)) as LogEntry);
}

/** Of the log, whoever else has entries there: key events, and the first receipt of each key. */
function outline(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(
    (entry, at) =>
      isKeyEventEntry(entry) || entries.findIndex(({ kid }) => kid === entry.kid) === at,
  );
}

it('stands in the log before the first receipt of its key, once, however often it starts', async () => {
  const attestation = development(SEED);
  const first = start(SEED, [attestation]);
  const address = await ready(first);
  await check(address, 'first');
  const { kid } = createSigner(SEED);
  const event = readKeyEvent({ ...attestation }).entry;
  const before = outline(await entriesWith(address, kid));
  expect(before).toEqual([event, expect.objectContaining({ kid })]);
  // Killed, it has stored what it has stored.
  first.child.kill('SIGKILL');
  await first.ended;

  const next = development(NEXT_SEED);
  const retired = publicJwk(createSigner(SEED).publicKey);
  const second = await ready(start(NEXT_SEED, [next, attestation], [retired]));
  await check(second, 'second');
  const { kid: nextKid } = createSigner(NEXT_SEED);
  const after = await entriesWith(second, nextKid);
  expect(outline(after)).toEqual([
    ...before,
    readKeyEvent({ ...next }).entry,
    expect.objectContaining({ kid: nextKid }),
  ]);
});
