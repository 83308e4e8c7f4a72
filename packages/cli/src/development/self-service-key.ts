/** The keys with which a development machine saves drafts: kept, or made. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { SMOKE_PARTNER } from '@craton/policy';
import {
  API_KEY_RANDOM_BYTES,
  apiKeySha256,
  composeApiKey,
  formatTime,
  isSelfServiceKeyText,
  type JsonObject,
  SELF_SERVICE_KEY_KIND,
} from '@craton/protocol';
import { readFileOrFail, replaceFile, SECRET_MODE } from '../files.ts';
import { readCredentials } from './credentials.ts';
import type { DataPaths } from './data-directory.ts';

/** Each start gives it this long, as other keys have it. */
const LIFETIME_MS = 90 * 24 * 3_600_000;
const SCOPES = ['read', 'draft', 'request_review'] as const;
const AUTHOR = { person: 'Development author', organisation: 'northstar_controls' } as const;
/** Drafts of smoke tests stand apart from those of people. */
const SMOKE = { person: 'Smoke test', organisation: SMOKE_PARTNER } as const;

interface KeyTime {
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Writes the file of digests that self-service reads, and the keys of smoke tests and of
 * the operator side; answers the key of the author. Never called without development privileges.
 */
export function prepareSelfServiceKey(
  { credentials, selfServiceKeys, smokeKey, pullKey }: DataPaths,
  time: KeyTime,
): string {
  const kept = existsSync(credentials) ? readCredentials(credentials).selfServiceApiKey : undefined;
  const key = keptOrMade(kept, time);
  const ofSmoke = keptOrMade(textOf(smokeKey), time);
  replaceFile(smokeKey, `${ofSmoke}\n`, SECRET_MODE);
  const ofPull = keptOrMadePull(textOf(pullKey), time);
  replaceFile(pullKey, `${ofPull}\n`, SECRET_MODE);
  const keys = [
    keyEntry(key, { key_id: 'development', ...AUTHOR }, time),
    keyEntry(ofSmoke, { key_id: 'smoke', ...SMOKE }, time),
    { ...keyEntry(ofPull, { key_id: 'review-pull' }, time), scopes: ['pull'] },
  ];
  replaceFile(selfServiceKeys, `${JSON.stringify({ keys }, undefined, 2)}\n`, SECRET_MODE);
  return key;
}

function textOf(file: string): string {
  return existsSync(file) ? Buffer.from(readFileOrFail(file)).toString('latin1').trim() : '';
}

function keptOrMadePull(kept: string, { environment }: KeyTime): string {
  if (kept.startsWith(`craton_pull_${environment}_`)) return kept;
  return composeApiKey({ kind: 'pull', environment, random: randomBytes(API_KEY_RANDOM_BYTES) });
}

function keptOrMade(kept: string | undefined, { environment }: KeyTime): string {
  if (kept !== undefined && isSelfServiceKeyText(kept)) return kept;
  const random = randomBytes(API_KEY_RANDOM_BYTES);
  return composeApiKey({ kind: SELF_SERVICE_KEY_KIND, environment, random });
}

function keyEntry(key: string, holder: JsonObject, { nowMs }: KeyTime): JsonObject {
  return {
    ...holder,
    sha256: apiKeySha256(key),
    scopes: SCOPES,
    expires_at: formatTime(nowMs + LIFETIME_MS),
  };
}
