/** The examiner of the crash tests finds each of the faults that it looks for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from './boundary-process.ts';
import { sqliteCrashStore, type StoredRows } from './crash-store.ts';
import { Examiner } from './examiner.ts';
import { type Attempt, Load, replay } from './load.ts';

const RECEIPTS = 8;
type Row = StoredRows['receipts'][number];

const installation = new Installation();
const store = sqliteCrashStore();
let rows: StoredRows;
let attempts: readonly Attempt[];

beforeAll(async () => {
  const service = await installation.start(store.databaseUrl);
  const load = new Load(service, 'examined');
  attempts = Array.from({ length: RECEIPTS }, () => load.next());
  for (const attempt of attempts) await replay(service, attempt);
  await service.stop();
  rows = await store.read();
});

afterAll(async () => {
  installation.remove();
  await store.remove();
});

const examine = async (receipts: readonly Row[], examiner = new Examiner(installation)) =>
  examiner.examine({ ...rows, receipts, counts: { receipts: receipts.length } }, attempts);

/** The rows with one of them changed. */
const changed = (index: number, change: (row: Row) => Row): Row[] =>
  rows.receipts.map((row, place) => (place === index ? change(row) : row));

function flipped(bytes: unknown): Uint8Array {
  const copy = Uint8Array.from(bytes as Uint8Array);
  copy[copy.length - 2]! ^= 1;
  return copy;
}

describe('the examiner', () => {
  it('finds everything in a whole store', async () => {
    const { lost, stored } = await examine(rows.receipts);
    expect({ lost, stored }).toEqual({ lost: [], stored: RECEIPTS });
  });

  it('names what was acknowledged and is not there', async () => {
    const asked = [...attempts, { ...attempts[0]!, name: 'never-stored' }];
    const { lost } = await new Examiner(installation).examine(rows, asked);
    expect(lost.map(({ name }) => name)).toEqual(['never-stored']);
  });

  it('names what was acknowledged with other bytes', async () => {
    const [first, second, ...others] = attempts;
    const asked = [{ ...first!, text: second!.text! }, second!, ...others];
    const { lost } = await new Examiner(installation).examine(rows, asked);
    expect(lost.map(({ name }) => name)).toEqual([first!.name]);
  });

  const faults: readonly [fault: string, receipts: () => Row[], message: RegExp][] = [
    ['a lost last row', () => rows.receipts.slice(0, -1), /a gap or a double/],
    ['a gap', () => rows.receipts.filter((_, index) => index !== 3), /a gap or a double/],
    ['a double', () => [...rows.receipts, rows.receipts[2]!], /issued twice/],
    [
      'a changed signature',
      () => changed(1, (row) => ({ ...row, signature: flipped(row['signature']) })),
      /signature/,
    ],
    [
      'a changed opening',
      () => changed(1, (row) => ({ ...row, opening: rows.receipts[2]!['opening'] })),
      /issued twice/,
    ],
    [
      'a leaf of another receipt',
      () => changed(1, (row) => ({ ...row, entry: rows.receipts[2]!['entry'] })),
      /a leaf of something else/,
    ],
    ['a missing leaf', () => changed(1, (row) => ({ ...row, entry: null })), /bytes are missing/],
  ];
  it.each(faults)('refuses %s', async (_fault, receipts, message) => {
    await expect(examine(receipts())).rejects.toThrow(message);
  });

  it('refuses a row that was another one before', async () => {
    const examiner = new Examiner(installation);
    await examine(rows.receipts, examiner);
    const later = changed(1, (row) => ({ ...row, signature: flipped(row['signature']) }));
    await expect(examine(later, examiner)).rejects.toThrow(/has changed/);
    expect(() => {
      examiner.assertKept({ ...rows, receipts: rows.receipts.slice(1) });
    }).toThrow(/are gone/);
  });

  it('refuses tables of different length', async () => {
    const counts = { ...rows.counts, answers: RECEIPTS + 1 };
    const examined = new Examiner(installation).examine({ ...rows, counts }, attempts);
    await expect(examined).rejects.toThrow(/answers does not have one row/);
  });
});
