/** The key with which a development machine saves drafts: kept, or made. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  API_KEY_RANDOM_BYTES,
  apiKeySha256,
  composeApiKey,
  formatTime,
  isSelfServiceKeyText,
  SELF_SERVICE_KEY_KIND,
} from '@craton/protocol';
import { replaceFile, SECRET_MODE } from '../files.ts';
import { readCredentials } from './credentials.ts';
import type { DataPaths } from './data-directory.ts';

/** Each start gives it this long, as other keys have it. */
const LIFETIME_MS = 90 * 24 * 3_600_000;
const PERSON = { person: 'Development author', organisation: 'northstar_controls' } as const;

/**
 * Writes the file of digests that self-service reads, and answers the key. Never called without
 * development privileges.
 */
export function prepareSelfServiceKey(
  { credentials, selfServiceKeys }: DataPaths,
  { environment, nowMs }: { readonly environment: string; readonly nowMs: number },
): string {
  const kind = SELF_SERVICE_KEY_KIND;
  const kept = existsSync(credentials) ? readCredentials(credentials).selfServiceApiKey : undefined;
  const isKept = kept !== undefined && isSelfServiceKeyText(kept);
  const random = randomBytes(API_KEY_RANDOM_BYTES);
  const key = isKept ? kept : composeApiKey({ kind, environment, random });
  const entry = {
    key_id: 'development',
    sha256: apiKeySha256(key),
    ...PERSON,
    scopes: ['read', 'draft', 'request_review'],
    expires_at: formatTime(nowMs + LIFETIME_MS),
  };
  const text = JSON.stringify({ keys: [entry] }, undefined, 2);
  replaceFile(selfServiceKeys, `${text}\n`, SECRET_MODE);
  return key;
}
