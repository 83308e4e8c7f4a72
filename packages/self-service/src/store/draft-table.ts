/** The queries on `self_service_drafts`, the same for both engines. */
import { CratonError, type Digest, encodeBase64url, isDigest } from '@craton/protocol';
import type { Sources } from '../sources.ts';
import {
  type DraftEntry,
  type DraftPage,
  type DraftStore,
  type NewDraftEntry,
  type ReviewRequest,
  STORED_STATES,
  type StoredState,
} from './port.ts';
import { integerOf, optionalIntegerOf, type Row, textOf } from './row.ts';
import type { SqlDatabase } from './sql.ts';

const IDENTITY_BYTES = 16;
/** Sorts after every draft id. */
const AFTER_ALL_IDS = 'drf`';

const COLUMNS = [
  'draft_id',
  'revision',
  'version',
  'state',
  'latest_version',
  'review_version',
  'organisation',
  'author',
  'title',
  'packet_digest',
  'created_at_ms',
] as const;
const columnsOf = (table: string): string =>
  COLUMNS.map((column) => `${table}.${column}`).join(', ');

const IS_HEAD = `d.revision =
  (SELECT max(m.revision) FROM self_service_drafts m WHERE m.draft_id = d.draft_id)`;

const REVIEW = `SELECT ${columnsOf('r')}, s.author AS saved_by, s.packet AS packet,
    w.created_at_ms AS withdrawn_at_ms
  FROM self_service_drafts r
  JOIN self_service_drafts s
    ON s.draft_id = r.draft_id AND s.version = r.version AND s.state = 'saved'
  LEFT JOIN self_service_drafts w
    ON w.draft_id = r.draft_id AND w.version = r.version AND w.state = 'withdrawn'
  WHERE r.state = 'review_requested'`;

/** The store over a database whose tables are there. */
export class DraftTable implements DraftStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async append(entry: NewDraftEntry): Promise<boolean> {
    const { draftId, revision, version, state, latestVersion, organisation, author } = entry;
    // Neither flag is among the values: no caller's word decides them.
    const rows = await this.#database.rows(
      `INSERT INTO self_service_drafts (${COLUMNS.join(', ')}, packet, production_write, review_only)
       VALUES (${COLUMNS.map(() => '?').join(', ')}, ?, FALSE, TRUE)
       ON CONFLICT DO NOTHING RETURNING revision`,
      [
        ...[draftId, revision, version, state, latestVersion, entry.reviewVersion ?? null],
        ...[organisation, author, entry.title, entry.packetDigest, entry.createdAtMs],
        entry.packet ?? null,
      ],
    );
    return rows.length === 1;
  }

  async findHead(organisation: string, draftId: string): Promise<DraftEntry | undefined> {
    const [row] = await this.#database.rows(
      `SELECT ${columnsOf('d')} FROM self_service_drafts d
       WHERE d.organisation = ? AND d.draft_id = ? ORDER BY d.revision DESC LIMIT 1`,
      [organisation, draftId],
    );
    return row && parseEntry(row);
  }

  async listEntries(organisation: string, draftId: string): Promise<readonly DraftEntry[]> {
    const rows = await this.#database.rows(
      `SELECT ${columnsOf('d')} FROM self_service_drafts d
       WHERE d.organisation = ? AND d.draft_id = ? ORDER BY d.revision`,
      [organisation, draftId],
    );
    return rows.map(parseEntry);
  }

  async findPacket(
    organisation: string,
    draftId: string,
    version: number,
  ): Promise<string | undefined> {
    const [row] = await this.#database.rows(
      `SELECT packet FROM self_service_drafts
       WHERE organisation = ? AND draft_id = ? AND version = ? AND state = 'saved'`,
      [organisation, draftId, version],
    );
    return row && textOf(row, 'packet');
  }

  async listHeads(organisation: string, page: DraftPage): Promise<readonly DraftEntry[]> {
    const rows = await this.#database.rows(
      `SELECT ${columnsOf('d')} FROM self_service_drafts d
       WHERE d.organisation = ? AND d.draft_id < ? AND ${IS_HEAD}
       ORDER BY d.draft_id DESC LIMIT ?`,
      [organisation, page.after ?? AFTER_ALL_IDS, page.limit],
    );
    return rows.map(parseEntry);
  }

  async listReviewRequests(page: DraftPage): Promise<readonly ReviewRequest[]> {
    const rows = await this.#database.rows(
      `${REVIEW} AND w.draft_id IS NULL AND r.draft_id < ? ORDER BY r.draft_id DESC LIMIT ?`,
      [page.after ?? AFTER_ALL_IDS, page.limit],
    );
    return rows.map(parseReview);
  }

  async findReviewRequest(packetDigest: string): Promise<ReviewRequest | undefined> {
    const [row] = await this.#database.rows(`${REVIEW} AND r.packet_digest = ?`, [packetDigest]);
    return row && parseReview(row);
  }

  async identity(): Promise<string> {
    const [row = {}] = await this.#database.rows('SELECT identity FROM self_service_store');
    return textOf(row, 'identity');
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** A new identity of a store. */
export function newIdentity(randomBytes: Sources['randomBytes']): string {
  return encodeBase64url(randomBytes(IDENTITY_BYTES));
}

function parseEntry(row: Row): DraftEntry {
  return {
    draftId: textOf(row, 'draft_id'),
    revision: integerOf(row, 'revision'),
    version: integerOf(row, 'version'),
    state: parseState(row),
    latestVersion: integerOf(row, 'latest_version'),
    reviewVersion: optionalIntegerOf(row, 'review_version'),
    organisation: textOf(row, 'organisation'),
    author: textOf(row, 'author'),
    title: textOf(row, 'title'),
    packetDigest: parseDigest(textOf(row, 'packet_digest')),
    createdAtMs: integerOf(row, 'created_at_ms'),
  };
}

function parseReview(row: Row): ReviewRequest {
  return {
    request: parseEntry(row),
    savedBy: textOf(row, 'saved_by'),
    packet: textOf(row, 'packet'),
    withdrawnAtMs: optionalIntegerOf(row, 'withdrawn_at_ms'),
  };
}

function parseState(row: Row): StoredState {
  const text = textOf(row, 'state');
  const state = STORED_STATES.find((one) => one === text);
  if (state !== undefined) return state;
  throw new CratonError('ERR_INTERNAL', 'A stored draft cannot be read.', { field: 'state' });
}

function parseDigest(text: string): Digest {
  if (isDigest(text)) return text as Digest;
  throw new CratonError('ERR_INTERNAL', 'A stored draft cannot be read.', {
    field: 'packet_digest',
  });
}
