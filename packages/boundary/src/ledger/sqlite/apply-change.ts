/** Companion changes as SQL, inside the writer's transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { loadPath, type LoadedPath, parsePathDocument, PathIndex } from '@craton/policy';
import { canonicalize, CratonError, decodeHex, utf8 } from '@craton/protocol';
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
import { integerOf, textOf } from '../row.ts';
import { loadStoredPath } from '../stored-values.ts';

/** A change that this file makes; the use of a key is noted by the transaction itself. */
export type AppliedChange = Exclude<LedgerChange, { readonly kind: 'touch_api_key' }>;

/** Throws `ERR_LEDGER_CHANGE`, or the errors of `loadPath`, if the change does not fit. */
export function applyChange(database: DatabaseSync, change: AppliedChange, nowMs: number): void {
  switch (change.kind) {
    case 'upsert_partner':
      upsertPartner(database, change, nowMs);
      break;
    case 'apply_path':
      applyPath(database, change, nowMs);
      break;
    case 'insert_api_key':
      insertApiKey(database, change, nowMs);
      break;
    case 'revoke_api_key':
      revokeApiKey(database, change.keyId, nowMs);
      break;
    case 'restore_path':
      restorePath(database, change);
      break;
    case 'suspend_path':
      suspendPath(database, change);
      break;
    case 'erase_opening':
      eraseOpening(database, change);
      break;
    case 'audit_event':
      insertEvent(database, change, nowMs);
      break;
    default:
      run(database, operatorSteps(change, nowMs));
  }
  if (!changesSnapshot(change)) return;
  database.exec('UPDATE store SET snapshot_version = snapshot_version + 1');
}

function run(database: DatabaseSync, steps: SqlSteps): void {
  let step = steps.next();
  while (step.done !== true) {
    const { text, values } = step.value;
    step = steps.next(database.prepare(text).all(...values));
  }
}

