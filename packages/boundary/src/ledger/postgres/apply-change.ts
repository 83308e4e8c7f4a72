/** Companion changes as SQL, at the end of a transaction that holds the snapshot lock alone. */
import { loadPath, type LoadedPath, parsePathDocument, PathIndex } from '@craton/policy';
import { canonicalize, CratonError, decodeHex, utf8 } from '@craton/protocol';
import type { ClientBase } from 'pg';
import {
  type ApiKeyInsertion,
  type AuditEvent,
  changesSnapshot,
  type LedgerChange,
  type OpeningErasure,
  type PartnerChange,
  type PathChange,
  type PathRestoration,
  type PathSuspension,
} from '../change.ts';
import { nodeSha256 } from '../node-sha256.ts';
import { demandPerson, operatorSteps, type SqlSteps } from '../operator-statements.ts';
import { integerOf, type Row, textOf } from '../row.ts';
import { loadStoredPath } from '../stored-values.ts';
import { numbered, send } from './connection.ts';
import { SNAPSHOT_CHANNEL } from './locks.ts';
import type { PendingChange } from './transaction.ts';

/**
 * Makes the changes in their order and announces them. Throws `ERR_LEDGER_CHANGE`, or the errors of
 * `loadPath`, if one does not fit.
 */
export async function applyChanges(
  client: ClientBase,
  changes: readonly PendingChange[],
): Promise<void> {
  for (const { change, nowMs } of changes) await applyChange(client, change, nowMs);
  if (!changes.some(({ change }) => changesSnapshot(change))) return;
  await all(
    client,
    `WITH changed AS (
       UPDATE store SET snapshot_version = snapshot_version + 1 RETURNING snapshot_version)
     SELECT pg_notify('${SNAPSHOT_CHANNEL}', snapshot_version::text) FROM changed`,
  );
}

async function applyChange(client: ClientBase, change: LedgerChange, nowMs: number): Promise<void> {
  switch (change.kind) {
    case 'upsert_partner':
      return upsertPartner(client, change, nowMs);
    case 'apply_path':
      return applyPath(client, change, nowMs);
    case 'insert_api_key':
      return insertApiKey(client, change, nowMs);
    case 'revoke_api_key':
      return revokeApiKey(client, change.keyId, nowMs);
    case 'erase_opening':
      return eraseOpening(client, change);
    case 'audit_event':
      return insertEvent(client, change, nowMs);
    case 'restore_path':
      return restorePath(client, change);
    case 'suspend_path':
      return suspendPath(client, change);
    case 'touch_api_key':
      throw new TypeError('The use of a key is noted by the transaction itself.');
    default:
      return run(client, operatorSteps(change, nowMs));
  }
}

async function run(client: ClientBase, steps: SqlSteps): Promise<void> {
  let step = steps.next();
  while (step.done !== true) {
    const { text, values } = step.value;
    step = steps.next(await all(client, numbered(text), [...values]));
  }
}

async function upsertPartner(
  client: ClientBase,
  { partnerId, units }: PartnerChange,
  nowMs: number,
): Promise<void> {
  const partner = [partnerId, nowMs];
  await all(client, 'INSERT INTO partners VALUES ($1, $2) ON CONFLICT DO NOTHING', partner);
  await all(client, 'INSERT INTO units SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [
    partnerId,
    units,
  ]);
}

async function applyPath(client: ClientBase, change: PathChange, nowMs: number): Promise<void> {
  const path = loadPath(parsePathDocument(utf8(change.documentText)), nodeSha256);
  await demandLedger(client, change.environment, path.document.partner_id);
  await demandUnit(client, path);
  const pathRow = await storeVersion(client, change.environment, path, nowMs);
  await makeLive(client, change.environment, path, pathRow);
}

