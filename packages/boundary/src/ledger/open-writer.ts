/** What every writer is put together from, whatever its store is. */
import { CratonError, isEnvironment, isIssuer } from '@craton/protocol';
import { createSigner, type Signer } from '../signing/signer.ts';
import type { LogWrite, LogWritten } from '../log/log-write.ts';
import type { BatchRunner } from './batch.ts';
import type { Issuing, SeenOfLog } from './issuing.ts';
import type { Sources } from './sources.ts';
import type { LedgerStore } from './transaction.ts';
import type { PublicSigningKey, SigningKey } from './writer-message.ts';

/** A writer that can issue. */
export interface OpenedWriter {
  readonly runner: BatchRunner;
  readonly keys: readonly PublicSigningKey[];
  /** What receipts name from now on as the newest cosigned checkpoint. */
  readonly noteSeen: (seen: SeenOfLog) => void;
  /** Only where this thread alone writes the store. */
  readonly writeLog?: (write: LogWrite) => LogWritten;
}

/** Stands between runner and store; tests break things there. */
export type StoreWrapper = (store: LedgerStore) => LedgerStore;

/** For whom a writer issues, and with which keys. */
export interface IssuerSettings {
  readonly issuer: string;
  /** Their seeds are wiped once they are in use. */
  readonly signingKeys: readonly SigningKey[];
}

/** Throws `ERR_SIGNING` or `ERR_FORMAT`. */
export function prepareIssuing({ issuer, signingKeys }: IssuerSettings, sources: Sources): Issuing {
  if (!isIssuer(issuer)) throw new CratonError('ERR_FORMAT', 'The issuer is not a DNS name.');
  return { issuer, signers: createSigners(signingKeys), sources, seen: new Map() };
}

/** What tells this writer of cosigned checkpoints. */
export function seenNotes({ seen }: Issuing): OpenedWriter['noteSeen'] {
  return (newest) => {
    seen.set(newest.environment, newest);
  };
}

/** The public halves of its keys. */
export function publicKeysOf({ signers }: Issuing): readonly PublicSigningKey[] {
  return Array.from(signers, ([environment, { kid, publicKey }]) => ({
    environment,
    kid,
    publicKey,
  }));
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
