/** The witness's private key: a file with the base64 of a 32-byte Ed25519 seed, mode 0600. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  createVerifierKey,
  CratonError,
  decodeBase64,
  decodeBase64url,
  encodeBase64,
  type NoteSigner,
  SIGNATURE_TYPE,
} from '@craton/protocol';
import { createDurably } from './durable-file.ts';

const SEED_BYTES = 32;
const SEED_TEXT = /^[A-Za-z0-9+/]{43}=$/;
const FIELD = '--key-file';
/** The DER that PKCS #8 puts before an Ed25519 seed (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Makes a key in a file that must not exist yet. */
export async function createKeyFile(path: string): Promise<void> {
  await createDurably(path, `${encodeBase64(randomBytes(SEED_BYTES))}\n`);
}

/**
 * Reads a key file; the signer cosigns under `name`. Throws `ERR_CONFIG` if others may read the
 * file, `ERR_KEY_FORMAT` if it holds no seed or the name cannot be a key's name.
 */
export function readKeyFile(path: string, name: string): NoteSigner {
  const text = readPrivateText(path);
  if (!SEED_TEXT.test(text)) {
    throw new CratonError('ERR_KEY_FORMAT', 'The key file must hold 32 bytes as base64.', {
      field: FIELD,
    });
  }
  const der = Buffer.concat([PKCS8_PREFIX, decodeBase64(text)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    key: createVerifierKey(name, SIGNATURE_TYPE.cosignature, decodeBase64url(x)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

function readPrivateText(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) === 0) return readFileSync(path, 'latin1').trim();
  } catch (cause) {
    const message = 'The key file is absent or unreadable; --init makes one on the first start.';
    throw new CratonError('ERR_CONFIG', message, { field: FIELD, cause });
  }
  const message = 'Other users may read the key file; take that right away with chmod 600.';
  throw new CratonError('ERR_CONFIG', message, { field: FIELD });
}
