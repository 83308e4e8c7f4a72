/** Asks everything of a plan at once, and reads the answers. */
import { isRequestId } from '@craton/protocol';
import type { ClientBase } from 'pg';
import { HmacKey } from '../hmac-key.ts';
import { commitmentHash } from '../key-hash.ts';
import type { Owner } from '../port.ts';
import { bytesOf, integerOf, optionalTextOf, type Row, textOf } from '../row.ts';
import { parseDigest, parseReceiptType } from '../stored-values.ts';
import type {
  IdempotentAnswer,
  LinkedReceiptType,
  StoredDecision,
  StoredLinked,
  Stream,
} from '../transaction.ts';
import { sendAll, type Statement } from './connection.ts';
import { decisionName, type FetchPlan, hashName, ownerName, streamName } from './fetch-plan.ts';
import { USED_APPROVALS } from './used-approvals.ts';

/** Totals of a stream after the last decision of one instant. */
export interface Totals {
  readonly evaluatedAtMs: number;
  readonly decisions: number;
  readonly sumUsdCents: bigint;
}

export interface FetchedStream {
  readonly streamId: number;
  readonly stream: Stream;
  readonly decisions: number;
  readonly sumUsdCents: bigint;
}

/** The totals around the beginning of a window. */
export interface FetchedWindow {
  readonly sinceMs: number;
  /** The last row before `sinceMs` and those after it, in their order. */
  readonly rows: readonly Totals[];
  /** There are more rows after the last one. */
  readonly isCut: boolean;
}

export interface FetchedDecision extends StoredDecision {
  readonly receiptId: number;
  readonly linked: readonly StoredLinked[];
}

/** Answers by the names that the plan has; undefined for what is not stored. */
export interface Fetched {
  /** Ids of the ledgers that are locked. */
  readonly ledgers: ReadonlyMap<string, number>;
  readonly streams: ReadonlyMap<string, FetchedStream | undefined>;
  readonly windows: ReadonlyMap<string, FetchedWindow>;
  /** Commitment ids. */
  readonly references: ReadonlyMap<string, string | undefined>;
  readonly answers: ReadonlyMap<string, IdempotentAnswer | undefined>;
  readonly decisions: ReadonlyMap<string, FetchedDecision | undefined>;
  /** True for those that are used up. */
  readonly approvals: ReadonlyMap<string, true | undefined>;
}

/** Rows after the beginning of a window that are fetched: it may have moved on by then. */
const WINDOW_ROWS_MAX = 64;

const LEDGERS = `
  SELECT ledger_id, environment, partner_id FROM ledgers
    JOIN unnest($1::text[], $2::text[]) AS wanted (environment, partner_id)
    USING (environment, partner_id)`;

const STREAMS = `
  SELECT environment, partner_id, path_id, receipt_type, stream_id, stream_key, stream, epoch,
    last_seq, last_issued_at_ms, decisions, sum_usd_cents
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS wanted (environment, partner_id, path_id, receipt_type)
    JOIN ledgers USING (environment, partner_id)
    JOIN streams USING (ledger_id, path_id, receipt_type)`;

const TOTALS = 'evaluated_at_ms, decisions, sum_usd_cents FROM decision_totals AS totals';
const WINDOWS = `
  SELECT environment, partner_id, path_id, receipt_type, around.*
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      AS wanted (environment, partner_id, path_id, receipt_type, since_ms)
    JOIN ledgers USING (environment, partner_id)
    JOIN streams USING (ledger_id, path_id, receipt_type)
    CROSS JOIN LATERAL (
      (SELECT ${TOTALS} WHERE totals.stream_id = streams.stream_id AND evaluated_at_ms < since_ms
       ORDER BY evaluated_at_ms DESC LIMIT 1)
      UNION ALL
      (SELECT ${TOTALS} WHERE totals.stream_id = streams.stream_id AND evaluated_at_ms >= since_ms
       ORDER BY evaluated_at_ms LIMIT ${WINDOW_ROWS_MAX})) AS around
  ORDER BY evaluated_at_ms`;

const REFERENCES = `
  SELECT key_hash, commitment_id FROM key_index JOIN receipts USING (receipt_id)
  WHERE key_hash = ANY ($1)`;

const ANSWERS = `
  SELECT key_hash, request_hash, evidence_digest, earlier_commitment_id, needs, stored_at_ms,
    payload, signature, kid, opening
  FROM key_index JOIN answers USING (receipt_id) JOIN receipts USING (receipt_id)
    LEFT JOIN openings USING (receipt_id)
  WHERE key_hash = ANY ($1)`;

// Decisions alone, and of their owner alone, whichever way they were found.
const DECISION = `
  SELECT receipts.receipt_id, environment, partner_id, request_id, commitment_id, payload,
    signature, kid, key_id
  FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)`;
const DECISIONS = `
  ${DECISION} WHERE receipt_type = 'boundary_decision' AND request_id = ANY ($1)
  UNION ALL
  ${DECISION} JOIN key_index USING (receipt_id)
  WHERE receipt_type = 'boundary_decision' AND key_hash = ANY ($2)`;

