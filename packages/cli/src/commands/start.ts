/** `craton start`: everything that is needed on a development machine, in one command. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { encodeBase64, isEnvironment, isIssuer } from '@craton/protocol';
import { type CliContext, dataDirOf } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { readCredentials, writeSelfServiceKey } from '../development/credentials.ts';
import {
  type DataPaths,
  dataPathsOf,
  DEVELOPMENT_ISSUER,
  prepareDataDirectory,
} from '../development/data-directory.ts';
import {
  DEFAULT_HOST,
  environmentName,
  hasDevelopmentPrivileges,
  portOf,
} from '../development/privileges.ts';
import { prepareSelfServiceKey } from '../development/self-service-key.ts';
import { readSecretKey } from '../keys/key-file.ts';
import { welcomeDocument, welcomeText } from '../development/welcome.ts';
import {
  runBesideBoundary,
  runInPlaceOfBoundary,
  type SelfServiceStart,
} from '../servers/self-service.ts';
import { addressOf, isReady, type ReadyServer } from '../servers/server-process.ts';
import { superviseServer } from '../servers/supervise.ts';
import { assertNoUnknownVariables, boundaryEnvironment, KEY_VARIABLES } from '../settings.ts';
import { errorCode } from '../files.ts';

export interface StartOptions {
  readonly json?: boolean;
}

/** The entry file of the boundary process. */
export function boundaryEntryFile(context: CliContext): string {
  return join(context.projectDir, 'packages', 'boundary', 'src', 'main.ts');
}

/** Runs until it is asked to stop. */
export async function start(context: CliContext, options: StartOptions): Promise<void> {
  const { env } = context;
  assertNoUnknownVariables(env);
  const isDevelopment = hasDevelopmentPrivileges(env) && bringsNoKeys(context);
  await assertNotRunning(env['HOST'] ?? DEFAULT_HOST, portOf(env));
  const stop = context.listenForStop();
  const paths = dataPathsOf(dataDirOf(context));
  const prepared = isDevelopment
    ? await prepareDevelopment(context, paths)
    : { boundary: { CRATON_DATA_DIR: paths.directory }, selfService: {} };
  const additions = {
    CRATON_DATA_DIR: paths.directory,
    ...boundaryAddress(env),
    ...prepared.selfService,
  };
  const selfService = runBesideBoundary(context, { additions, stop });
  try {
    const selfServiceUrl = await selfService.baseUrl;
    await superviseServer({
      stop,
      program: {
        entryFile: boundaryEntryFile(context),
        environment: boundaryEnvironment(env, {
          ...prepared.boundary,
          ...(selfServiceUrl !== undefined && { CRATON_SELF_SERVICE_URL: selfServiceUrl }),
        }),
        onLine: context.err,
      },
      onReady: (server) => {
        if (isDevelopment) {
          keepSelfServiceKey(paths, prepared, selfServiceUrl);
          showWelcome(context, options, { server, paths });
        } else showAddress(context, options, server);
      },
      onEvent: (sentence) => context.err(`${context.paint('yellow', 'craton:')} ${sentence}`),
    });
  } catch (error) {
    await selfService.stop();
    if (!isDevelopment && isRefusal(error))
      await answerInPlace(context, { additions, stop }, error);
    throw error;
  } finally {
    await selfService.stop();
  }
}

/** Where self-service asks for the posture; unknown while the system chooses the port. */
function boundaryAddress(env: CliContext['env']): Record<string, string> {
  const port = portOf(env);
  if (env['CRATON_BOUNDARY_URL'] !== undefined || port === 0) return {};
  const host = env['HOST'] ?? DEFAULT_HOST;
  const isEveryAddress = host === '0.0.0.0' || host === '::';
  return { CRATON_BOUNDARY_URL: addressOf(isEveryAddress ? DEFAULT_HOST : host, port) };
}

/** Never a key that opens nothing: only once self-service runs is it written down. */
function keepSelfServiceKey(
  { credentials }: DataPaths,
  { selfServiceKey }: PreparedDevelopment,
  selfServiceUrl: string | undefined,
): void {
  if (selfServiceKey === undefined || selfServiceUrl === undefined) return;
  writeSelfServiceKey(credentials, selfServiceKey);
}

function isRefusal(error: unknown): error is CommandFailure {
  return error instanceof CommandFailure && error.code === 'server_not_started';
}

/** The production side did not start: readiness must still be asked at its address. */
async function answerInPlace(
  context: CliContext,
  start: SelfServiceStart,
  refusal: CommandFailure,
): Promise<void> {
  context.err(`${context.paint('red', 'craton:')} The production side is not there.`);
  context.err([refusal.message, refusal.nextStep ?? ''].join('\n'));
  await runInPlaceOfBoundary(context, start);
}

function bringsNoKeys({ env }: CliContext): boolean {
  return KEY_VARIABLES.every((name) => env[name] === undefined);
}

/** What the two servers are told, each its own. */
interface PreparedDevelopment {
  readonly boundary: Readonly<Record<string, string>>;
  readonly selfService: Readonly<Record<string, string>>;
  readonly selfServiceKey?: string;
}

