/** `craton start`: everything that is needed on a development machine, in one command. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isEnvironment, isIssuer } from '@craton/protocol';
import { type CliContext, dataDirOf } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { readCredentials } from '../development/credentials.ts';
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
import { welcomeDocument, welcomeText } from '../development/welcome.ts';
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
  const additions = isDevelopment
    ? await prepareDevelopment(context, paths)
    : { CRATON_DATA_DIR: paths.directory };
  await superviseServer({
    stop,
    program: {
      entryFile: boundaryEntryFile(context),
      environment: boundaryEnvironment(env, additions),
      onLine: context.err,
    },
    onReady: (server) => {
      if (isDevelopment) showWelcome(context, options, { server, paths });
      else showAddress(context, options, server);
    },
    onEvent: (sentence) => context.err(`${context.paint('yellow', 'craton:')} ${sentence}`),
  });
}

function bringsNoKeys({ env }: CliContext): boolean {
  return KEY_VARIABLES.every((name) => env[name] === undefined);
}

/** Makes keys where there are none; answers what the server is told about them. */
async function prepareDevelopment(
  context: CliContext,
  paths: DataPaths,
): Promise<Record<string, string>> {
  const environment = environmentName(context.env);
  const issuer = context.env['CRATON_ISSUER'] ?? DEVELOPMENT_ISSUER;
  if (!isEnvironment(environment)) throw malformedSetting('CRATON_ENV');
  if (!isIssuer(issuer)) throw malformedSetting('CRATON_ISSUER');
  const scope = { issuer, environment, nowMs: context.now() };
  if (await prepareDataDirectory(paths, scope)) {
    context.err(`First start: made keys and a trust policy in ${paths.directory}.`);
  }
  return {
    CRATON_ENV: environment,
    CRATON_DATA_DIR: paths.directory,
    CRATON_ISSUER: issuer,
    CRATON_SIGNING_KEY_FILE: paths.signingKey,
    CRATON_LOG_KEY_FILE: paths.logKey,
    CRATON_POSTURE_KEY_FILE: paths.postureKey,
    CRATON_ATTESTATIONS_FILE: paths.attestations,
    DATABASE_URL: context.env['DATABASE_URL'] ?? `sqlite:${paths.database}`,
    // What to paste stays on the screen; what is wrong still appears below it.
    CRATON_LOG_LEVEL: context.env['CRATON_LOG_LEVEL'] ?? 'warn',
  };
}

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
