/** The vectors of this folder, the signers behind their keys, and other people's vectors. */
import { createPrivateKey, hash, sign, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseVerifierKey, type NoteSigner, type VerifierKey } from '../../src/tlog/index.ts';

interface Vectors {
  readonly keys: readonly { label: string; vkey: string }[];
  readonly roots: readonly { size: number; root: string }[];
  readonly inclusion: readonly { index: number; size: number; proof: string[] }[];
  readonly consistency: readonly { size1: number; size2: number; proof: string[] }[];
  readonly tiles: readonly { path: string; size?: number; bytes: string }[];
  readonly checkpoint: { text: string; note: string; times: [number, number] };
  readonly tlog_proof: { index: number; entry: string; text: string };
  readonly tlog_proof_with_extra: { index: number; entry: string; extra: string; text: string };
  readonly add_checkpoint: string;
  readonly cosignature_response: string;
}

export const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8'),
) as Vectors;

/** `node:crypto`'s SHA-256, for tests that hash much. */
export const fastSha256 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(hash('sha256', bytes, 'buffer'));

export const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** The entry that stands at `index` in every tree of these vectors. */
export const entryAt = (index: number): Uint8Array => new TextEncoder().encode(`entry ${index}`);

/** DER before the 32-byte seed of an Ed25519 private key (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function privateKeyOf(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

export function signerOf(key: VerifierKey, seed: Uint8Array): NoteSigner {
  const privateKey = privateKeyOf(seed);
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

function ownSigner(position: number): NoteSigner {
  const { label, vkey } = vectors.keys[position]!;
  return signerOf(parseVerifierKey(vkey), fastSha256(new TextEncoder().encode(label)));
}

export const logSigner = ownSigner(0);
export const witnessSigners = [ownSigner(1), ownSigner(2), ownSigner(3)] as const;
export const logVkey = vectors.keys[0]!.vkey;
export const witnessVkeys = vectors.keys.slice(1).map(({ vkey }) => vkey);

const sharedVectors = resolve(import.meta.dirname, '../../../../../shared/vectors');

/**
 * Path of other people's vectors, which are not part of the project, and whether they are there.
 * A test that needs them is skipped by `absent`, under a name that says so.
 */
export function foreignVectors(name: string): { path: string; absent: boolean; title: string } {
  const path = join(sharedVectors, name);
  const absent = !existsSync(path);
  const title = absent ? `${name} vectors (SKIPPED: not beside the project)` : `${name} vectors`;
  return { path, absent, title };
}
