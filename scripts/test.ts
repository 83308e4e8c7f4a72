/**
 * `npm test`: every runner in order, then what failed, what was skipped and why, and last the line
 * `N passed, N failed, N skipped` over all of them.
 */
import { browser } from './runners/browser.ts';
import { check } from './runners/check.ts';
import { ownNode } from './runners/own-node.ts';
import { pythonVerifier } from './runners/python-verifier.ts';
import {
  exitCodeOf,
  runOne,
  summaryLine,
  totalsOf,
  type Runner,
  type RunnerResult,
} from './runners/runner.ts';
import { strangers } from './runners/strangers.ts';
import { vitest } from './runners/vitest.ts';

const RUNNERS: readonly Runner[] = [check, browser, vitest, ownNode, pythonVerifier, strangers];

const results: RunnerResult[] = [];
for (const runner of RUNNERS) {
  console.log(`\n== ${runner.name}`);
  const result = await runOne(runner);
  results.push(result);
  console.log(
    `== ${runner.name}: ${summaryLine(totalsOf([result]))} (${result.seconds.toFixed(1)} s)`,
  );
}

printList(
  'SKIPPED',
  results.flatMap((result) => result.outcome.skips),
);
printList(
  'FAILED',
  results.flatMap(({ name, outcome }) => outcome.failures.map((failure) => `${name}: ${failure}`)),
);
const totals = totalsOf(results);
console.log(`\n${summaryLine(totals)}`);
process.exitCode = exitCodeOf(totals);

function printList(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
