/** `craton monitor`: follows a log and raises an alarm when it contradicts what it signed. */
import { setTimeout as delay } from 'node:timers/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { TrustPolicy } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, writeNewFile } from '../files.ts';
import { alarmDocument, InconsistentLogError } from '../monitor/alarm.ts';
import { KeyEventNames } from '../monitor/key-events.ts';
import { openLogReader, parseLogUrl } from '../monitor/log-reader.ts';
import { readState, writeState } from '../monitor/monitor-state.ts';
import { NO_RECEIPTS, ReceiptReader } from '../monitor/receipt-folder.ts';
import { alarmLines, isEnough, lookDocument, lookLines } from '../monitor/tell.ts';
import { lookAtLog, type WatchedLog } from '../monitor/watch-log.ts';
import { readKeyMaterial } from '../report/evidence.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { grouped } from '../text.ts';

export interface MonitorOptions {
  readonly trust: string;
  readonly state: string;
  readonly origin?: string;
  readonly receipts?: string;
  readonly keys?: string;
  readonly keyFile?: string;
  readonly alarmFile?: string;
  readonly interval?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

const BAD_INPUT = { exit: 'badInput' } as const;
const INTERVAL_S_DEFAULT = 30;
/** Progress is told at most so often, in milliseconds. */
const PROGRESS_MS = 2_000;

export function addMonitorCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'monitor', {
    summary: 'follow a log and raise an alarm when it contradicts itself',
    description:
      'Verifies each checkpoint under a trust policy, reads all entries, and computes the tree ' +
      'anew from the last checkpoint that it verified, which the state file keeps. It names each ' +
      'statement of a root of the policy that is new in the log. With receipts it also finds ' +
      'promises that were not kept, and histories that only others were shown. On an alarm it ' +
      'ends with 1 and writes the evidence into a file. Exit codes: 0 in order, 1 alarm, 2 not ' +
      'enough (the log does not answer, witnesses are missing, receipts cannot be verified), 3 bad ' +
      'input.',
    examples: [
      'craton monitor https://craton.example/log --trust trust-policy.txt --state monitor.json',
      'craton monitor https://craton.example/log --trust trust-policy.txt --state monitor.json \\',
      '  --receipts receipts/ --key-file auditor-key.txt --once --json',
    ],
    needs: [
      ['--trust <file>', 'trust policy: the only source of trust'],
      ['--state <file>', 'what was verified last; made on the first run'],
    ],
  })
    .argument('<url>', 'the log’s address, without /checkpoint')
    .option('--once', 'look once and end, for cron')
    .option('--interval <seconds>', 'time between two looks (30)')
    .option('--receipts <folder>', 'bundles, answers or receipts as JSON files')
    .option('--keys <file>', 'public keys for answers and bare receipts, statements of roots')
    .option('--key-file <file>', 'API key of an auditor, where the log asks for one')
    .option('--origin <name>', 'which log, if the trust policy names several')
    .option('--alarm-file <file>', 'where an alarm is written (beside the state file)');
  command.action((url: string, options: MonitorOptions) =>
    run(() => monitor(context, url, options))(),
  );
}

/** Follows a log until it is asked to stop, or looks once; answers how it ended. */
export async function monitor(
  context: CliContext,
  url: string,
  options: MonitorOptions,
): Promise<ExitName> {
  const look = await openMonitor(context, url, options);
  if (options.once === true) return look();
  const intervalMs = intervalOf(options) * 1000;
  const stop = context.listenForStop();
  while (!stop.aborted) {
    const exit = await look().catch((error: unknown) => {
      // A log that does not answer now may answer later; everything else ends the monitor.
      if (!(error instanceof CommandFailure) || error.exit !== 'insufficient') throw error;
      context.err(`${context.paint('yellow', 'craton:')} ${error.message}`);
      return error.exit;
    });
    if (exit === 'failed') return exit;
    await delay(intervalMs, undefined, { signal: stop }).catch(() => undefined);
  }
  return 'done';
}

