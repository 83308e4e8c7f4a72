/** Where a server would take its keys from, here and now. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CliContext } from '../context.ts';
import type { DataPaths } from '../development/data-directory.ts';
import { readFileOrFail } from '../files.ts';
import { parseSecretKey, readSecretKey, type SecretKey } from '../keys/key-file.ts';
import { KEY_VARIABLES } from '../settings.ts';
import { isDevelopment } from './check-settings.ts';

export const KEY_ROLES = ['signing', 'log', 'posture'] as const;
/** `staging_signing` is there only where staging is served beside the own environment. */
export type ServerKeyRole = (typeof KEY_ROLES)[number] | 'staging_signing';

/** One key: how to read it, and what to call its source. Undefined if there is none. */
export interface KeySource {
  readonly name: string;
  /** Absent if the key stands in a variable. */
  readonly file?: string;
  readonly read: () => SecretKey;
}

/** True where the keys are the generated ones of the data directory. */
export function usesGeneratedKeys({ env }: CliContext): boolean {
  return isDevelopment(env) && KEY_VARIABLES.every((name) => env[name] === undefined);
}

export function keySourceOf(
  context: CliContext,
  paths: DataPaths,
  role: ServerKeyRole,
): KeySource | undefined {
  const { env, cwd } = context;
  if (usesGeneratedKeys(context)) {
    const files = { signing: paths.signingKey, log: paths.logKey, posture: paths.postureKey };
    const file = role === 'staging_signing' ? undefined : files[role];
    return file !== undefined && existsSync(file) ? fileSource(file, file) : undefined;
  }
  const variable = variableOf(role);
  const text = env[variable];
  if (text !== undefined) {
    return { name: variable, read: () => parseSecretKey(Buffer.from(text), variable) };
  }
  const file = env[`${variable}_FILE`];
  if (file === undefined) return undefined;
  return fileSource(`${variable}_FILE`, resolve(cwd, file));
}

function fileSource(name: string, file: string): KeySource {
  return { name, file, read: () => readSecretKey(file) };
}

/** The variable that brings a key; with `_FILE` after it, the name of a file. */
export function variableOf(role: ServerKeyRole): string {
  return `CRATON_${role.toUpperCase()}_KEY`;
}

/** The text of the attestations, or undefined if there is no such file. */
export function attestationsSource(
  context: CliContext,
  paths: DataPaths,
): { readonly name: string; readonly bytes: Uint8Array } | undefined {
  const given = usesGeneratedKeys(context)
    ? paths.attestations
    : context.env['CRATON_ATTESTATIONS_FILE'];
  const path = given === undefined ? undefined : resolve(context.cwd, given);
  if (path === undefined || !existsSync(path)) return undefined;
  return { name: path, bytes: readFileOrFail(path) };
}
