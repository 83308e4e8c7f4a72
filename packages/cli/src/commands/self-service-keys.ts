/** `craton api-keys make --kind ssv|pull`: keys of self-service, which keeps their digests in a file. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  API_KEY_RANDOM_BYTES,
  apiKeySha256,
  composeApiKey,
  CratonError,
  DEPTH_MAX,
  formatTime,
  isEnvironment,
  isLabel,
  isReference,
  type JsonObject,
  type JsonValue,
  Members,
  parseStrict,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { readFileOrFail, replaceFile, SECRET_MODE, writeNewFile } from '../files.ts';
import { tellOnce } from './api-keys.ts';

export interface MakeSelfServiceKeyOptions {
  readonly kind: 'ops' | 'ssv' | 'pull';
  readonly environment: string;
  readonly person?: string;
  readonly organisation?: string;
  readonly scopes?: string;
  readonly days?: string;
  readonly keysFile?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const PERSON_SCOPES = ['read', 'draft', 'request_review'];
const DAYS_DEFAULT = '90';
const DAYS_MAX = 366;
const DAY_MS = 24 * 3_600_000;

/** Makes a key; its digest goes into the file of keys, or is printed as the entry to put there. */
export function makeSelfServiceKey(context: CliContext, options: MakeSelfServiceKeyOptions): void {
  const { kind, environment, keysFile, out, json } = options;
  if (kind === 'ops') throw new TypeError('Operators do not stand in this file.');
  if (!isEnvironment(environment)) {
    throw usageFailure('An environment is lower-case letters and digits, for example production.');
  }
  const holder = holderOf(options);
  const key = composeApiKey({ kind, environment, random: randomBytes(API_KEY_RANDOM_BYTES) });
  const entry = {
    key_id: `${kind}-${randomUUID()}`,
    sha256: apiKeySha256(key),
    ...holder,
    expires_at: formatTime(context.now() + lifetimeMs(options)),
  };
  // Read before a key is made known: one that could not be added would be lost.
  const known = keysFile === undefined ? [] : readEntries(context, keysFile);
  if (out !== undefined) writeNewFile(resolve(context.cwd, out), `${key}\n`, SECRET_MODE);
  if (keysFile !== undefined) {
    const text = JSON.stringify({ keys: [...known, entry] }, undefined, 2);
    replaceFile(resolve(context.cwd, keysFile), `${text}\n`, SECRET_MODE);
  }
  if (json === true) {
    const place = out === undefined ? { key } : { key_file: out };
    context.out(JSON.stringify({ object: 'craton.api_key.v1', kind, ...place, entry }));
    return;
  }
  if (out === undefined) tellOnce(context, key);
  else context.out(`The key is in ${out} (mode 0600) and nowhere else.`);
  if (keysFile !== undefined) context.out(`Its digest is in ${keysFile}, as ${entry.key_id}.`);
  else {
    context.out('Add this entry to the list keys of CRATON_SELF_SERVICE_API_KEYS_FILE:');
    context.out(JSON.stringify(entry, undefined, 2));
  }
}

function holderOf(options: MakeSelfServiceKeyOptions): JsonObject {
  const { kind, person, organisation, scopes } = options;
  if (kind === 'pull') {
    if (person === undefined && organisation === undefined && scopes === undefined) {
      return { scopes: ['pull'] };
    }
    throw usageFailure('A pull key is nobody’s: leave out --person, --organisation and --scopes.');
  }
  if (person === undefined || !isReference(person) || person.trim() === '') {
    throw usageFailure('Whose key it is must be said with --person, in at most 128 characters.');
  }
  if (organisation === undefined || !isLabel(organisation)) {
    throw usageFailure('--organisation must be a label, for example northstar_controls.');
  }
  return { person, organisation, scopes: scopesOf(scopes) };
}

function scopesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return PERSON_SCOPES;
  const asked = text.split(',');
  const granted = PERSON_SCOPES.filter((scope) => asked.includes(scope));
  if (granted.length > 0 && granted.length === asked.length) return granted;
  throw usageFailure(`--scopes must be some of ${PERSON_SCOPES.join(',')}, each once.`);
}

function lifetimeMs({ days = DAYS_DEFAULT }: MakeSelfServiceKeyOptions): number {
  const number = /^[1-9][0-9]{0,2}$/.test(days) ? Number(days) : Infinity;
  if (number <= DAYS_MAX) return number * DAY_MS;
  throw usageFailure(`A lifetime is a whole number of days, from 1 to ${DAYS_MAX}.`);
}

/** Entries are kept as they are; none for a file that is not there yet. */
function readEntries(context: CliContext, keysFile: string): readonly JsonValue[] {
  const path = resolve(context.cwd, keysFile);
  if (!existsSync(path)) return [];
  try {
    const options = { numbers: 'safe', depthMax: DEPTH_MAX.other } as const;
    return Members.of(parseStrict(readFileOrFail(path), options), '', 'ERR_FORMAT').list('keys');
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${keysFile} is no file of keys: ${cause.message}`, {
      code: cause.code,
      nextStep: 'Mend it, or name another file. Nothing was changed.',
      cause,
    });
  }
}
