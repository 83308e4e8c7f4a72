/** What roots said of the keys of this server, brought into its logs: `spec/key-events.md`, section 3. */
import { canonicalize, encodeKeyEvent, readKeyEvent } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import type { LogStore, NewKeyEvent } from './port.ts';

/** A log that this server serves, and whose it is. */
export interface KeyEventLog {
  readonly issuer: string;
  readonly environment: string;
  readonly store: Pick<LogStore, 'listKeyEvents' | 'storeKeyEvents'>;
}

/** The statements that a server accepted. */
export type AcceptedStatements = Pick<VerificationMaterial, 'attestations' | 'keyCompromises'>;

/**
 * Stores the entries of statements that the log does not have yet; nothing is written if it has all.
 * To be called before anything is issued: then an attestation stands before the first receipt of its
 * key. Throws `ERR_STORE_UNAVAILABLE`, and `ERR_ATTESTATION_FORMAT` for what is no statement.
 */
export async function storeKeyEvents(
  { store, ...scope }: KeyEventLog,
  accepted: AcceptedStatements,
): Promise<void> {
  const events = keyEventsFor(scope, accepted);
  const stored = await store.listKeyEvents();
  const known = new Set(stored.map(({ statementText }) => statementText));
  const missing = events.filter(({ statementText }) => !known.has(statementText));
  if (missing.length > 0) await store.storeKeyEvents(missing);
}

function keyEventsFor(
  { issuer, environment }: Omit<KeyEventLog, 'store'>,
  { attestations, keyCompromises }: AcceptedStatements,
): readonly NewKeyEvent[] {
  const statements = [...attestations, ...keyCompromises.map(({ statement }) => statement)];
  return statements.flatMap((statement) => {
    const event = readKeyEvent({ ...statement }, nodeSha256);
    if (event.issuer !== issuer || !event.environments.includes(environment)) return [];
    const { digest } = event.entry;
    return [{ digest, statementText: canonicalize(statement), entry: encodeKeyEvent(event) }];
  });
}
