/**
 * `npm run bench [-- --quick] [--json] [--postgres URL] [--profile|--long]`: checks per second of the
 * whole service, beside a bare echo and a peer, in one run. Only the ratios travel to other machines.
 * `--profile` shows where the time of a check goes instead, `--long` what a million receipts change.
 */
import { craton, echo, peer, type Subject } from './bench/subjects.ts';
import { type GrowthRow, measureGrowth } from './bench/growth.ts';
import { profileCraton, type ThreadProfile } from './bench/profile.ts';
import { ensureWrk, measure, type Measurement } from './bench/wrk.ts';

interface Row extends Measurement {
  readonly subject: string;
  readonly connections: number;
}

const flags = process.argv.slice(2);
const isQuick = flags.includes('--quick');
const isJson = flags.includes('--json');
const postgresUrl = flags.find((_, index) => flags[index - 1] === '--postgres');

const CONNECTIONS = isQuick ? [64] : [1, 16, 64, 256];
const ROUNDS = 3;
const SECONDS = isQuick ? 3 : 5;
const WARM_UP_SECONDS = 2;

/** What PERFORMANCE demands at 64 connections, and what we aim at. */
const TARGETS = [
  { subject: 'craton sqlite', against: 'peer', must: 2.5, aim: 3.5 },
  { subject: 'craton sqlite', against: 'echo', must: 0.4, aim: 0.5 },
  { subject: 'craton postgres', against: 'peer', must: 1.7, aim: 2.2 },
];

ensureWrk();
if (flags.includes('--profile')) showProfiles(await profileCraton());
else if (flags.includes('--long')) showGrowth(await measureGrowth(progress));
else await runAll();

async function runAll(): Promise<void> {
  const subjects = await startAll();
  try {
    const rows: Row[] = [];
    for (const connections of CONNECTIONS) rows.push(...(await compare(subjects, connections)));
    report(subjects, rows);
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

function showProfiles(profiles: readonly ThreadProfile[]): void {
  if (isJson) {
    console.log(JSON.stringify({ profiles }));
    return;
  }
  for (const { thread, busyShare, rows } of profiles) {
    console.log(`\nThe ${thread} thread is busy ${percent(busyShare)} of the time. Of that:`);
    for (const { what, share } of rows) console.log(`${percent(share).padStart(7)}  ${what}`);
  }
}

function showGrowth(rows: readonly GrowthRow[]): void {
  if (isJson) {
    console.log(JSON.stringify({ growth: rows }));
    return;
  }
  progress('');
  console.log('  receipts  checks/s  p50 ms  p99 ms  proof ms  covered after ms  bytes each');
  for (const row of rows) {
    const { receipts, checksPerSecond, checkP50Ms, checkP99Ms, proofP50Ms } = row;
    const cells = [
      String(receipts).padStart(10),
      checksPerSecond.toFixed(0).padStart(10),
      checkP50Ms.toFixed(2).padStart(8),
      checkP99Ms.toFixed(2).padStart(8),
      proofP50Ms.toFixed(2).padStart(10),
      row.coveredAfterMs.toFixed(0).padStart(18),
      row.bytesPerReceipt.toFixed(0).padStart(12),
    ];
    console.log(cells.join(''));
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

async function startAll(): Promise<Subject[]> {
  const started = [await echo(), await peer(), await craton('craton sqlite')];
  if (postgresUrl !== undefined) started.push(await craton('craton postgres', postgresUrl));
  return started;
}

/** The subjects take turns, so that a slow moment of the machine hits all of them. */
async function compare(subjects: readonly Subject[], connections: number): Promise<Row[]> {
  const rounds = new Map<string, Measurement[]>(subjects.map(({ name }) => [name, []]));
  for (const { load } of subjects) await measure(load, { connections, seconds: WARM_UP_SECONDS });
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { name, load } of subjects) {
      progress(`${connections} connections, round ${round} of ${ROUNDS}: ${name}`);
      const measured = await measure(load, { connections, seconds: SECONDS });
      if (measured.errors > 0) throw new Error(`${name}: ${measured.errors} requests failed.`);
      rounds.get(name)?.push(measured);
    }
  }
  return subjects.map(({ name }) => ({
    subject: name,
    connections,
    ...medians(rounds.get(name) ?? []),
  }));
}

function medians(measured: readonly Measurement[]): Measurement {
  const median = (of: (one: Measurement) => number): number => {
    const sorted = measured.map(of).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? NaN;
  };
  return {
    perSecond: median(({ perSecond }) => perSecond),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
    errors: 0,
  };
}

function report(subjects: readonly Subject[], rows: readonly Row[]): void {
  const memory = subjects.map((subject) => ({
    subject: subject.name,
    memory_mb: subject.memoryMb(),
  }));
  const ratios = ratiosOf(rows);
  if (isJson) {
    console.log(JSON.stringify({ rows, ratios, memory }));
    return;
  }
  progress('');
  console.log('  c  subject              checks/s   p50 ms   p99 ms');
  for (const { connections, subject, perSecond, p50Ms, p99Ms } of rows) {
    console.log(
      `${String(connections).padStart(3)}  ${subject.padEnd(18)} ${perSecond.toFixed(0).padStart(10)}` +
        ` ${p50Ms.toFixed(2).padStart(8)} ${p99Ms.toFixed(2).padStart(8)}`,
    );
  }
  console.log('\nAt 64 connections, in this run:');
  for (const { subject, against, ratio, must, aim } of ratios) {
    const verdict =
      ratio >= aim ? 'aim reached' : ratio >= must ? 'enough' : 'BELOW what is demanded';
    console.log(
      `  ${subject} / ${against}: ${ratio.toFixed(2)} (must ${must}, aim ${aim}): ${verdict}`,
    );
  }
  for (const { subject, memory_mb } of memory) {
    console.log(`  ${subject}: at most ${memory_mb ?? '?'} MB of memory`);
  }
}

function ratiosOf(rows: readonly Row[]) {
  const rate = (name: string): number | undefined =>
    rows.find(({ subject, connections }) => subject === name && connections === 64)?.perSecond;
  return TARGETS.flatMap((target) => {
    const ours = rate(target.subject);
    const theirs = rate(target.against);
    return ours === undefined || theirs === undefined ? [] : [{ ...target, ratio: ours / theirs }];
  });
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
