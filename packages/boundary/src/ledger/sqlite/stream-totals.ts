/** Running totals of decision streams, from which windows of 24 h are differences. */
import type { DecisionTotals } from '../transaction.ts';
import { integerOf, type Row, textOf } from '../row.ts';
import type { Statements } from './statements.ts';

/** Totals after the last decision of one instant. */
interface Totals {
  readonly evaluatedAtMs: number;
  readonly decisions: number;
  readonly sumUsdCents: bigint;
}

const NOTHING: Totals = { evaluatedAtMs: 0, decisions: 0, sumUsdCents: 0n };

/** Relies on it that the decisions of a stream come in the order of their evaluated_at. */
export class StreamTotals {
  readonly #statements: Statements;
  readonly #last = new Map<number, Totals>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Decisions whose evaluated_at is `sinceMs` or later. */
  since(streamId: number, sinceMs: number): DecisionTotals {
    const last = this.#lastOf(streamId);
    if (last.evaluatedAtMs < sinceMs) return { count: 0, sumUsdCents: 0 };
    const before = readTotals(this.#statements.selectTotalsBefore.get(streamId, sinceMs));
    const sum = last.sumUsdCents - before.sumUsdCents;
    return {
      count: last.decisions - before.decisions,
      sumUsdCents: sum > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(sum),
    };
  }

  add(streamId: number, evaluatedAtMs: number, usdCents: number): void {
    const last = this.#lastOf(streamId);
    const totals = {
      evaluatedAtMs,
      decisions: last.decisions + 1,
      sumUsdCents: last.sumUsdCents + BigInt(usdCents),
    };
    const { decisions, sumUsdCents } = totals;
    this.#statements.putTotals.run(streamId, evaluatedAtMs, decisions, sumUsdCents.toString());
    this.#last.set(streamId, totals);
  }

  /** After a rollback. */
  forget(): void {
    this.#last.clear();
  }

  #lastOf(streamId: number): Totals {
    const known = this.#last.get(streamId);
    if (known !== undefined) return known;
    const read = readTotals(this.#statements.selectLastTotals.get(streamId));
    this.#last.set(streamId, read);
    return read;
  }
}

function readTotals(row: Row | undefined): Totals {
  if (row === undefined) return NOTHING;
  return {
    evaluatedAtMs: integerOf(row, 'evaluated_at_ms'),
    decisions: integerOf(row, 'decisions'),
    sumUsdCents: BigInt(textOf(row, 'sum_usd_cents')),
  };
}
