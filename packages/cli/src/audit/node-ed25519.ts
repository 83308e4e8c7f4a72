/** Node's Ed25519, with its keys kept: an export has few keys and many receipts. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Ed25519Verify } from '@craton/protocol';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_MAX = 64;

/** A primitive for `verifyEd25519`, which makes our own checks before it. */
export function nodeEd25519(): Ed25519Verify {
  const keys = new Map<string, KeyObject | undefined>();
  return async (publicKey, message, signature) => {
    await Promise.resolve();
    const name = Buffer.from(publicKey).toString('latin1');
    if (!keys.has(name)) {
      if (keys.size >= KEYS_MAX) keys.clear();
      keys.set(name, importKey(publicKey));
    }
    const key = keys.get(name);
    return key !== undefined && verify(null, message, key, signature);
  };
}

/** Undefined for bytes that are no point of the curve. */
function importKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    const key = Buffer.concat([SPKI_PREFIX, publicKey]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