const LINKED = `
  SELECT linked_receipts.decision_id, linked_receipts.receipt_type, request_id, payload
  FROM (SELECT receipt_id FROM receipts WHERE request_id = ANY ($1)
        UNION SELECT receipt_id FROM key_index WHERE key_hash = ANY ($2)) AS decision
    JOIN linked_receipts ON decision_id = decision.receipt_id
    JOIN receipts ON receipts.receipt_id = linked_receipts.receipt_id
  WHERE linked_receipts.receipt_type <> 'deployment_record'
  ORDER BY linked_receipts.receipt_id`;

/** Locks the ledgers of a batch, in the order of environment and partner. */
export function lockLedgers(plan: FetchPlan): Statement {
  const owners = Array.from(plan.owners.values());
  return {
    name: 'lock',
    text: `${LEDGERS} ORDER BY environment, partner_id FOR UPDATE OF ledgers`,
    values: ownerColumns(owners),
  };
}

/** The ids of the ledgers that were locked, by the names of their owners. */
export function readLedgers(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row) => [ownerName(ownerOf(row)), integerOf(row, 'ledger_id')]));
}

type Answers = Omit<Fetched, 'ledgers'>;

/** Statements, and how their rows are read; both are for one plan. */
export interface Questions {
  readonly statements: readonly Statement[];
  readonly read: (results: readonly (readonly Row[])[]) => Answers;
}

/** The questions of a plan; whatever it does not name is not asked. */
export function questionsOf(plan: FetchPlan): Questions {
  const asked = [
    ask(plan.streams, streamsStatement),
    ask(plan.references, hashesStatement('references', REFERENCES)),
    ask(plan.idempotencyKeys, hashesStatement('answers', ANSWERS)),
    ask(plan.windows, windowsStatement),
    ask(plan.approvals, hashesStatement('approvals', USED_APPROVALS)),
    ...askDecisions(plan),
  ];
  const statements = asked.filter((statement) => statement !== undefined);
  return {
    statements,
    read: (results) => {
      const untaken = results.slice();
      const take = (statement: Statement | undefined) =>
        statement === undefined ? [] : (untaken.shift() ?? []);
      const [streams = [], references = [], answers = [], windows = [], approvals = [], ...rest] =
        asked.map(take);
      const [decisions = [], linked = []] = rest;
      return {
        streams: named(plan.streams, streams.map(readStream)),
        references: named(plan.references, references.map(readReference)),
        answers: named(plan.idempotencyKeys, answers.map(readAnswer)),
        windows: readWindows(plan, windows),
        decisions: readDecisions(plan, decisions, linked),
        approvals: named(plan.approvals, approvals.map(readApproval)),
      };
    },
  };
}

/** Asks a plan again that has grown; what is locked stays locked. */
export async function fetchAgain(
  client: ClientBase,
  plan: FetchPlan,
  ledgers: Fetched['ledgers'],
): Promise<Fetched> {
  const { statements, read } = questionsOf(plan);
  return { ledgers, ...read(await sendAll(client, statements)) };
}

function ask<Name>(
  names: ReadonlyMap<string, Name>,
  statementOf: (names: readonly Name[]) => Statement,
): Statement | undefined {
  return names.size === 0 ? undefined : statementOf(Array.from(names.values()));
}

function streamsStatement(names: readonly FetchPlanStream[]): Statement {
  return { name: 'streams', text: STREAMS, values: streamColumns(names) };
}

function windowsStatement(names: readonly (FetchPlanStream & { sinceMs: number })[]): Statement {
  const values = [...streamColumns(names), names.map(({ sinceMs }) => sinceMs)];
  return { name: 'windows', text: WINDOWS, values };
}

function hashesStatement(name: string, text: string) {
  return (hashes: readonly Uint8Array[]): Statement => ({ name, text, values: [hashes] });
}

function askDecisions({ decisions }: FetchPlan): [Statement | undefined, Statement | undefined] {
  if (decisions.size === 0) return [undefined, undefined];
  const ids = Array.from(decisions.values(), ({ id }) => id);
  const requestIds = ids.filter(isRequestId);
  const hashes = ids.filter((id) => !isRequestId(id)).map(commitmentHash);
  const values = [requestIds, hashes];
  return [
    { name: 'decisions', text: DECISIONS, values },
    { name: 'linked', text: LINKED, values },
  ];
}

type FetchPlanStream = FetchPlan['streams'] extends ReadonlyMap<string, infer Name> ? Name : never;

function streamColumns(names: readonly FetchPlanStream[]): unknown[] {
  return [
    ...ownerColumns(names.map(({ owner }) => owner)),
    names.map(({ pathId }) => pathId),
    names.map(({ receiptType }) => receiptType),
  ];
}

function ownerColumns(owners: readonly Owner[]): unknown[] {
  return [owners.map(({ environment }) => environment), owners.map(({ partnerId }) => partnerId)];
}

