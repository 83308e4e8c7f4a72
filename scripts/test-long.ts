/**
 * `npm run test:long`: what takes too long for every day. Crashes under load, at least 20 rounds of
 * each kind, with the counts of the run kept as a dated record in docs/records.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './runners/process.ts';
import { exitCodeOf, runOne, summaryLine, totalsOf } from './runners/runner.ts';
import { runVitest } from './runners/vitest.ts';

const CRASH_ROUNDS = 25;
const TEST_TIMEOUT_MS = 15 * 60_000;
const CRASH_TESTS = 'packages/boundary/test/crash';

/** One line of the counts that the crash tests print. */
type Counts = Readonly<Record<string, string | number>>;

const COLUMNS: readonly [member: string, heading: string][] = [
  ['title', 'What'],
  ['rounds', 'Rounds'],
  ['acknowledged', 'Acknowledged'],
  ['found', 'Of these, found'],
  ['unacknowledged', 'Not acknowledged'],
  ['unacknowledgedStored', 'Of these, stored'],
  ['replayed', 'Asked again'],
  ['stored', 'In the store at the end'],
];

const folder = mkdtempSync(join(tmpdir(), 'craton-long-'));
const countsFile = join(folder, 'counts.jsonl');
try {
  process.env['CRASH_ROUNDS'] = String(CRASH_ROUNDS);
  process.env['CRASH_COUNTS_FILE'] = countsFile;
  const result = await runOne({
    name: 'crash tests',
    run: () =>
      runVitest(
        ['--reporter=default', '--project=slow', `--testTimeout=${TEST_TIMEOUT_MS}`, CRASH_TESTS],
        { echo: true },
      ),
  });
  const { failures, skips } = result.outcome;
  for (const line of [...failures, ...skips]) console.log(`  not passed: ${line}`);
  const totals = totalsOf([result]);
  // A run that failed leaves no record that somebody could take for a good one.
  if (failures.length === 0) writeRecord(readCounts(), skips);
  console.log(`\n${summaryLine(totals)}`);
  process.exitCode = exitCodeOf(totals);
} finally {
  rmSync(folder, { recursive: true });
}

function readCounts(): Counts[] {
  return readFileSync(countsFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Counts)
    .sort((a, b) => String(a['title']).localeCompare(String(b['title'])));
}

function writeRecord(counts: readonly Counts[], skips: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const file = 'docs/records/crash.md';
  writeFileSync(join(ROOT, file), recordText(date, counts, skips));
  console.log(`\nThe record of this run: ${file}`);
}

function recordText(date: string, counts: readonly Counts[], skips: readonly string[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const linux = release().split('.').slice(0, 2).join('.');
  const { node, sqlite } = process.versions;
  return [
    `# Crash tests, ${date}`,
    '',
    'Written by `npm run test:long`. What the tests do, and what the columns mean: [crash tests](../reference/crash-tests.md).',
    '',
    `Node ${node}, SQLite ${sqlite ?? 'unknown'}, Linux ${linux}, ${availableParallelism()} cores.`,
    '',
    row(COLUMNS.map(([, heading]) => heading)),
    row(COLUMNS.map(() => '---')),
    ...counts.map((entry) => row(COLUMNS.map(([member]) => String(entry[member] ?? '')))),
    '',
    ...(skips.length === 0 ? [] : ['Not run:', '', ...skips.map((skip) => `* ${skip}`), '']),
  ].join('\n');
}
