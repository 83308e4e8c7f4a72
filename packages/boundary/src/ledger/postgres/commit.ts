/** The end of a transaction: writes what it collected, commits, and knows whether that happened. */
import type { ClientBase, QueryResult } from 'pg';
import { IDEMPOTENCY_MS } from '../issuing.ts';
import { integerOf } from '../row.ts';
import { applyChanges } from './apply-change.ts';
import { arrayOf } from './column-packer.ts';
import { send, sendAll, type Statement } from './connection.ts';
import { lockLedgers } from './fetch.ts';
import type { FetchPlan } from './fetch-plan.ts';
import {
  insertNewStreams,
  type OpenStream,
  purgeStatement,
  storeStatement,
} from './pending-rows.ts';
import { failureOf, PostgresFailure } from './postgres-error.ts';
import type { PostgresTransaction } from './transaction.ts';
import { useApprovalStatements } from './used-approvals.ts';

/** The connection was lost while it committed: nobody has said whether it did. */
export class UnknownCommit extends Error {
  constructor() {
    super('Nobody knows whether this was committed.');
  }
}

/** Times of use by key id, milliseconds since 1970. */
export type Touches = ReadonlyMap<string, number>;

// Rows that somebody else notes at this moment are skipped, so that nobody waits.
const TOUCH = `
  UPDATE api_keys SET last_used_at_ms = greatest(last_used_at_ms, used.at_ms)
  FROM unnest($1::text[], $2::bigint[]) AS used (key_id, at_ms)
  WHERE api_keys.key_id = used.key_id AND api_keys.key_id = ANY (ARRAY(
    SELECT key_id FROM api_keys WHERE key_id = ANY ($1::text[])
    FOR NO KEY UPDATE SKIP LOCKED))`;

/**
 * Resolves when everything is on disk. Throws `UnknownCommit`, or with nothing stored the failure
 * or what a change does not fit by.
 */
export async function commit(
  client: ClientBase,
  transaction: PostgresTransaction,
  touches: Touches,
): Promise<void> {
  const statements = await statementsOf(client, transaction, touches);
  if (transaction.changes.length > 0) {
    await sendAll(client, statements);
    await applyChanges(client, transaction.changes);
    await sendCommit(client, []);
  } else {
    await sendCommit(client, statements);
  }
}

/**
 * Whether the receipts of a transaction are stored for good, judged under the lock that it held: so
 * it is not under way any more. Commits itself, and thereby waits for whatever a commit waits for.
 */
export async function isStored(
  client: ClientBase,
  plan: FetchPlan,
  { receipts }: PostgresTransaction,
): Promise<boolean> {
  await sendAll(client, [{ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' }, lockLedgers(plan)]);
  // A deployment record has none; it is stored with its decision.
  const requestIds = receipts.flatMap(({ receipt }) => receipt.requestId ?? []);
  const [row = {}] = await send(client, {
    text: 'SELECT count(*) AS stored FROM receipts WHERE request_id = ANY ($1)',
    values: [requestIds],
  });
  await send(client, { text: 'COMMIT' });
  const stored = integerOf(row, 'stored');
  if (stored !== 0 && stored !== requestIds.length) {
    throw new PostgresFailure('A transaction is stored in part.', 'fatal');
  }
  return stored > 0;
}

async function statementsOf(
  client: ClientBase,
  transaction: PostgresTransaction,
  touches: Touches,
): Promise<readonly Statement[]> {
  const { receipts } = transaction;
  const touch = touches.size === 0 ? [] : [touchStatement(touches)];
  if (receipts.length === 0) return touch;
  const streams = transaction.movedStreams();
  await insertNewStreams(client, streams);
  const approvals = useApprovalStatements(transaction.usedApprovals(), endedBeforeMs(streams));
  return [storeStatement(receipts, streams), purgeStatement(streams), ...approvals, ...touch];
}

/** An approval that ended then is refused for that by every node, however its clock stands. */
function endedBeforeMs(streams: readonly OpenStream[]): number {
  return Math.max(0, ...streams.map(({ stream }) => stream.lastIssuedAtMs)) - IDEMPOTENCY_MS;
}

function touchStatement(touches: Touches): Statement {
  const values = [arrayOf(Array.from(touches.keys())), arrayOf(Array.from(touches.values()))];
  return { name: 'touch', text: TOUCH, values };
}

/** All in one go: after a statement that fails, the server takes the COMMIT for a ROLLBACK. */
async function sendCommit(client: ClientBase, statements: readonly Statement[]): Promise<void> {
  const sent = statements.map((statement) => send(client, statement));
  const results = await Promise.allSettled([...sent, client.query('COMMIT')]);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [failureOf(result.reason)] : [],
  );
  // A statement that the server refused, whatever happened after it: nothing is stored.
  const refusal = failures.find((failure) => !isLost(failure));
  if (refusal !== undefined) throw refusal;
  if (failures.length > 0) throw new UnknownCommit();
  const last = results.at(-1);
  if (last?.status === 'fulfilled' && commandOf(last.value) === 'COMMIT') return;
  throw new PostgresFailure('The server rolled back.', 'unavailable', { isTransient: true });
}

function isLost(failure: Error): boolean {
  return failure instanceof PostgresFailure && failure.isConnectionLost;
}

function commandOf(result: QueryResult | readonly unknown[]): string | undefined {
  return 'command' in result ? result.command : undefined;
}