/** Every name that was asked for has an answer, if only that there is nothing. */
function named<Value>(
  names: ReadonlyMap<string, unknown>,
  found: readonly (readonly [string, Value])[],
): ReadonlyMap<string, Value | undefined> {
  const answers = new Map<string, Value | undefined>();
  for (const name of names.keys()) answers.set(name, undefined);
  for (const [name, value] of found) answers.set(name, value);
  return answers;
}

function ownerOf(row: Row): Owner {
  return { environment: textOf(row, 'environment'), partnerId: textOf(row, 'partner_id') };
}

function streamNameOf(row: Row) {
  const receiptType = parseReceiptType(textOf(row, 'receipt_type'));
  return { owner: ownerOf(row), pathId: textOf(row, 'path_id'), receiptType };
}

function readStream(row: Row): readonly [string, FetchedStream] {
  const name = streamNameOf(row);
  const stream: Stream = {
    ...name,
    key: new HmacKey(bytesOf(row, 'stream_key')),
    digest: parseDigest(textOf(row, 'stream')),
    epoch: integerOf(row, 'epoch'),
    lastSeq: integerOf(row, 'last_seq'),
    lastIssuedAtMs: integerOf(row, 'last_issued_at_ms'),
  };
  const decisions = integerOf(row, 'decisions');
  const sumUsdCents = BigInt(textOf(row, 'sum_usd_cents'));
  const streamId = integerOf(row, 'stream_id');
  return [streamName(name), { streamId, stream, decisions, sumUsdCents }];
}

function readReference(row: Row): readonly [string, string] {
  return [hashName(bytesOf(row, 'key_hash')), textOf(row, 'commitment_id')];
}

function readApproval(row: Row): readonly [string, true] {
  return [hashName(bytesOf(row, 'approval_hash')), true];
}

function readAnswer(row: Row): readonly [string, IdempotentAnswer] {
  const evidenceDigest = optionalTextOf(row, 'evidence_digest');
  const openingText = optionalTextOf(row, 'opening');
  const earlierCommitmentId = optionalTextOf(row, 'earlier_commitment_id');
  const needsText = optionalTextOf(row, 'needs');
  return [
    hashName(bytesOf(row, 'key_hash')),
    {
      requestHash: parseDigest(textOf(row, 'request_hash')),
      ...(evidenceDigest !== undefined && { evidenceDigest: parseDigest(evidenceDigest) }),
      storedAtMs: integerOf(row, 'stored_at_ms'),
      payload: bytesOf(row, 'payload'),
      signature: bytesOf(row, 'signature'),
      kid: textOf(row, 'kid'),
      ...(openingText !== undefined && { openingText }),
      ...(earlierCommitmentId !== undefined && { earlierCommitmentId }),
      ...(needsText !== undefined && { needsText }),
    },
  ];
}

function readWindows(
  { windows }: FetchPlan,
  rows: readonly Row[],
): ReadonlyMap<string, FetchedWindow> {
  const byName = Map.groupBy(rows, (row) => streamName(streamNameOf(row)));
  return new Map(
    Array.from(windows, ([name, { sinceMs }]) => {
      const totals = (byName.get(name) ?? []).map(readTotals);
      const after = totals.filter(({ evaluatedAtMs }) => evaluatedAtMs >= sinceMs).length;
      return [name, { sinceMs, rows: totals, isCut: after === WINDOW_ROWS_MAX }];
    }),
  );
}

function readTotals(row: Row): Totals {
  return {
    evaluatedAtMs: integerOf(row, 'evaluated_at_ms'),
    decisions: integerOf(row, 'decisions'),
    sumUsdCents: BigInt(textOf(row, 'sum_usd_cents')),
  };
}

function readDecisions(
  { decisions }: FetchPlan,
  rows: readonly Row[],
  linkedRows: readonly Row[],
): Fetched['decisions'] {
  const linkedBy = Map.groupBy(linkedRows, (row) => integerOf(row, 'decision_id'));
  const found = rows.flatMap((row) => {
    const receiptId = integerOf(row, 'receipt_id');
    const decision = readDecision(row, (linkedBy.get(receiptId) ?? []).map(readLinked));
    const owner = ownerOf(row);
    const { requestId, commitmentId } = decision;
    return [requestId, commitmentId].map((id) => [decisionName({ owner, id }), decision] as const);
  });
  return named(decisions, found);
}

function readDecision(row: Row, linked: readonly StoredLinked[]): FetchedDecision {
  return {
    receiptId: integerOf(row, 'receipt_id'),
    requestId: textOf(row, 'request_id'),
    commitmentId: textOf(row, 'commitment_id'),
    payload: bytesOf(row, 'payload'),
    signature: bytesOf(row, 'signature'),
    kid: textOf(row, 'kid'),
    keyId: textOf(row, 'key_id'),
    linked,
  };
}

function readLinked(row: Row): StoredLinked {
  return {
    receiptType: parseLinkedType(textOf(row, 'receipt_type')),
    requestId: textOf(row, 'request_id'),
    payload: bytesOf(row, 'payload'),
  };
}

/** The schema allows no other. */
function parseLinkedType(text: string): LinkedReceiptType {
  return text as LinkedReceiptType;
}
