import { CratonError } from '@craton/protocol';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { failureOf, PostgresFailure } from './postgres-error.ts';

function refusal(code: string, severity = 'ERROR'): DatabaseError {
  const error = new DatabaseError('duplicate key "canary"', 0, 'error');
  return Object.assign(error, { code, severity, detail: 'canary', constraint: 'receipts_pkey' });
}

function kindOf(error: unknown): string {
  const failure = failureOf(error);
  return failure instanceof PostgresFailure ? failure.kind : failure.code;
}

describe('failures of PostgreSQL', () => {
  it.each(['22003', '22P02', '23505', '23503', '54000'])('%s concerns one entry', (code) => {
    expect(kindOf(refusal(code))).toBe('entry');
  });

  it.each(['08006', '0A000', '25006', '28P01', '40001', '53100', '53300', '55P03', '57014'])(
    '%s passes',
    (code) => {
      expect(kindOf(refusal(code))).toBe('unavailable');
    },
  );

  it.each(['42P01', '42501', '58030', 'XX000', 'XX001', '99999'])('%s is fatal', (code) => {
    expect(kindOf(refusal(code))).toBe('fatal');
  });

  it('may be tried again after a deadlock, or when the connection was lost', () => {
    const isTransient = (error: unknown) => {
      const failure = failureOf(error);
      return failure instanceof PostgresFailure && failure.isTransient;
    };
    expect(isTransient(refusal('40P01'))).toBe(true);
    expect(isTransient(refusal('57P01', 'FATAL'))).toBe(true);
    expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isTransient(refusal('57014'))).toBe(false);
    expect(isTransient(refusal('23505'))).toBe(false);
  });

  it('tell when nobody knows what became of what was under way', () => {
    const isLost = (error: unknown) => {
      const failure = failureOf(error);
      return failure instanceof PostgresFailure && failure.isConnectionLost;
    };
    expect(isLost(refusal('57P01', 'FATAL'))).toBe(true);
    expect(isLost(refusal('57P02', 'PANIC'))).toBe(true);
    expect(isLost(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe(true);
    expect(isLost(refusal('40001'))).toBe(false);
  });

  it('name code and constraint, and never a value', () => {
    expect(failureOf(refusal('23505')).message).toBe(
      'PostgreSQL refused with SQLSTATE 23505 at receipts_pkey.',
    );
    const lost = Object.assign(new Error('connect to canary'), { code: 'ECONNREFUSED' });
    expect(failureOf(lost).message).toBe('The connection to PostgreSQL failed (ECONNREFUSED).');
    expect(failureOf(refusal('23505')).stack).not.toContain('canary');
  });

  it('that are ours already stay as they are', () => {
    const ours = new CratonError('ERR_INTERNAL', 'x');
    expect(failureOf(ours)).toBe(ours);
  });
});
