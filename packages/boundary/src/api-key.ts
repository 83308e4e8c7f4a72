/** API keys as text (PROTOCOL section 10): a kind, an environment, 256 random bits, a checksum. */
import { hash } from 'node:crypto';
import { encodeBase64url, isEnvironment } from '@craton/protocol';
import type { ApiKeyKind } from './ledger/port.ts';

/** Random bytes in a key. */
export const API_KEY_RANDOM_BYTES = 32;

const CHECKSUM_CHARACTERS = 6;
const API_KEY =
  /^craton_(?:bnd|sts|ops|pull)_[a-z][a-z0-9]{0,31}_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048][A-Za-z0-9_-]{6}$/;

/** The text of a key; `random` is `API_KEY_RANDOM_BYTES` fresh random bytes. */
export function composeApiKey(kind: ApiKeyKind, environment: string, random: Uint8Array): string {
  if (random.length !== API_KEY_RANDOM_BYTES || !isEnvironment(environment)) {
    throw new TypeError('An API key is made of an environment and 32 random bytes.');
  }
  const text = `craton_${kind}_${environment}_${encodeBase64url(random)}`;
  return text + checksum(text);
}

/** Whether a text has the form and the checksum of a key. It says nothing about its validity. */
export function isApiKeyText(text: string): boolean {
  if (!API_KEY.test(text)) return false;
  const checked = text.slice(0, -CHECKSUM_CHARACTERS);
  return text.endsWith(checksum(checked));
}

/** What the store keeps instead of a key: SHA-256 of the whole text, lower-case hex. */
export function apiKeySha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The first 36 bits of the SHA-256, in base64url. */
function checksum(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, CHECKSUM_CHARACTERS);
}