async function demandPartner(client: ClientBase, partnerId: string): Promise<void> {
  const [known] = await all(client, 'SELECT 1 FROM partners WHERE partner_id = $1', [partnerId]);
  if (known === undefined) throw refused('partner_id', 'is not a known partner; add it first');
}

async function demandUnit(client: ClientBase, { document }: LoadedPath): Promise<void> {
  if (document.unit === undefined) return;
  const unit = [document.partner_id, document.unit];
  const sql = 'SELECT 1 FROM units WHERE partner_id = $1 AND unit = $2';
  const [known] = await all(client, sql, unit);
  if (known === undefined) throw refused('unit', 'is not a unit of its partner; add it first');
}

/** The row of this version, which may be there already; a version never changes its document. */
async function storeVersion(
  client: ClientBase,
  environment: string,
  { document, policyDigest }: LoadedPath,
  nowMs: number,
): Promise<number> {
  const { partner_id, path_id, version } = document;
  const key = [environment, partner_id, path_id, version];
  const [newest] = await all(
    client,
    `SELECT path_row, version, policy_digest FROM paths
     WHERE environment = $1 AND partner_id = $2 AND path_id = $3 AND version >= $4
     ORDER BY version LIMIT 1`,
    key,
  );
  if (newest === undefined) {
    const [stored = {}] = await all(
      client,
      `INSERT INTO paths (environment, partner_id, path_id, version, document, policy_digest, live,
         applied_at_ms) VALUES ($1, $2, $3, $4, $5, $6, false, $7) RETURNING path_row`,
      [...key, canonicalize(document), policyDigest, nowMs],
    );
    return integerOf(stored, 'path_row');
  }
  const isSameVersion = integerOf(newest, 'version') === version;
  if (isSameVersion && textOf(newest, 'policy_digest') === policyDigest) {
    return integerOf(newest, 'path_row');
  }
  throw refused('version', 'is not new; a changed document needs a higher version');
}

async function restorePath(client: ClientBase, change: PathRestoration): Promise<void> {
  const { owner, pathId, version } = change;
  const [row] = await all(
    client,
    `SELECT path_row, document FROM paths
     WHERE environment = $1 AND partner_id = $2 AND path_id = $3 AND version = $4`,
    [owner.environment, owner.partnerId, pathId, version],
  );
  if (row === undefined) throw refused('version', 'is not one of this path');
  const path = loadStoredPath(textOf(row, 'document'));
  await makeLive(client, owner.environment, path, integerOf(row, 'path_row'));
}

/** Whether it had a live version or not: after it there is none. */
async function suspendPath(client: ClientBase, { owner, pathId }: PathSuspension): Promise<void> {
  const path = [owner.environment, owner.partnerId, pathId];
  await all(
    client,
    `DELETE FROM live_path_keys WHERE path_row IN
     (SELECT path_row FROM paths WHERE environment = $1 AND partner_id = $2 AND path_id = $3)`,
    path,
  );
  const versions = await all(
    client,
    `UPDATE paths SET live = false
     WHERE environment = $1 AND partner_id = $2 AND path_id = $3 RETURNING path_row`,
    path,
  );
  if (versions.length === 0) throw refused('path_id', 'is not a path of this partner');
}

async function makeLive(
  client: ClientBase,
  environment: string,
  { document }: LoadedPath,
  pathRow: number,
): Promise<void> {
  const { partner_id, path_id, gate_type, system_scope, decision_types } = document;
  // One after the other: at no moment may two versions be live.
  const owner = { environment, partnerId: partner_id };
  await suspendPath(client, { kind: 'suspend_path', owner, pathId: path_id });
  await all(client, 'UPDATE paths SET live = true WHERE path_row = $1', [pathRow]);
  await demandOneAnswer(client, environment, partner_id);
  await all(
    client,
    `INSERT INTO live_path_keys SELECT $1, $2, $3, $4, unnest($5::text[]), $6::bigint`,
    [environment, partner_id, gate_type, system_scope, decision_types, pathRow],
  );
}

