/** What operators keep, read back: the same questions to both engines. */
import { decodeHex } from '@craton/protocol';
import type { SqlStatement } from './operator-statements.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, type Row, textOf } from './row.ts';

/** One record of a chain. */
export interface OperatorRecord {
  /** From 1 without a gap over all chains, in the order of the commits. */
  readonly recordId: number;
  readonly chain: string;
  /** From 1 without a gap. */
  readonly seq: number;
  /** Milliseconds since 1970; never less than that of the record before it. */
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  /** Canonical JSON of an object. */
  readonly bodyText: string;
  readonly digest: string;
}

/** Where a chain stands. */
export interface ChainHead {
  readonly chain: string;
  readonly seq: number;
  readonly atMs: number;
}

export interface Person {
  readonly actId: string;
  /** The rest is absent once it was erased. */
  readonly issuer?: string;
  readonly subject?: string;
  readonly name?: string;
  readonly email?: string;
  readonly erasedAtMs?: number;
}

export interface Session {
  readonly actId: string;
  readonly authenticatedAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs?: number;
}

/** Records on one page at most. */
export const RECORD_PAGE_MAX = 1000;

/** Runs one reading statement on the rows that are committed. */
export type ReadRows = (statement: SqlStatement) => Promise<readonly Row[]>;

/** Throws `ERR_STORE_UNAVAILABLE` where the store cannot be asked. */
export class OperatorRecords {
  readonly #rows: ReadRows;

  constructor(rows: ReadRows) {
    this.#rows = rows;
  }

  /** A whole chain in its order. */
  async readChain(chain: string): Promise<readonly OperatorRecord[]> {
    const rows = await this.#rows({
      text: 'SELECT * FROM operator_records WHERE chain = ? ORDER BY seq',
      values: [chain],
    });
    return rows.map(readRecord);
  }

  /** Records of all chains with a higher number; at most `RECORD_PAGE_MAX`. */
  async listSince(recordId: number, limit = RECORD_PAGE_MAX): Promise<readonly OperatorRecord[]> {
    const rows = await this.#rows({
      text: 'SELECT * FROM operator_records WHERE record_id > ? ORDER BY record_id LIMIT ?',
      values: [recordId, Math.min(limit, RECORD_PAGE_MAX)],
    });
    return rows.map(readRecord);
  }

  /** Chains whose names begin with this, in the order of their names. */
  async listChains(prefix: string): Promise<readonly ChainHead[]> {
    const rows = await this.#rows({
      text: `SELECT chain, max(seq) AS seq, max(at_ms) AS at_ms FROM operator_records
             WHERE chain >= ? AND chain < ? GROUP BY chain ORDER BY chain`,
      // The highest code point: whatever begins with the prefix is before it.
      values: [prefix, `${prefix}\u{10FFFF}`],
    });
    return rows.map((row) => ({
      chain: textOf(row, 'chain'),
      seq: integerOf(row, 'seq'),
      atMs: integerOf(row, 'at_ms'),
    }));
  }

  /** Chains with a record of this kind whose body holds this text, such as a digest; newest first. */
  async findChains(kind: string, text: string): Promise<readonly string[]> {
    const rows = await this.#rows({
      text: `SELECT chain FROM operator_records WHERE kind = ? AND body LIKE ?
             ORDER BY record_id DESC LIMIT ?`,
      values: [kind, `%"${text}"%`, RECORD_PAGE_MAX],
    });
    return Array.from(new Set(rows.map((row) => textOf(row, 'chain'))));
  }

  async findPerson(actId: string): Promise<Person | undefined> {
    const [row] = await this.#rows({
      text: 'SELECT * FROM people WHERE act_id = ?',
      values: [actId],
    });
    return row && readPerson(row);
  }

  /** By issuer and subject of the identity provider. */
  async findPersonOf(issuer: string, subject: string): Promise<Person | undefined> {
    const [row] = await this.#rows({
      text: 'SELECT * FROM people WHERE issuer = ? AND subject = ?',
      values: [issuer, subject],
    });
    return row && readPerson(row);
  }

  async listPeople(): Promise<readonly Person[]> {
    const rows = await this.#rows({ text: 'SELECT * FROM people ORDER BY act_id', values: [] });
    return rows.map(readPerson);
  }

  /** By SHA-256 of the cookie's text, lower-case hex; ended and expired ones too. */
  async findSession(sessionSha256: string): Promise<Session | undefined> {
    const [row] = await this.#rows({
      text: 'SELECT * FROM sessions WHERE session_hash = ?',
      values: [decodeHex(sessionSha256)],
    });
    if (row === undefined) return undefined;
    const endedAtMs = optionalIntegerOf(row, 'ended_at_ms');
    return {
      actId: textOf(row, 'act_id'),
      authenticatedAtMs: integerOf(row, 'authenticated_at_ms'),
      expiresAtMs: integerOf(row, 'expires_at_ms'),
      ...(endedAtMs !== undefined && { endedAtMs }),
    };
  }

  /** Number of the last record of which a receiver was told; 0 before the first. */
  async cursorOf(receiver: string): Promise<number> {
    const [row] = await this.#rows({
      text: 'SELECT record_id FROM notification_cursors WHERE receiver = ?',
      values: [receiver],
    });
    return row === undefined ? 0 : integerOf(row, 'record_id');
  }
}

function readRecord(row: Row): OperatorRecord {
  return {
    recordId: integerOf(row, 'record_id'),
    chain: textOf(row, 'chain'),
    seq: integerOf(row, 'seq'),
    atMs: integerOf(row, 'at_ms'),
    actor: textOf(row, 'actor'),
    kind: textOf(row, 'kind'),
    bodyText: textOf(row, 'body'),
    digest: textOf(row, 'digest'),
  };
}

function readPerson(row: Row): Person {
  const issuer = optionalTextOf(row, 'issuer');
  const subject = optionalTextOf(row, 'subject');
  const name = optionalTextOf(row, 'name');
  const email = optionalTextOf(row, 'email');
  const erasedAtMs = optionalIntegerOf(row, 'erased_at_ms');
  return {
    actId: textOf(row, 'act_id'),
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(erasedAtMs !== undefined && { erasedAtMs }),
  };
}
