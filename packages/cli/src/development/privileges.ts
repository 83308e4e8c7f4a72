/** Whether this start may generate keys and show credentials (DESIGN section 4). */
import { CommandFailure } from '../failure.ts';

/** Environments in which keys may be generated, if everything else is local too. */
const DEVELOPMENT_NAMES: readonly string[] = ['development', 'local', 'test'];

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 8080;

type Environment = Readonly<Record<string, string | undefined>>;

/** `CRATON_ENV`, else `NODE_ENV`, else `development`; trimmed and lower-cased. */
export function environmentName(env: Environment): string {
  return (env['CRATON_ENV'] ?? env['NODE_ENV'] ?? 'development').trim().toLowerCase();
}

/**
 * True if the environment's name, the address and the databases are all those of a development
 * machine. Fails if no environment is named but something is not local: then nobody said that this
 * is development.
 */
export function hasDevelopmentPrivileges(env: Environment): boolean {
  const remote = remoteSettings(env);
  const isNamed = env['CRATON_ENV'] !== undefined || env['NODE_ENV'] !== undefined;
  if (remote.length > 0 && !isNamed) {
    throw new CommandFailure(
      `CRATON_ENV is not set, but ${remote.join(' and ')} points away from this machine.`,
      {
        code: 'environment_unnamed',
        nextStep: 'Set CRATON_ENV to the name of this environment, for example production.',
      },
    );
  }
  return remote.length === 0 && isDevelopmentName(environmentName(env));
}

/** Whether an environment of this name is one of a development machine. */
export function isDevelopmentName(environment: string): boolean {
  return DEVELOPMENT_NAMES.includes(environment);
}

function remoteSettings(env: Environment): string[] {
  const remote: string[] = [];
  if (!isLoopback(env['HOST'] ?? DEFAULT_HOST)) remote.push('HOST');
  for (const name of ['DATABASE_URL', 'SELF_SERVICE_DATABASE_URL']) {
    if (!isLocalDatabase(env[name])) remote.push(name);
    // What stands in a secret file is not looked at here, so it counts as remote.
    if (env[`${name}_FILE`] !== undefined) remote.push(`${name}_FILE`);
  }
  return remote;
}

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

function isLocalDatabase(url: string | undefined): boolean {
  if (url === undefined || url.startsWith('sqlite:')) return true;
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

/** The port to listen on; 0 lets the system choose. Fails for anything that is no port. */
export function portOf(env: Environment): number {
  const text = env['PORT'] ?? String(DEFAULT_PORT);
  if (/^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CommandFailure('PORT is not a number from 0 to 65535.', { code: 'port_malformed' });
}