/** Throws `ERR_PATH_DOCUMENT` if two live paths of the partner answer for one boundary. */
async function demandOneAnswer(
  client: ClientBase,
  environment: string,
  partnerId: string,
): Promise<void> {
  const rows = await all(
    client,
    'SELECT document FROM paths WHERE live AND environment = $1 AND partner_id = $2',
    [environment, partnerId],
  );
  new PathIndex(rows.map((row) => loadStoredPath(textOf(row, 'document'))));
}

async function insertApiKey(
  client: ClientBase,
  { key, keySha256, onlyWithoutOperator }: ApiKeyInsertion,
  nowMs: number,
): Promise<void> {
  const { keyId, kind, environment, partnerId, actId, scopes, expiresAtMs } = key;
  if (partnerId !== undefined) await demandLedger(client, environment, partnerId);
  if (actId !== undefined) await run(client, demandPerson(actId));
  if (onlyWithoutOperator === true) await demandNoOperator(client, nowMs);
  const [stored] = await all(
    client,
    `INSERT INTO api_keys (key_id, key_sha256, kind, environment, partner_id, act_id, scopes,
       created_at_ms, expires_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING key_id`,
    [
      keyId,
      Buffer.from(decodeHex(keySha256)),
      kind,
      environment,
      partnerId ?? null,
      actId ?? null,
      scopes.join(' '),
      nowMs,
      expiresAtMs,
    ],
  );
  if (stored === undefined) throw refused('key_id', 'or its key is there already; make a new key');
}

/** Whoever issues locks the ledger of its partner: there is one as soon as there is a key or a path. */
async function demandLedger(
  client: ClientBase,
  environment: string,
  partnerId: string,
): Promise<void> {
  await demandPartner(client, partnerId);
  await all(
    client,
    'INSERT INTO ledgers (environment, partner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [environment, partnerId],
  );
}

async function demandNoOperator(client: ClientBase, nowMs: number): Promise<void> {
  const [operator] = await all(
    client,
    `SELECT 1 FROM api_keys WHERE kind = 'ops' AND revoked_at_ms IS NULL AND expires_at_ms > $1
       AND ' ' || scopes || ' ' LIKE '% admin %'`,
    [nowMs],
  );
  if (operator !== undefined) throw refused('kind', 'ops is in force already; use that key');
}

async function revokeApiKey(client: ClientBase, keyId: string, nowMs: number): Promise<void> {
  const [revoked] = await all(
    client,
    `UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, $1) WHERE key_id = $2
     RETURNING key_id`,
    [nowMs, keyId],
  );
  if (revoked === undefined) throw refused('key_id', 'is not known');
}

async function eraseOpening(
  client: ClientBase,
  { owner, requestId }: OpeningErasure,
): Promise<void> {
  const [erased] = await all(
    client,
    `DELETE FROM openings WHERE receipt_id =
     (SELECT receipt_id FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
      WHERE request_id = $1 AND environment = $2 AND partner_id = $3)
     RETURNING receipt_id`,
    [requestId, owner.environment, owner.partnerId],
  );
  if (erased === undefined) throw refused('request_id', 'has no opening here');
}

/** Numbered without a gap, because one transaction at a time makes changes. */
async function insertEvent(client: ClientBase, event: AuditEvent, nowMs: number): Promise<void> {
  const { actor, action, subjectText } = event;
  await all(
    client,
    `INSERT INTO audit_events
     SELECT coalesce(max(event_id), 0) + 1, $1::bigint, $2, $3, $4 FROM audit_events`,
    [nowMs, actor, action, subjectText],
  );
}

function all(client: ClientBase, text: string, values: unknown[] = []): Promise<Row[]> {
  return send(client, { text, values });
}

function refused(field: string, problem: string): CratonError {
  return new CratonError('ERR_LEDGER_CHANGE', `${field} ${problem}.`, { field });
}
