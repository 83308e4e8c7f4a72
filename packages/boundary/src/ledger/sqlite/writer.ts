/** Puts the writer together: signers, store, runner. */
import { CratonError, isEnvironment, isIssuer } from '@craton/protocol';
import { createSigner, type Signer } from '../../signing/signer.ts';
import { BatchRunner } from '../batch.ts';
import type { Sources } from '../sources.ts';
import type { LedgerStore } from '../transaction.ts';
import { SqliteStore } from './store.ts';
import type { PublicSigningKey, SigningKey, WriterSettings } from './writer-message.ts';

/** A writer that can issue. */
export interface OpenedWriter {
  readonly runner: BatchRunner;
  readonly keys: readonly PublicSigningKey[];
}

/** Stands between runner and store; tests break things there. */
export type StoreWrapper = (store: LedgerStore) => LedgerStore;

/** Throws `ERR_SIGNING`, `ERR_FORMAT`, `ERR_STORE_LOCKED` or `ERR_MIGRATION`. */
export function openWriter(
  settings: WriterSettings,
  sources: Sources,
  wrap: StoreWrapper = (store) => store,
): OpenedWriter {
  const { file, issuer, signingKeys } = settings;
  if (!isIssuer(issuer)) throw new CratonError('ERR_FORMAT', 'The issuer is not a DNS name.');
  const signers = createSigners(signingKeys);
  const store = wrap(SqliteStore.open(file, sources));
  return {
    runner: new BatchRunner({ issuer, signers, sources }, store),
    keys: Array.from(signers, ([environment, { kid, publicKey }]) => ({
      environment,
      kid,
      publicKey,
    })),
  };
}

function createSigners(keys: readonly SigningKey[]): ReadonlyMap<string, Signer> {
  const signers = new Map<string, Signer>();
  for (const { environment, seed } of keys) {
    if (!isEnvironment(environment) || signers.has(environment)) {
      throw new CratonError('ERR_SIGNING', 'Each environment has one name and one signing key.');
    }
    signers.set(environment, createSigner(seed));
    // The private part is in the signer now; this copy is no longer needed.
    seed.fill(0);
  }
  const kids = new Set(Array.from(signers.values(), ({ kid }) => kid));
  if (kids.size === signers.size && kids.size > 0) return signers;
  throw new CratonError('ERR_SIGNING', 'Each environment needs a signing key of its own.');
}
