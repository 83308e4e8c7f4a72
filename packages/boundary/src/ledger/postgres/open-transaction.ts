/** The beginning of a transaction: locks, then everything that the issuing code will ask. */
import { CratonError } from '@craton/protocol';
import type { ClientBase } from 'pg';
import type { LedgerEntry } from '../port.ts';
import { integerOf, textOf } from '../row.ts';
import { sendAll, type Statement } from './connection.ts';
import { fetchAgain, lockLedgers, questionsOf, readLedgers } from './fetch.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { SNAPSHOT_LOCK } from './locks.ts';
import { PostgresFailure } from './postgres-error.ts';
import { readWriterSnapshot, SELECT_STORE, type WriterSnapshot } from './snapshot.ts';
import type { TransactionParts } from './transaction.ts';

/** What is known before the database is asked. */
export interface Opening {
  readonly entries: readonly LedgerEntry[];
  /** Keeps everybody else from issuing while it is open. */
  readonly isAlone: boolean;
  readonly plan: FetchPlan;
  /** Perhaps an old one. */
  readonly snapshot: WriterSnapshot;
  /** The identity that the store had when it was opened. */
  readonly identity: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Nothing of it depends on what the server does by default. */
const BEGIN: Statement = { text: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' };
const LOCK_SNAPSHOT: Statement = { text: `SELECT pg_advisory_xact_lock_shared(${SNAPSHOT_LOCK})` };
const LOCK_SNAPSHOT_ALONE: Statement = { text: `SELECT pg_advisory_xact_lock(${SNAPSHOT_LOCK})` };

/**
 * In one round trip, if no path or key changed since the snapshot. Each statement sees what was
 * committed before it began, and those after a lock everything that was done under it before.
 */
export async function openTransaction(
  client: ClientBase,
  opening: Opening,
): Promise<TransactionParts> {
  const { entries, isAlone, plan, nowMs } = opening;
  plan.foresee(entries, opening.snapshot, nowMs);
  const { statements, read } = questionsOf(plan);
  const lock = isAlone ? LOCK_SNAPSHOT_ALONE : LOCK_SNAPSHOT;
  const [, , ledgerRows = [], [store = {}] = [], ...results] = await sendAll(client, [
    BEGIN,
    lock,
    lockLedgers(plan),
    SELECT_STORE,
    ...statements,
  ]);
  if (textOf(store, 'identity') !== opening.identity) {
    throw new PostgresFailure('DATABASE_URL leads to another store than at the start.', 'fatal');
  }
  const ledgers = readLedgers(ledgerRows);
  if (integerOf(store, 'snapshot_version') === opening.snapshot.version) {
    const { snapshot } = opening;
    return { isAlone, plan, snapshot, fetched: { ledgers, ...read(results) } };
  }
  const snapshot = await reload(client, opening.snapshot);
  plan.foresee(entries, snapshot, nowMs);
  return { isAlone, plan, snapshot, fetched: await fetchAgain(client, plan, ledgers) };
}

/** Paths that cannot be loaded were not stored by this software: nothing is issued any more. */
async function reload(client: ClientBase, earlier: WriterSnapshot): Promise<WriterSnapshot> {
  try {
    return await readWriterSnapshot(client, earlier);
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw new PostgresFailure('The live paths or keys cannot be read.', 'fatal');
  }
}