/** Makes keys where there are none; answers what the servers are told about them. */
async function prepareDevelopment(
  context: CliContext,
  paths: DataPaths,
): Promise<PreparedDevelopment> {
  const environment = environmentName(context.env);
  const issuer = context.env['CRATON_ISSUER'] ?? DEVELOPMENT_ISSUER;
  if (!isEnvironment(environment)) throw malformedSetting('CRATON_ENV');
  if (!isIssuer(issuer)) throw malformedSetting('CRATON_ISSUER');
  const scope = { issuer, environment, nowMs: context.now() };
  if (await prepareDataDirectory(paths, scope)) {
    context.err(`First start: made keys and a trust policy in ${paths.directory}.`);
  }
  const shared = {
    CRATON_ENV: environment,
    CRATON_DATA_DIR: paths.directory,
    CRATON_ISSUER: issuer,
    // What to paste stays on the screen; what is wrong still appears below it.
    CRATON_LOG_LEVEL: context.env['CRATON_LOG_LEVEL'] ?? 'warn',
  };
  const boundary = {
    ...shared,
    CRATON_SIGNING_KEY_FILE: paths.signingKey,
    CRATON_LOG_KEY_FILE: paths.logKey,
    CRATON_POSTURE_KEY_FILE: paths.postureKey,
    CRATON_ATTESTATIONS_FILE: paths.attestations,
    ...(existsSync(paths.stagingKey) && { CRATON_STAGING_SIGNING_KEY_FILE: paths.stagingKey }),
    DATABASE_URL: context.env['DATABASE_URL'] ?? `sqlite:${paths.database}`,
  };
  const { publicKey } = readSecretKey(paths.postureKey);
  const trusting = {
    ...shared,
    ...draftStore(context.env, paths),
    CRATON_POSTURE_PUBLIC_KEY: encodeBase64(publicKey),
  };
  // Whoever brings keys of people gets none made.
  if (context.env[KEYS_FILE] !== undefined) return { boundary, selfService: trusting };
  const selfServiceKey = prepareSelfServiceKey(paths, scope);
  return {
    boundary: { ...boundary, CRATON_REVIEW_PULL_KEY_FILE: paths.pullKey },
    selfService: { ...trusting, [KEYS_FILE]: paths.selfServiceKeys },
    selfServiceKey,
  };
}

/**
 * Where only the primary database is named, drafts fall back to it on a development machine, and
 * self-service must know it to do so. A file has one writer, the boundary: then drafts have their own.
 */
function draftStore(env: CliContext['env'], { directory }: DataPaths): Record<string, string> {
  const { DATABASE_URL: primary, SELF_SERVICE_DATABASE_URL: own } = env;
  if (primary === undefined || own !== undefined) return {};
  if (!primary.startsWith('sqlite:')) return { DATABASE_URL: primary };
  const isRequired = env['REQUIRE_SELF_SERVICE_DATABASE_URL'] !== undefined;
  return isRequired
    ? {}
    : { SELF_SERVICE_DATABASE_URL: `sqlite:${join(directory, 'self-service.db')}` };
}

const KEYS_FILE = 'CRATON_SELF_SERVICE_API_KEYS_FILE';

function malformedSetting(name: string): CommandFailure {
  return new CommandFailure(`${name} does not have its form.`, {
    code: 'setting_malformed',
    nextStep:
      name === 'CRATON_ENV'
        ? 'An environment is lower-case letters and digits, for example development.'
        : 'An issuer is a lower-case DNS name, for example craton.example.',
  });
}

interface ReadyDevelopment {
  readonly server: ReadyServer;
  readonly paths: DataPaths;
}

function showWelcome(
  context: CliContext,
  { json }: StartOptions,
  { server, paths }: ReadyDevelopment,
): void {
  const { boundaryApiKey } = readCredentials(paths.credentials);
  const target = { baseUrl: server.baseUrl, apiKey: boundaryApiKey };
  if (json === true) context.out(JSON.stringify(welcomeDocument(context, target, paths)));
  else context.out(welcomeText(context, target, paths));
}

function showAddress(context: CliContext, { json }: StartOptions, server: ReadyServer): void {
  if (json === true) {
    context.out(JSON.stringify({ object: 'craton.start.v1', base_url: server.baseUrl }));
  } else {
    context.out(`Craton is ready at ${server.baseUrl}`);
  }
}

async function assertNotRunning(host: string, port: number): Promise<void> {
  try {
    await assertPortIsFree(host, port);
  } catch (cause) {
    const address = addressOf(host, port);
    if (port === 0 || !(await isReady(address))) throw cause;
    throw new CommandFailure(`Craton runs already, at ${address}`, {
      code: 'already_running',
      nextStep: 'Use that one, or start another with a PORT and a CRATON_DATA_DIR of its own.',
      cause,
    });
  }
}

/** Asks the system once, so that the commonest trouble has a plain answer. */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  const failure = await new Promise<Error | undefined>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => resolve(undefined));
  });
  if (failure === undefined) {
    await new Promise((resolve) => probe.close(resolve));
    return;
  }
  const busy = errorCode(failure) === 'EADDRINUSE';
  throw new CommandFailure(
    busy
      ? `Port ${port} on ${host} is in use by another program.`
      : `Port ${port} on ${host} cannot be used (${errorCode(failure)}).`,
    {
      code: busy ? 'port_in_use' : 'port_unusable',
      nextStep: `Stop that program, or choose another port: PORT=${port === 8081 ? 8082 : 8081} craton start`,
      cause: failure,
    },
  );
}