function upsertPartner(database: DatabaseSync, change: PartnerChange, nowMs: number): void {
  const { partnerId, units } = change;
  database
    .prepare('INSERT INTO partners VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(partnerId, nowMs);
  const insert = database.prepare('INSERT INTO units VALUES (?, ?) ON CONFLICT DO NOTHING');
  for (const unit of units) insert.run(partnerId, unit);
}

function applyPath(database: DatabaseSync, change: PathChange, nowMs: number): void {
  const path = loadPath(parsePathDocument(utf8(change.documentText)), nodeSha256);
  demandPartner(database, path.document.partner_id);
  demandUnit(database, path);
  const pathRow = storeVersion(database, change.environment, path, nowMs);
  makeLive(database, change.environment, path, pathRow);
}

function demandPartner(database: DatabaseSync, partnerId: string): void {
  const known = database.prepare('SELECT 1 FROM partners WHERE partner_id = ?').get(partnerId);
  if (known === undefined) throw refused('partner_id', 'is not a known partner; add it first');
}

function demandUnit(database: DatabaseSync, { document }: LoadedPath): void {
  if (document.unit === undefined) return;
  const known = database
    .prepare('SELECT 1 FROM units WHERE partner_id = ? AND unit = ?')
    .get(document.partner_id, document.unit);
  if (known === undefined) throw refused('unit', 'is not a unit of its partner; add it first');
}

/** The row of this version, which may be there already; a version never changes its document. */
function storeVersion(
  database: DatabaseSync,
  environment: string,
  { document, policyDigest }: LoadedPath,
  nowMs: number,
): number {
  const { partner_id, path_id, version } = document;
  const newest = database
    .prepare(
      `SELECT path_row, version, policy_digest FROM paths
       WHERE environment = ? AND partner_id = ? AND path_id = ? AND version >= ?
       ORDER BY version`,
    )
    .get(environment, partner_id, path_id, version);
  if (newest === undefined) {
    const { lastInsertRowid } = database
      .prepare('INSERT INTO paths VALUES (NULL, ?, ?, ?, ?, ?, ?, 0, ?)')
      .run(environment, partner_id, path_id, version, canonicalize(document), policyDigest, nowMs);
    return Number(lastInsertRowid);
  }
  if (
    integerOf(newest, 'version') === version &&
    textOf(newest, 'policy_digest') === policyDigest
  ) {
    return integerOf(newest, 'path_row');
  }
  throw refused('version', 'is not new; a changed document needs a higher version');
}

function restorePath(database: DatabaseSync, change: PathRestoration): void {
  const { owner, pathId, version } = change;
  const row = database
    .prepare(
      `SELECT path_row, document FROM paths
       WHERE environment = ? AND partner_id = ? AND path_id = ? AND version = ?`,
    )
    .get(owner.environment, owner.partnerId, pathId, version);
  if (row === undefined) throw refused('version', 'is not one of this path');
  const path = loadStoredPath(textOf(row, 'document'));
  makeLive(database, owner.environment, path, integerOf(row, 'path_row'));
}

/** Whether it had a live version or not: after it there is none. */
function suspendPath(database: DatabaseSync, { owner, pathId }: PathSuspension): void {
  const path = [owner.environment, owner.partnerId, pathId];
  database
    .prepare(
      `DELETE FROM live_path_keys WHERE path_row IN
       (SELECT path_row FROM paths WHERE environment = ? AND partner_id = ? AND path_id = ?)`,
    )
    .run(...path);
  const { changes } = database
    .prepare('UPDATE paths SET live = 0 WHERE environment = ? AND partner_id = ? AND path_id = ?')
    .run(...path);
  if (changes === 0) throw refused('path_id', 'is not a path of this partner');
}

function makeLive(
  database: DatabaseSync,
  environment: string,
  { document }: LoadedPath,
  pathRow: number,
): void {
  const { partner_id, path_id, gate_type, system_scope } = document;
  // One after the other: at no moment may two versions be live.
  const owner = { environment, partnerId: partner_id };
  suspendPath(database, { kind: 'suspend_path', owner, pathId: path_id });
  database.prepare('UPDATE paths SET live = 1 WHERE path_row = ?').run(pathRow);
  demandOneAnswer(database, environment, partner_id);
  const insert = database.prepare('INSERT INTO live_path_keys VALUES (?, ?, ?, ?, ?, ?)');
  for (const decisionType of document.decision_types) {
    insert.run(environment, partner_id, gate_type, system_scope, decisionType, pathRow);
  }
}

/** Throws `ERR_PATH_DOCUMENT` if two live paths of the partner answer for one boundary. */
function demandOneAnswer(database: DatabaseSync, environment: string, partnerId: string): void {
  const rows = database
    .prepare('SELECT document FROM paths WHERE live = 1 AND environment = ? AND partner_id = ?')
    .all(environment, partnerId);
  new PathIndex(rows.map((row) => loadStoredPath(textOf(row, 'document'))));
}

function insertApiKey(database: DatabaseSync, change: ApiKeyInsertion, nowMs: number): void {
  const { key, keySha256, onlyWithoutOperator = false } = change;
  if (key.partnerId !== undefined) demandPartner(database, key.partnerId);
  if (key.actId !== undefined) run(database, demandPerson(key.actId));
  if (onlyWithoutOperator) demandNoOperator(database, nowMs);
  const { changes } = database
    .prepare(
      `INSERT INTO api_keys (key_id, key_sha256, kind, environment, partner_id, act_id, scopes,
         created_at_ms, expires_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(
      key.keyId,
      decodeHex(keySha256),
      key.kind,
      key.environment,
      key.partnerId ?? null,
      key.actId ?? null,
      key.scopes.join(' '),
      nowMs,
      key.expiresAtMs,
    );
  if (changes === 0) throw refused('key_id', 'or its key is there already; make a new key');
}

function demandNoOperator(database: DatabaseSync, nowMs: number): void {
  const operator = database
    .prepare(
      `SELECT 1 FROM api_keys WHERE kind = 'ops' AND revoked_at_ms IS NULL AND expires_at_ms > ?
         AND ' ' || scopes || ' ' LIKE '% admin %'`,
    )
    .get(nowMs);
  if (operator !== undefined) throw refused('kind', 'ops is in force already; use that key');
}

function revokeApiKey(database: DatabaseSync, keyId: string, nowMs: number): void {
  const { changes } = database
    .prepare('UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE key_id = ?')
    .run(nowMs, keyId);
  if (changes === 0) throw refused('key_id', 'is not known');
}

function eraseOpening(database: DatabaseSync, { owner, requestId }: OpeningErasure): void {
  const { changes } = database
    .prepare(
      `DELETE FROM openings WHERE receipt_id =
       (SELECT receipt_id FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
        WHERE request_id = ? AND environment = ? AND partner_id = ?)`,
    )
    .run(requestId, owner.environment, owner.partnerId);
  if (changes === 0) throw refused('request_id', 'has no opening here');
}

function insertEvent(database: DatabaseSync, event: AuditEvent, nowMs: number): void {
  const { actor, action, subjectText } = event;
  database
    .prepare(
      `INSERT INTO audit_events
       SELECT coalesce(max(event_id), 0) + 1, ?, ?, ?, ? FROM audit_events`,
    )
    .run(nowMs, actor, action, subjectText);
}

function refused(field: string, problem: string): CratonError {
  return new CratonError('ERR_LEDGER_CHANGE', `${field} ${problem}.`, { field });
}
