/** Which server a command talks to, and with which key. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CliContext, dataDirOf } from '../context.ts';
import { type DevelopmentCredentials, readCredentials } from '../development/credentials.ts';
import { dataPathsOf } from '../development/data-directory.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { parseBaseUrl, type ServerAccess } from './server-client.ts';

/** How the key of one kind of server is called. */
export interface KeyNames {
  /** In messages, with its article left out. */
  readonly noun: string;
  readonly flag: string;
  /** With `_FILE` behind it, the name of a file. */
  readonly variable:
    | 'CRATON_API_KEY'
    | 'CRATON_OPERATOR_TOKEN'
    | 'CRATON_SELF_SERVICE_API_KEY'
    | 'CRATON_SMOKE_API_KEY';
  readonly ofDevelopment: (credentials: DevelopmentCredentials) => string | undefined;
}

/** The key of hosts. */
export const BOUNDARY_KEY: KeyNames = {
  noun: 'API key',
  flag: '--key-file',
  variable: 'CRATON_API_KEY',
  ofDevelopment: ({ boundaryApiKey }) => boundaryApiKey,
};

export interface AccessFlags {
  readonly url?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** From flags, else from variables, else the development server's own. Fails with `usage`. */
export function accessOf(
  context: CliContext,
  { url, keyFile }: AccessFlags,
  names: KeyNames,
): ServerAccess {
  const development = developmentCredentials(context);
  const baseUrl = serverAddress(context, url);
  // A development key is for the development server and is not shown to any other.
  const isOwn = development?.baseUrl === baseUrl;
  const apiKey =
    keyOf(context, keyFile, names) ?? (isOwn ? names.ofDevelopment(development) : undefined);
  if (apiKey !== undefined) return { baseUrl, apiKey };
  const { noun, flag, variable } = names;
  throw usageFailure(`There is no ${noun}.`, `Give ${flag} FILE, or set ${variable}.`);
}

/**
 * The development server as somebody whose token stands in its credentials. Fails with `usage` if the
 * address is another one, and with what `choose` throws.
 */
export function developmentAccess(
  context: CliContext,
  url: string | undefined,
  choose: (credentials: DevelopmentCredentials) => string,
): ServerAccess {
  const development = developmentCredentials(context);
  const baseUrl = serverAddress(context, url);
  if (development?.baseUrl === baseUrl) return { baseUrl, apiKey: choose(development) };
  throw usageFailure(
    'Demo people are known to the development server of this machine alone.',
    'Give --token-file FILE for another server.',
  );
}

/** The address alone, for what needs no key. Fails with `usage`. */
export function serverAddress(context: CliContext, url: string | undefined): string {
  const development = developmentCredentials(context);
  const address = url ?? context.env['CRATON_BOUNDARY_URL'] ?? development?.baseUrl;
  if (address !== undefined) return parseBaseUrl(address);
  throw usageFailure(
    'There is no address of a boundary.',
    'Give --url or CRATON_BOUNDARY_URL, or run craton start on this machine first.',
  );
}

/** The key of a flag, else of the variables; undefined if none is given. Fails for another form. */
export function keyOf(
  { env, cwd }: CliContext,
  keyFile: string | undefined,
  { noun, variable }: KeyNames,
): string | undefined {
  const path = keyFile ?? (env[variable] === undefined ? env[`${variable}_FILE`] : undefined);
  const text =
    path === undefined
      ? env[variable]
      : Buffer.from(readFileOrFail(resolve(cwd, path))).toString('latin1');
  if (text === undefined) return undefined;
  if (/^[A-Za-z0-9_-]{1,200}$/.test(text.trim())) return text.trim();
  throw new CommandFailure(`The ${noun} does not have the form of one.`, { code: 'key_malformed' });
}

function developmentCredentials(context: CliContext): DevelopmentCredentials | undefined {
  const { credentials } = dataPathsOf(dataDirOf(context));
  return existsSync(credentials) ? readCredentials(credentials) : undefined;
}
