import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordCounts, ROUNDS } from './crash/crash-run.ts';
import { evidenceOf, expectGenuine, oneTo } from './ledger-evidence.ts';
import { type Answer, DEVELOPMENT, payloadOf, World } from './ledger-world.ts';
import { makeSqliteStore, type SqliteStoreUnderTest } from './sqlite-store.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const ACKNOWLEDGED_MIN = 150;
const SAMPLE = 'sample-threshold';

let store: SqliteStoreUnderTest;

beforeEach(() => {
  store = makeSqliteStore();
});

afterEach(() => store.remove());

/** What the child printed until it was ended, the last line only if it is whole. */
async function collect(child: ChildProcess, onLine: (count: number) => void): Promise<string[]> {
  const lines: string[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error('The child has no output.');
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(line);
    onLine(lines.length);
  });
  await once(child, 'close');
  return lines;
}

function isWhole(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}

/** All receipts of the sample stream, page by page. */
async function readStream(world: World) {
  const receipts = [];
  for (let fromSeq: number | undefined = 1; fromSeq !== undefined;) {
    const range = { pathId: SAMPLE, fromSeq, limit: 1000 };
    const page = await world.ledger.reader.listReceipts(DEVELOPMENT, range);
    receipts.push(...page.receipts);
    fromSeq = page.nextSeq;
  }
  return receipts;
}

/** Fails unless the store has every acknowledged receipt, no gap, and one leaf for each. */
async function expectNothingLost(world: World, acknowledged: readonly Answer[]): Promise<number> {
  const stored = await readStream(world);
  const evidence = await evidenceOf(world, store);
  const byRequest = new Map(stored.map((receipt) => [receipt.requestId, receipt]));
  for (const answer of acknowledged) {
    expect(byRequest.get(answer.request_id)?.receipt).toEqual(answer.receipt);
    const found = await world.ledger.reader.findReceipt(DEVELOPMENT, answer.commitment_id);
    expect(found?.receipt).toEqual(answer.receipt);
  }
  for (const { receipt, openingText } of stored) {
    const opening = JSON.parse(openingText ?? '') as Answer['opening'];
    expectGenuine({ receipt, opening }, evidence);
  }
  expect(stored.map(({ seq }) => seq)).toEqual(oneTo(stored.length));
  expect(evidence.leaves.size).toBe(stored.length);
  expect(await store.countRows('openings')).toBe(stored.length);
  return stored.length;
}

describe('a crash', () => {
  it(`under load loses nothing that was acknowledged (${ROUNDS} rounds)`, async () => {
    const acknowledged: Answer[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const child = spawn(process.execPath, [CHILD, store.file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const killAt = ACKNOWLEDGED_MIN + ((round * 37) % 100);
      const lines = await collect(child, (count) => {
        if (count >= killAt) child.kill('SIGKILL');
      });
      expect(child.signalCode).toBe('SIGKILL');
      const answers = lines.filter(isWhole).map((line) => JSON.parse(line) as Answer);
      expect(answers.length).toBeGreaterThanOrEqual(ACKNOWLEDGED_MIN);
      acknowledged.push(...answers);

      const world = await World.openThreaded(store);
      const stored = await expectNothingLost(world, acknowledged);
      const next = await world.issue({ external_reference: `after-crash-${round}` });
      expect(payloadOf(next.receipt).seq).toBe(stored + 1);
      acknowledged.push(next);
      await world.ledger.close();
    }
    const { length } = acknowledged;
    recordCounts('kill -9 of the ledger alone, SQLite', {
      rounds: ROUNDS,
      acknowledged: length,
      found: length,
    });
  });
});

describe('a file that cannot grow', () => {
  it('stops the issuing for good, and everything acknowledged is there', async () => {
    // In blocks of 1 KiB: room for the empty store and a few hundred receipts.
    const command = `ulimit -f 2500; exec "$0" "$1" "$2"`;
    const child = spawn('bash', ['-c', command, process.execPath, CHILD, store.file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = await collect(child, () => undefined);
    const answers = lines.filter(isWhole).map((line) => JSON.parse(line) as Answer);
    const failures = lines.filter((line) => !isWhole(line));
    expect(answers.length).toBeGreaterThan(0);
    expect(new Set(failures)).toEqual(new Set(['ERR_STORE_UNAVAILABLE']));
    expect(child.exitCode).toBe(0);
    const world = await World.openThreaded(store);
    await expectNothingLost(world, answers);
    await world.ledger.close();
  });
});
