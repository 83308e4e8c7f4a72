/** What a failure of PostgreSQL, or of the way to it, means for what was asked of the store. */
import { CratonError } from '@craton/protocol';
import { DatabaseError } from 'pg';
import type { FailureKind } from '../transaction.ts';
import { USED_APPROVALS_KEY } from './used-approvals.ts';

/**
 * A failure without values: messages of PostgreSQL may quote what callers sent, so only the code and
 * the names of tables and constraints are kept. `unknown` is a commit of which nobody knows.
 */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  readonly kind: FailureKind;
  /** The connection ended: what was under way on it may have happened all the same. */
  readonly isConnectionLost: boolean;
  /** Another attempt may pass; whoever tries must know that this one stored nothing. */
  readonly isTransient: boolean;

  constructor(message: string, kind: FailureKind, details: FailureDetails = {}) {
    super(message);
    this.kind = kind;
    this.isConnectionLost = details.isConnectionLost ?? false;
    this.isTransient = details.isTransient ?? this.isConnectionLost;
  }
}

interface FailureDetails {
  readonly isConnectionLost?: boolean;
  readonly isTransient?: boolean;
}

/** Serialization failure and deadlock: the server rolled back, and another attempt may pass. */
const TRANSIENT_STATES = new Set(['40001', '40P01']);
/** Another attempt sees the row of whoever was first, and refuses the entry alone. */
const TRANSIENT_CONSTRAINTS = new Set([USED_APPROVALS_KEY]);

/** Classes after which only what was being stored is at fault. */
const ENTRY_CLASSES = new Set([
  '22', // data exception
  '23', // integrity constraint violation
  '44', // view with check option
  '54', // program limit exceeded
]);

/** Classes that another attempt may not meet. */
const PASSING_CLASSES = new Set([
  '08', // connection
  '0A', // a plan of before a migration
  '25', // transaction state, a server that is read-only after a failover
  '28', // authorization: somebody changes a password
  '40', // rollback
  '3D', // no such database
  '53', // insufficient resources: disk, memory, connections
  '55', // lock not available in time
  '57', // operator intervention: shutdown, cancelled
]);

/** Severities after which the connection is gone. */
const LETHAL = new Set(['FATAL', 'PANIC']);

/** The failure that an error of the driver means; what is ours already stays what it is. */
export function failureOf(error: unknown): PostgresFailure | CratonError {
  if (error instanceof PostgresFailure || error instanceof CratonError) return error;
  if (!(error instanceof DatabaseError)) {
    const code = systemCodeOf(error);
    const message = `The connection to PostgreSQL failed${code === undefined ? '' : ` (${code})`}.`;
    return new PostgresFailure(message, 'unavailable', { isConnectionLost: true });
  }
  const { code: sqlState = '', constraint, table, severity = 'FATAL' } = error;
  const where = constraint ?? table;
  const message = `PostgreSQL refused with SQLSTATE ${sqlState}${where === undefined ? '' : ` at ${where}`}.`;
  const isConnectionLost = LETHAL.has(severity);
  const isTransient =
    isConnectionLost ||
    TRANSIENT_STATES.has(sqlState) ||
    TRANSIENT_CONSTRAINTS.has(constraint ?? '');
  return new PostgresFailure(message, kindOf(sqlState), { isConnectionLost, isTransient });
}

/** What is not known to be harmless stops the issuing for good: a damaged or missing table. */
function kindOf(sqlState: string): FailureKind {
  const stateClass = sqlState.slice(0, 2);
  if (ENTRY_CLASSES.has(stateClass)) return 'entry';
  return PASSING_CLASSES.has(stateClass) ? 'unavailable' : 'fatal';
}

/** As `ECONNREFUSED`; the rest of such a message may hold an address. */
function systemCodeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,32}$/.test(code) ? code : undefined;
}
