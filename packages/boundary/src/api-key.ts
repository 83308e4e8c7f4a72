/** API keys (PROTOCOL section 10), with the hash function of this runtime. */
import { hash } from 'node:crypto';
import * as protocol from '@craton/protocol';
import { nodeSha256 } from './ledger/node-sha256.ts';
import type { ApiKeyKind } from './ledger/port.ts';

export { API_KEY_RANDOM_BYTES } from '@craton/protocol';

/** The text of a key; `random` is `API_KEY_RANDOM_BYTES` fresh random bytes. */
export function composeApiKey(kind: ApiKeyKind, environment: string, random: Uint8Array): string {
  return protocol.composeApiKey({ kind, environment, random }, nodeSha256);
}

/** Whether a text has the form and the checksum of a key. It says nothing about its validity. */
export function isApiKeyText(text: string): boolean {
  return protocol.isApiKeyText(text, nodeSha256);
}

/** What the store keeps instead of a key: SHA-256 of the whole text, lower-case hex. */
export function apiKeySha256(text: string): string {
  return hash('sha256', text, 'hex');
}
