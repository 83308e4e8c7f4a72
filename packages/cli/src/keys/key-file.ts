/** Key files: a secret seed as base64 text, and beside it the public key as a JWK. */
import { statSync } from 'node:fs';
import {
  CratonError,
  decodeBase64,
  decodeUtf8,
  DEPTH_MAX,
  encodeBase64,
  keyFingerprint,
  parseKeySet,
  parseStrict,
  publicJwk,
  thumbprint,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, SECRET_MODE, writeNewFile } from '../files.ts';
import { generateSeed, type KeyPair, keyPairOf, SEED_BYTES } from './key-pair.ts';

const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;
/** Stands before the seed of a key that was generated for one development machine. */
const DEVELOPMENT_MARK = 'development:';
const SECRET_KEY = new RegExp(`^(?:${DEVELOPMENT_MARK})?${BASE64_KEY.source.slice(1)}`);

/** How a public key is named in different places. */
export interface KeyNames {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** Hex SHA-256 of the 32 bytes. */
  readonly fingerprint: string;
  /** Padded base64. */
  readonly publicKeyText: string;
}

export function namesOf(publicKey: Uint8Array): KeyNames {
  return {
    kid: thumbprint(publicKey),
    fingerprint: keyFingerprint(publicKey),
    publicKeyText: encodeBase64(publicKey),
  };
}

/** The id of a root where nobody chose another: every command derives the same one. */
export function defaultRootKeyId(rootPublicKey: Uint8Array): string {
  return `root-${keyFingerprint(rootPublicKey).slice(0, 12)}`;
}

/** The file with the public part of the key in `path`. */
export function publicKeyPath(path: string): string {
  return `${path.replace(/\.txt$/, '')}.public.json`;
}

/** Makes a key: the seed with mode 0600, the public JWK beside it. Neither may exist. */
export function createKeyFiles(path: string): KeyPair {
  return createMarkedFiles(path, '');
}

/** Makes a key that says of itself that it is for development: production refuses it. */
export function createDevelopmentKeyFiles(path: string): KeyPair {
  return createMarkedFiles(path, DEVELOPMENT_MARK);
}

function createMarkedFiles(path: string, mark: string): KeyPair {
  const seed = generateSeed();
  const pair = keyPairOf(seed);
  writeNewFile(path, `${mark}${encodeBase64(seed)}\n`, SECRET_MODE);
  writePublicKey(path, pair.publicKey);
  return pair;
}

/** Writes the public JWK beside the secret file `path`. */
export function writePublicKey(path: string, publicKey: Uint8Array): void {
  const jwk = JSON.stringify(publicJwk(publicKey), undefined, 2);
  writeNewFile(publicKeyPath(path), `${jwk}\n`, PUBLIC_MODE);
}

/** A key pair, and what its file says about where it may be used. */
export interface SecretKey extends KeyPair {
  /** It was generated for one development machine. */
  readonly isForDevelopment: boolean;
}

/** Reads a secret key file; fails if others may read it, or if it is not a seed. */
export function readSecretKey(path: string): SecretKey {
  const bytes = readFileOrFail(path);
  if (!isPrivate(path)) {
    throw new CommandFailure(`${path} can be read by other users of this machine.`, {
      code: 'key_file_mode',
      nextStep: `Run: chmod 600 ${path}`,
    });
  }
  return parseSecretKey(bytes, path);
}

/** True if only the owner may read or write the file. */
export function isPrivate(path: string): boolean {
  return (statSync(path).mode & 0o077) === 0;
}

/** Reads a key's text; `name` is the file or variable shown in the failure. */
export function parseSecretKey(bytes: Uint8Array, name: string): SecretKey {
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (SECRET_KEY.test(text)) {
    const isForDevelopment = text.startsWith(DEVELOPMENT_MARK);
    const seed = decodeBase64(isForDevelopment ? text.slice(DEVELOPMENT_MARK.length) : text);
    if (seed.length === SEED_BYTES) return { ...keyPairOf(seed), isForDevelopment };
  }
  throw new CommandFailure(`${name} does not hold a key: 32 bytes as base64, 44 characters.`, {
    code: 'key_malformed',
    nextStep: 'Make one with: craton keys signing --out FILE',
  });
}

/**
 * A public key from the command line: a JWK file, or 44 characters of base64. A file with bare
 * base64 is refused, because that is what a secret key file looks like.
 */
export function readPublicKey(text: string, resolvePath: (path: string) => string): Uint8Array {
  if (BASE64_KEY.test(text)) return assertUsable(decodeBase64(text), text);
  const path = resolvePath(text);
  const bytes = readFileOrFail(path);
  if (SECRET_KEY.test(decodeUtf8(bytes).trim())) {
    throw new CommandFailure(`${text} looks like a secret key file; a public key is asked for.`, {
      code: 'key_is_secret',
      nextStep: `Give the file with the public key instead: ${publicKeyPath(text)}`,
    });
  }
  return parsePublicJwk(bytes, text);
}

/** Reads one public JWK. */
export function parsePublicJwk(bytes: Uint8Array, name: string): Uint8Array {
  try {
    const jwk = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
    const [publicKey] = parseKeySet({ keys: [jwk] }).values();
    if (publicKey !== undefined) return publicKey;
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${name} is not a public key as a JWK: ${cause.message}`, {
      code: 'key_malformed',
      cause,
    });
  }
  throw new CommandFailure(`${name} holds no key.`, { code: 'key_malformed' });
}

function assertUsable(publicKey: Uint8Array, name: string): Uint8Array {
  return parsePublicJwk(Buffer.from(JSON.stringify(publicJwk(publicKey))), name);
}
