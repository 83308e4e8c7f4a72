/** `craton audit`: checks an export against a trust policy and a log, and says what is missing. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { decodeUtf8, isTime, parseTime } from '@craton/protocol';
import type { AuditReport } from '@craton/protocol/audit';
import { openLogFolder } from '../audit/log-folder.ts';
import { progressOf } from '../audit/progress.ts';
import { type AuditOrder, runAudit } from '../audit/run-audit.ts';
import { drawSample } from '../audit/sample.ts';
import { auditLines } from '../audit/tell.ts';
import { workpaperHtml } from '../audit/workpaper.ts';
import { type CliContext, shellWord, shownCommand } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile } from '../files.ts';
import { type LogReader, openLogReader, parseLogUrl } from '../monitor/log-reader.ts';
import { withStatements } from '../trust/compromise-statements.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';

export interface AuditOptions {
  readonly trust: string;
  readonly from: string;
  readonly to: string;
  readonly log?: string;
  readonly keyFile?: string;
  readonly checkpoint?: readonly string[];
  readonly compromised?: readonly string[];
  readonly merkle?: boolean;
  readonly workpaper?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

const BAD_INPUT = { exit: 'badInput' } as const;
/** Receipts on the workpaper. */
const SAMPLE_SIZE = 10;

export function addAuditCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'audit', {
    summary: 'check an export: every receipt genuine, none missing',
    description:
      'Verifies every receipt of an export under a trust policy, counts each stream, and compares ' +
      'all of it with the log up to the checkpoint that the export holds. Without --log it cannot ' +
      'say whether receipts are missing. Memory does not grow with the export. Exit codes: 0 holds, ' +
      '1 failed, 2 not enough, 3 bad input.',
    examples: [
      'craton audit export.jsonl --trust trust-policy.txt --log https://craton.example/log \\',
      '  --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --workpaper january.html',
    ],
    needs: [
      ['--trust <file>', 'trust policy: the only source of trust'],
      ['--from <time>', 'first instant of the period'],
      ['--to <time>', 'first instant after the period'],
    ],
  })
    .argument('<export>', 'a file that craton export wrote')
    .option('--log <url or folder>', 'the log’s address, or a folder with a copy of its files')
    .option('--key-file <file>', 'API key of an auditor, where the log asks for one')
    .option('--checkpoint <file...>', 'checkpoints that you kept; the first is compared with')
    .option('--compromised <file...>', 'statements of roots about compromised keys')
    .option('--merkle', 'trust the log’s signed tree in the place of each signature: faster')
    .option('--workpaper <file>', 'write a page to print (HTML)')
    .option('--seed <text>', 'seed of the sample on the workpaper (the digest of the export)');
  command.action((file: string, options: AuditOptions) =>
    run(() => audit(context, file, options))(),
  );
}

/** Audits one file and prints the report; answers how it ended. */
export async function audit(
  context: CliContext,
  file: string,
  options: AuditOptions,
): Promise<ExitName> {
  const path = (name: string): string => resolve(context.cwd, name);
  if (options.merkle === true && options.log === undefined) {
    throw usageFailure('--merkle needs --log: the log vouches in the place of signatures.');
  }
  const period = periodOf(options);
  const policy = readTrustPolicy(context, options.trust, BAD_INPUT);
  const stated = await withStatements(policy, (options.compromised ?? []).map(path));
  const reader = readerOf(options, path);
  const progress = progressOf(context);
  const order: AuditOrder = {
    file: path(file),
    trust: stated.trust,
    period,
    statedCheckpoints: stated.checkpoints,
    checkpoints: (options.checkpoint ?? []).map((name) =>
      decodeUtf8(readFileOrFail(path(name), BAD_INPUT)),
    ),
    hasSignatures: options.merkle !== true,
    atMs: context.now(),
    onProgress: progress.show,
    ...(reader && { reader }),
  };
  const report = await runAudit(order).finally(progress.end);
  if (options.workpaper !== undefined) {
    await writeWorkpaper(context, { report, order, options, file });
  }
  if (options.json === true) context.out(JSON.stringify(report));
  else for (const line of auditLines(context, report)) context.out(line);
  return exitOf(report);
}

function exitOf({ outcome }: AuditReport): ExitName {
  return outcome === 'reached' ? 'done' : outcome;
}

function readerOf(
  { log, keyFile }: AuditOptions,
  path: (name: string) => string,
): LogReader | undefined {
  if (log === undefined) return undefined;
  if (!/^https?:/.test(log)) return openLogFolder(path(log));
  const apiKey = keyFile === undefined ? undefined : readApiKey(path(keyFile));
  return openLogReader(parseLogUrl(log, apiKey !== undefined), apiKey);
}

function readApiKey(path: string): string {
  const key = Buffer.from(readFileOrFail(path, BAD_INPUT)).toString('latin1').trim();
  if (/^[\x21-\x7e]{1,512}$/.test(key)) return key;
  throw new CommandFailure(`${path} holds no API key.`, BAD_INPUT);
}

/** Reads `--from` and `--to`; fails with `usage`. */
export function periodOf({ from, to }: { readonly from: string; readonly to: string }) {
  const period = { fromMs: timeOf('--from', from), toMs: timeOf('--to', to) };
  if (period.fromMs < period.toMs) return period;
  throw usageFailure('--to must be after --from.');
}

/** Seconds may stand without their fraction. */
export function timeOf(flag: string, text: string): number {
  const whole = /:\d\dZ$/.test(text) ? text.replace('Z', '.000Z') : text;
  if (isTime(whole)) return parseTime(whole);
  throw usageFailure(`${flag} takes a time like 2026-01-31T12:00:00Z.`);
}

interface WorkpaperParts {
  readonly report: AuditReport;
  readonly order: AuditOrder;
  readonly options: AuditOptions;
  readonly file: string;
}

async function writeWorkpaper(
  context: CliContext,
  { report, order, options, file }: WorkpaperParts,
): Promise<void> {
  const seed = options.seed ?? report.export.digest;
  const drawing = { file: order.file, seed, size: SAMPLE_SIZE, period: order.period };
  const nothing = (): void => undefined;
  // A file that breaks off has no sample; the page says what is wrong with it.
  const sample = await drawSample({ ...drawing, onProgress: nothing }).catch((error: unknown) => {
    if (error instanceof CommandFailure) return { population: 0, receipts: [] };
    throw error;
  });
  const words = [
    ...['audit', file, '--trust', options.trust, '--from', options.from, '--to', options.to],
    ...(options.log === undefined ? [] : ['--log', options.log]),
    ...(options.merkle === true ? ['--merkle'] : []),
  ];
  const command = `${shownCommand(context)} ${words.map(shellWord).join(' ')}`;
  const page = workpaperHtml({ report, sample, seed, command });
  const target = resolve(context.cwd, options.workpaper ?? '');
  replaceFile(target, page, PUBLIC_MODE);
  context.err(`Workpaper: ${target}`);
}
