/** `craton rollout record verify`: what was deployed on a path, checked without the boundary. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CratonError } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile, SECRET_MODE } from '../files.ts';
import { checkOf } from '../report/report-text.ts';
import { assertRequirements } from '../report/requirements.ts';
import { downloadRecords, parseHistory } from '../rollout/download-records.ts';
import { readRecordBundle, type RecordBundle } from '../rollout/record-bundle.ts';
import type { RolloutOptions } from '../rollout/rollout-client.ts';
import {
  type Binding,
  CHAIN_WORDS,
  type HistoryEntry,
  type RecordsReport,
  recordTitle,
  type VerifiedRecord,
  verifyRecords,
} from '../rollout/verify-records.ts';
import { parseAnswer } from '../server/server-client.ts';
import { printable } from '../text.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { timeOption } from './verify.ts';

export interface VerifyRecordsOptions extends RolloutOptions {
  readonly trust: string;
  readonly path?: string;
  readonly history?: string;
  readonly out?: string;
  readonly require?: string;
  readonly at?: string;
}

const BAD_INPUT = { exit: 'badInput' } as const;
/** `confirmation`: the decision that allowed the record is there, and holds. */
const REQUIRE = 'payload,signature,issuer,key_status,confirmation';

/** Verifies files, or downloads with `--path` (and keeps with `--out`) and verifies those. */
export async function verifyDeploymentRecordFiles(
  context: CliContext,
  files: readonly string[],
  options: VerifyRecordsOptions,
): Promise<ExitName> {
  const { path, at, trust } = options;
  if ((files.length === 0) === (path === undefined)) {
    throw usageFailure('Give files, or --path PARTNER/PATH.');
  }
  assertRequirements(options.require);
  const atMs = at === undefined ? context.now() : timeOption(at);
  const policy = readTrustPolicy(context, trust, BAD_INPUT);
  const { bundles, history } =
    path === undefined
      ? fromFiles(context, files, options)
      : await fromBoundary(context, path, options);
  const require = [REQUIRE, options.require].filter((some) => some !== undefined).join(',');
  const report = await verifyRecords(bundles, history, { trust: policy, atMs, require });
  if (options.json === true) context.out(JSON.stringify(reportDocument(report)));
  else for (const line of reportLines(context, report)) context.out(line);
  return EXITS[report.outcome];
}

const EXITS = { reached: 'done', failed: 'failed', insufficient: 'insufficient' } as const;

interface Material {
  readonly bundles: readonly RecordBundle[];
  readonly history: readonly HistoryEntry[];
}

function fromFiles(
  context: CliContext,
  files: readonly string[],
  { history, out }: VerifyRecordsOptions,
): Material {
  if (out !== undefined) throw usageFailure('--out belongs to --path.');
  const read = (file: string) => readFileOrFail(resolve(context.cwd, file), BAD_INPUT);
  return {
    bundles: files.map((file) => readBundle(file, read(file))),
    history: history === undefined ? [] : parseHistory(parseAnswer(read(history))),
  };
}

async function fromBoundary(
  context: CliContext,
  path: string,
  options: VerifyRecordsOptions,
): Promise<Material> {
  if (options.history !== undefined) throw usageFailure('--history belongs to files.');
  const { answer, bundles } = await downloadRecords(context, path, options);
  const records = bundles.map(({ requestId, bytes }) => readBundle(requestId, bytes));
  if (options.out !== undefined) {
    const folder = resolve(context.cwd, options.out);
    mkdirSync(folder, { recursive: true });
    // The salts show which action a digest stands for: not for everybody.
    replaceFile(join(folder, 'history.json'), `${JSON.stringify(answer)}\n`, SECRET_MODE);
    for (const [index, { bundle }] of records.entries()) {
      replaceFile(join(folder, `record-${index + 1}.json`), bundle, PUBLIC_MODE);
    }
  }
  return { bundles: records, history: parseHistory(answer) };
}

function readBundle(name: string, bytes: Uint8Array): RecordBundle {
  try {
    return readRecordBundle(name, bytes);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    const message = `${name} cannot be read: ${cause.message}`;
    throw new CommandFailure(message, { ...BAD_INPUT, code: cause.code, cause });
  }
}

function reportDocument({ outcome, records, chain, missing }: RecordsReport): object {
  return {
    object: 'craton.deployment_records_report.v1',
    outcome,
    records: records.map(({ name, requestId, binding, record, report }) => ({
      ...{ name, request_id: requestId, binding, record, report },
    })),
    chain: {
      intact: chain.intact,
      from_first: chain.fromFirst,
      records: chain.records,
      head: chain.head,
      faults: chain.faults,
    },
    missing,
  };
}

const BINDING_WORDS = {
  bound: 'the decision was made about exactly this record',
  not_bound: 'the decision was made about something else',
  salt_unknown: 'without its salt (--history) nobody can see what the decision was about',
  decision_missing: 'the decision is not there',
} as const satisfies Record<Binding, string>;

function reportLines(context: CliContext, report: RecordsReport): string[] {
  const { records, chain, missing, outcome } = report;
  return [
    ...records.flatMap((record, index) => recordLines(context, record, chain.faults, index)),
    ...missing.map(
      (id) => `${context.paint('red', '✗')} ${printable(id)}: its bundle is not there`,
    ),
    chainLine(context, report),
    OUTCOMES[outcome](context),
  ];
}

const OUTCOMES = {
  reached: (context: CliContext) => context.paint('green', 'The records hold.'),
  failed: (context: CliContext) => context.paint('red', 'The records do not hold.'),
  insufficient: (context: CliContext) =>
    context.paint(
      'yellow',
      'Not enough: nothing failed, but not all that is required is verified.',
    ),
} as const satisfies Record<RecordsReport['outcome'], (context: CliContext) => string>;

function recordLines(
  context: CliContext,
  { name, record, report, binding }: VerifiedRecord,
  faults: RecordsReport['chain']['faults'],
  index: number,
): string[] {
  const icon = {
    reached: ['green', '✓'],
    failed: ['red', '✗'],
    insufficient: ['yellow', '?'],
  } as const;
  const [colour, mark] = icon[report.outcome];
  const lines = report.checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
  const log = checkOf(report, 'log_inclusion');
  return [
    `${context.paint(colour, mark)} ${printable(recordTitle(record))}  (${name})`,
    `    log_inclusion ${log.status}; ${BINDING_WORDS[binding]}`,
    ...(lines.length === 0 ? [] : [`    failed: ${lines.join(', ')}`]),
    ...faults
      .filter((fault) => fault.index === index)
      .map(({ code }) => `    ${context.paint('red', CHAIN_WORDS[code])}`),
  ];
}

function chainLine(context: CliContext, { chain }: RecordsReport): string {
  if (!chain.intact) return context.paint('red', 'The chain is broken.');
  const start = chain.fromFirst ? 'from the first record of the path' : 'from a later record on';
  return `The chain is intact ${start}: ${chain.records} records, head ${chain.head ?? 'none'}.`;
}
