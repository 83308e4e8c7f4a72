/** `craton readiness`: the measured answer of a running self-service, with an exit code for CI. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  READINESS_STATUSES,
  type ReadinessStatus,
  SNAPSHOT_PATH,
  verifySnapshot,
} from '@craton/policy';
import { CratonError, decodeBase64, type JsonObject, PUBLIC_KEY_BYTES } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import type { ExitName } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { PUBLIC_MODE, replaceFile } from '../files.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import { accessOf, type KeyNames, serverAddress } from '../server/server-access.ts';
import { notOurs, parseAnswer, sendRequest, type ServerAccess } from '../server/server-client.ts';
import { labelled } from '../text.ts';

export interface ReadinessOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly checks?: boolean;
  readonly requireProduction?: boolean;
  readonly receipt?: string;
  readonly postureKey?: string;
  readonly json?: boolean;
}

const PATH = '/self-service/readiness';

const KEY: KeyNames = {
  noun: 'key of a person',
  flag: '--key-file',
  variable: 'CRATON_SELF_SERVICE_API_KEY',
  ofDevelopment: () => undefined,
};

const ADVICE = {
  unreachable: 'Start it with craton start, or give --url.',
  byStatus: {
    401: 'Single checks need a self-service key here: give --key-file.',
    503: 'The evaluation failed: see the log of self-service.',
  },
} as const;

export function addReadinessCommand(program: Command, context: CliContext, run: Run): void {
  describe(program, 'readiness', {
    summary: 'whether a deployment review may start',
    description:
      'Asks self-service for what it last measured. Exit codes: 0 ready for review, or development ' +
      'where that is enough, 3 blocked, 4 missing, 5 degraded, 1 if the evaluation failed.',
    examples: [
      'craton readiness',
      'craton readiness --checks --json',
      'craton readiness --require-production --url https://craton.example',
      'craton readiness --receipt snapshot.json --posture-key BASE64 --key-file ada-key.txt',
    ],
  })
    .option('--checks', 'every check with its fix and its age')
    .option('--require-production', 'development is not enough: it ends with 3')
    .option('--url <address>', 'where self-service is reached')
    .option('--key-file <file>', 'file with a self-service key, for --checks')
    .option('--receipt <file>', 'save the snapshot that the answer is from, and evaluate it again')
    .option('--posture-key <base64>', 'the posture key (else CRATON_POSTURE_PUBLIC_KEY)')
    .action((options: ReadinessOptions) => run(() => readiness(context, options))());
}

/** Prints the answer; the status decides how it ends. */
export async function readiness(context: CliContext, options: ReadinessOptions): Promise<ExitName> {
  if (options.receipt !== undefined) return saveSnapshot(context, options, options.receipt);
  const path = options.checks === true ? `${PATH}/checks.json` : `${PATH}.json`;
  const bytes = await sendRequest(serverOf(context, options), { path }, ADVICE);
  const answer = parseAnswer(bytes);
  const status = parseStatus(answer);
  if (options.json === true) context.out(JSON.stringify(answer));
  else for (const line of linesOf(answer, options.checks === true)) context.out(line);
  return exitOf(status, options);
}

/** The file is written only if its answer follows from its parts under the pinned key. */
async function saveSnapshot(
  context: CliContext,
  options: ReadinessOptions,
  file: string,
): Promise<ExitName> {
  const publicKey = parsePostureKey(options.postureKey ?? context.env['CRATON_POSTURE_PUBLIC_KEY']);
  const access = serverOf(context, { ...options, checks: true });
  const bytes = await sendRequest(access, { path: SNAPSHOT_PATH }, ADVICE);
  const { detail, digest, hasPosture } = await verifySnapshot(bytes, publicKey);
  replaceFile(resolve(context.cwd, file), bytes, PUBLIC_MODE);
  const { status } = detail;
  if (options.json === true) {
    context.out(JSON.stringify({ status, digest, has_posture: hasPosture, file }));
  } else {
    context.out(`Readiness: ${status}, as evaluated here from ${file}`);
    if (!hasPosture) context.out('It holds no posture: nothing in it is signed.');
    context.out(digest);
  }
  return exitOf(status, options);
}

function parsePostureKey(text: string | undefined): Uint8Array {
  try {
    const key = decodeBase64(text?.trim() ?? '');
    if (key.length === PUBLIC_KEY_BYTES) return key;
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
  }
  throw usageFailure(
    'A snapshot is evaluated under a posture key: 44 characters of base64.',
    'Give --posture-key or CRATON_POSTURE_PUBLIC_KEY, from whoever made the key.',
  );
}

/** A key is shown only where somebody gave one. */
function serverOf(context: CliContext, { url, keyFile, checks }: ReadinessOptions): ServerAccess {
  const { env } = context;
  const isGiven = [keyFile, env[KEY.variable], env[`${KEY.variable}_FILE`]].some(Boolean);
  if (checks === true && isGiven) {
    return { ...accessOf(context, { url, keyFile }, KEY), keyHeader: 'x-api-key' };
  }
  return { baseUrl: serverAddress(context, url), apiKey: '', keyHeader: 'none' };
}

function parseStatus({ status }: JsonObject): ReadinessStatus {
  const known = READINESS_STATUSES.find((one) => one === status);
  if (known !== undefined) return known;
  throw notOurs('the answer has no status of readiness');
}

const EXITS: Readonly<Record<ReadinessStatus, ExitName>> = {
  ready_for_review: 'done',
  development_only: 'done',
  degraded: 'degraded',
  missing: 'missing',
  blocked: 'blocked',
  error: 'failed',
};

function exitOf(status: ReadinessStatus, { requireProduction }: ReadinessOptions): ExitName {
  const isTooLittle = status === 'development_only' && requireProduction === true;
  return isTooLittle ? 'blocked' : EXITS[status];
}

function linesOf(answer: JsonObject, hasChecks: boolean): string[] {
  const members = Object.entries(answer).filter(([, value]) => typeof value !== 'object');
  const gate = answer['launch_gate'];
  const rows = members.map(([name, value]) => [name, shown(value)] as const);
  return [
    `Readiness: ${shown(answer['status'])}`,
    ...labelled([...rows, ['launch_gate', shown(gate)]]),
    ...(hasChecks ? checkLines(answer) : []),
  ];
}

function checkLines(answer: JsonObject): string[] {
  const failing = objectsOf(answer, 'checks').filter(({ result }) => result === 'fail');
  if (failing.length === 0) return ['Every check is clear.'];
  return failing.map(
    ({ kind, code, sentence, fix }) =>
      `${shown(kind)} ${shown(code)}: ${shown(sentence)} ${shown(fix)}`,
  );
}