/** Reads all input once; answers what is done at every look. */
async function openMonitor(
  context: CliContext,
  url: string,
  options: MonitorOptions,
): Promise<() => Promise<ExitName>> {
  const path = (name: string): string => resolve(context.cwd, name);
  const trust = readTrustPolicy(context, options.trust, BAD_INPUT);
  const origin = originOf(trust, options.origin);
  const apiKey = options.keyFile === undefined ? undefined : readApiKey(path(options.keyFile));
  const { keys } = options;
  const material =
    keys === undefined ? undefined : readKeyMaterial(readFileOrFail(path(keys), BAD_INPUT), keys);
  const statements = [...(material?.attestations ?? []), ...(material?.keyCompromises ?? [])];
  const log: WatchedLog = {
    origin,
    policy: trust.tlog,
    reader: openLogReader(parseLogUrl(url, apiKey !== undefined), apiKey),
    keyEvents: await KeyEventNames.open(trust.roots, statements),
    now: context.now,
    onProgress: progressTeller(context),
  };
  const receipts =
    options.receipts &&
    new ReceiptReader({
      path: path(options.receipts),
      origin,
      trust,
      ...(material && { keys: material }),
    });
  const stateFile = path(options.state);
  let state = await readState(stateFile, origin, trust.tlog);
  return async () => {
    try {
      const folder = receipts ? await receipts.read() : NO_RECEIPTS;
      const found = await lookAtLog(log, state, folder);
      state = found.state;
      writeState(stateFile, state);
      const told = { origin: log.origin, atMs: log.now(), found, trust };
      if (options.json === true) context.out(JSON.stringify(lookDocument(told)));
      else for (const line of lookLines(context, told)) context.out(line);
      return isEnough(found) ? 'done' : 'insufficient';
    } catch (error) {
      if (!(error instanceof InconsistentLogError)) throw error;
      return raiseAlarm(context, error, { url, stateFile, options });
    }
  };
}

function originOf({ tlog }: TrustPolicy, wanted: string | undefined): string {
  const origins = tlog.logs.map(({ key }) => key.name);
  const [first, ...others] = wanted === undefined ? origins : origins.filter((o) => o === wanted);
  if (first === undefined) {
    throw new CommandFailure(
      wanted === undefined
        ? 'The trust policy names no log.'
        : 'The trust policy names another log.',
      { ...BAD_INPUT, nextStep: 'Add the line: log VKEY' },
    );
  }
  if (others.every((origin) => origin === first)) return first;
  throw usageFailure('The trust policy names several logs.', 'Choose one with --origin NAME.');
}

function readApiKey(path: string): string {
  const key = Buffer.from(readFileOrFail(path, BAD_INPUT)).toString('latin1').trim();
  if (/^[\x21-\x7e]{1,512}$/.test(key)) return key;
  throw new CommandFailure(`${path} holds no API key.`, BAD_INPUT);
}

function intervalOf({ interval }: MonitorOptions): number {
  if (interval === undefined) return INTERVAL_S_DEFAULT;
  if (/^[1-9][0-9]{0,4}$/.test(interval)) return Number(interval);
  throw usageFailure('--interval takes whole seconds, 1 to 99999.');
}

/** Progress goes to standard error: the result stays readable for programs. */
function progressTeller(context: CliContext): WatchedLog['onProgress'] {
  let toldAt = performance.now();
  return (treeSize, of) => {
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    context.err(`${grouped(treeSize)} of ${grouped(of)} entries read`);
  };
}

interface RaisedAt {
  readonly url: string;
  readonly stateFile: string;
  readonly options: MonitorOptions;
}

/** Prints the evidence and writes it into a new file. The state stays as it was before. */
function raiseAlarm(
  context: CliContext,
  alarm: InconsistentLogError,
  { url, stateFile, options }: RaisedAt,
): ExitName {
  const atMs = context.now();
  const stamp = new Date(atMs).toISOString().replace(/[-:.]/g, '');
  const file = resolve(context.cwd, options.alarmFile ?? `${stateFile}.alarm-${stamp}.json`);
  const document = alarmDocument(alarm, url, atMs);
  // Told first: a full disk must not hide it.
  if (options.json === true) context.out(JSON.stringify(document));
  else for (const line of alarmLines(context, alarm)) context.out(line);
  writeNewFile(file, `${JSON.stringify(document, undefined, 2)}\n`, PUBLIC_MODE);
  context.err(`Keep the evidence: ${file}`);
  return 'failed';
}
