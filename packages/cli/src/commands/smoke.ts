/** `craton smoke`: whether self-service and the boundary do their work, tried from outside. */
import { existsSync } from 'node:fs';
import {
  composeSmokeRun,
  type SmokeRun,
  smokeRunObject,
  SMOKE_PARTNER,
  type SmokeTarget,
} from '@craton/policy';
import { formatTime, isEnvironment, parseTrustPolicy, type TrustPolicy } from '@craton/protocol';
import { type CliContext, dataDirOf } from '../context.ts';
import { type DataPaths, dataPathsOf } from '../development/data-directory.ts';
import { readCredentials } from '../development/credentials.ts';
import type { ExitName } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { type KeyNames, keyOf, serverAddress } from '../server/server-access.ts';
import { runSteps, type StepWork } from '../smoke/run-steps.ts';
import { boundarySteps } from '../smoke/smoke-boundary.ts';
import { givenKey, issuedKey, type SmokeKey } from '../smoke/smoke-key.ts';
import { selfServiceSteps } from '../smoke/smoke-self-service.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';

export interface SmokeOptions {
  readonly env: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly record?: boolean;
  /** Where the record goes, if that is another server than the one that is tried. */
  readonly recordUrl?: string;
  readonly tokenFile?: string;
  readonly trust?: string;
  readonly json?: boolean;
}

const SMOKE_KEY: KeyNames = {
  noun: `key of ${SMOKE_PARTNER}`,
  flag: '--key-file',
  variable: 'CRATON_SMOKE_API_KEY',
  // A key of the sample partner would put smoke tests into its stream.
  ofDevelopment: () => undefined,
};

/** Tries the boundary: published keys, a check, its receipt, refusals. */
export async function smokeBoundary(context: CliContext, options: SmokeOptions): Promise<ExitName> {
  const target = targetOf(context, options);
  const key = boundaryKey(context, options);
  const { environment, baseUrl } = target;
  let build: string | undefined;
  const steps = boundarySteps({
    context,
    baseUrl,
    environment,
    trust: trustOf(context, options, target),
    key: () => key.text(),
    onBuild: (said) => (build = said),
  });
  try {
    return await smoke(context, options, {
      target: 'boundary',
      steps,
      environment,
      build: () => build,
    });
  } finally {
    await key.end();
  }
}

/** Tries self-service: readiness, and one draft of its own through every verb. */
export async function smokeSelfService(
  context: CliContext,
  options: SmokeOptions,
): Promise<ExitName> {
  const { environment, baseUrl, isOwn, paths } = targetOf(context, options);
  const given = keyOf(context, options.keyFile, SMOKE_KEY);
  const key = given ?? (isOwn ? keyInFile(context, paths.smokeKey) : undefined);
  if (key === undefined) {
    throw usageFailure(
      `There is no key of the organisation ${SMOKE_PARTNER}.`,
      `Make one: craton api-keys make --kind ssv --organisation ${SMOKE_PARTNER}. Give it with --key-file or CRATON_SMOKE_API_KEY.`,
    );
  }
  let build: string | undefined;
  const onBuild = (said: string): void => {
    build = said;
  };
  const steps = selfServiceSteps({ baseUrl, environment, key, onBuild });
  return smoke(context, options, {
    target: 'self_service',
    steps,
    environment,
    build: () => build,
  });
}

interface Tried {
  readonly target: SmokeTarget;
  readonly steps: Readonly<Record<string, StepWork>>;
  readonly environment: string;
  readonly build: () => string | undefined;
}

async function smoke(
  context: CliContext,
  options: SmokeOptions,
  { target, steps, environment, build }: Tried,
): Promise<ExitName> {
  const startedAtMs = context.now();
  const done = await runSteps(context, steps);
  const version = build();
  const run = composeSmokeRun({
    target,
    environment,
    ...(version !== undefined && { build: version }),
    started_at: formatTime(startedAtMs),
    ended_at: formatTime(Math.max(startedAtMs, context.now())),
    steps: done,
  });
  if (options.record === true) await record(context, options, run);
  if (options.json === true) context.out(JSON.stringify(run));
  else context.out(sentenceOf(run));
  return run.outcome === 'passed' ? 'done' : 'failed';
}

function sentenceOf({ target, outcome, environment, build, digest }: SmokeRun): string {
  const where = `${environment}, version ${build ?? 'unknown'}`;
  return `Smoke test of ${target === 'boundary' ? 'the boundary' : 'self-service'} ${outcome} (${where}).\n${digest}`;
}

/** A failed run is recorded, too: what is recorded last counts. */
async function record(context: CliContext, options: SmokeOptions, run: SmokeRun): Promise<void> {
  const { recordUrl, url, tokenFile } = options;
  const address = recordUrl ?? url;
  const client = OperatorClient.of(context, {
    ...(address !== undefined && { url: address }),
    ...(tokenFile !== undefined && { tokenFile }),
  });
  await client.post('/smoke-runs', smokeRunObject(run));
  context.err('  The run is recorded on the operator side.');
}

interface Target {
  readonly environment: string;
  readonly baseUrl: string;
  /** Whether it is the development server of this machine. */
  readonly isOwn: boolean;
  readonly paths: DataPaths;
}

function targetOf(context: CliContext, { env, url }: SmokeOptions): Target {
  if (!isEnvironment(env)) {
    throw usageFailure('An environment is lower-case letters and digits, for example production.');
  }
  const paths = dataPathsOf(dataDirOf(context));
  const baseUrl = serverAddress(context, url);
  const isOwn =
    existsSync(paths.credentials) && readCredentials(paths.credentials).baseUrl === baseUrl;
  return { environment: env, baseUrl, isOwn, paths };
}

function boundaryKey(context: CliContext, options: SmokeOptions): SmokeKey {
  const given = keyOf(context, options.keyFile, SMOKE_KEY);
  if (given !== undefined) return givenKey(given);
  const { url, tokenFile, env } = options;
  const operator = {
    ...(url !== undefined && { url }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
  return issuedKey(context, operator, env === 'staging' ? 'sts' : 'bnd');
}

/** The policy that was given; on a development machine its own; else none. */
function trustOf(
  context: CliContext,
  { trust }: SmokeOptions,
  { isOwn, paths }: Target,
): TrustPolicy | undefined {
  if (trust !== undefined) return readTrustPolicy(context, trust);
  const isThere = isOwn && existsSync(paths.trustPolicy);
  return isThere ? parseTrustPolicy(readFileOrFail(paths.trustPolicy)) : undefined;
}

function keyInFile(context: CliContext, file: string): string | undefined {
  return existsSync(file) ? keyOf(context, file, SMOKE_KEY) : undefined;
}
