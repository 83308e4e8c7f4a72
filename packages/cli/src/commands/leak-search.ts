/** `craton leak-search`: whether a secret that was planted comes out anywhere. */
import { composeLeakReport, type LeakReport, leakReportObject } from '@craton/policy';
import { formatTime, isEnvironment } from '@craton/protocol';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import type { ExitName } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { searchServers } from '../leaks/search-servers.ts';
import {
  addOperatorFlags,
  OperatorClient,
  type OperatorOptions,
} from '../operator/operator-client.ts';
import { boundaryEntryFile } from './start.ts';
import { selfServiceEntryFile } from '../servers/self-service.ts';
import { grouped } from '../text.ts';

export interface LeakSearchOptions extends OperatorOptions {
  readonly env: string;
  readonly record?: boolean;
}

export function addLeakSearchCommand(
  program: Command,
  context: CliContext,
  run: Run,
  version: string,
): void {
  const command = describe(program, 'leak-search', {
    summary: 'plant secrets in this version and see whether one comes out',
    description:
      'Starts the boundary and self-service of this version in a temporary folder with a fresh ' +
      'secret in every secret variable, asks every documented route well and badly, follows every ' +
      'page and asset, keeps every log line, and searches all of it for each secret in several ' +
      'spellings. Exit codes: 0 nothing came out, 1 something did.',
    examples: [
      'craton leak-search --env production',
      'craton leak-search --env production --record --url https://craton.example \\',
      '  --token-file token.txt',
    ],
    needs: [['--env <name>', 'environment of the instance that the report is for']],
  });
  addOperatorFlags(command)
    .option('--record', 'send the report to the operator side')
    .action((options: LeakSearchOptions) => run(() => leakSearch(context, options, version))());
}

/** Searches, says what was found and where, never what. */
export async function leakSearch(
  context: CliContext,
  options: LeakSearchOptions,
  build: string,
): Promise<ExitName> {
  if (!isEnvironment(options.env)) {
    throw usageFailure('An environment is lower-case letters and digits, for example production.');
  }
  // Before a search that would be for nothing.
  const operator = options.record === true ? OperatorClient.of(context, options) : undefined;
  const startedAtMs = context.now();
  const boundary = boundaryEntryFile(context);
  const files = { boundary, selfService: selfServiceEntryFile(context) };
  const findings = await searchServers(files, startedAtMs, context.listenForStop());
  const report = composeLeakReport({
    ...{ environment: options.env, build },
    started_at: formatTime(startedAtMs),
    ended_at: formatTime(Math.max(startedAtMs, context.now())),
    ...{ planted: findings.planted, searched: findings.searched, found: findings.found },
    searched_bytes: findings.searchedBytes,
  });
  if (operator !== undefined) {
    await operator.post('/leak-searches', leakReportObject(report));
    context.err('  The report is recorded on the operator side.');
  }
  tell(context, report, options);
  return report.found.length === 0 ? 'done' : 'failed';
}

function tell(context: CliContext, report: LeakReport, { json }: LeakSearchOptions): void {
  if (json === true) {
    context.out(JSON.stringify(report));
    return;
  }
  for (const found of report.found) context.out(`  came out: ${found}`);
  const { searched, planted, build, digest } = report;
  const what = report.found.length === 0 ? 'Nothing came out' : 'A secret came out';
  context.out(
    `${what} (${planted.length} secrets, ${grouped(searched)} places, version ${build}).\n${digest}`,
  );
}
