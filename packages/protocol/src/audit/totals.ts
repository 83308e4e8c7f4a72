/** Control totals of the audited period: numbers that a business can compare with its own books. */
import type { JsonObject } from '../json/canonical.ts';
import type { Payload } from '../receipt.ts';
import type { AuditedReceipt } from './receipt-audit.ts';

interface PathTotals {
  readonly partner_id: string;
  readonly path_id: string;
  receipts: number;
  allow: number;
  constrain: number;
  reject: number;
  amounts: number;
  sumCents: bigint;
}

/** Counts receipts; its memory grows with partners and paths only. */
export class ControlTotals {
  receipts = 0;
  openingsDeleted = 0;
  verdictsRecomputed = 0;
  verdictsAsserted = 0;
  verdictsWithoutInputs = 0;
  firstIssuedAt: string | undefined;
  lastIssuedAt: string | undefined;
  readonly #byType = new Map<string, number>();
  readonly #byPath = new Map<string, PathTotals>();

  add({ payload, amountCents, verdict, isOpeningDeleted }: AuditedReceipt): void {
    this.receipts++;
    this.#byType.set(payload.receipt_type, (this.#byType.get(payload.receipt_type) ?? 0) + 1);
    const { issued_at: issuedAt } = payload;
    if (this.firstIssuedAt === undefined || issuedAt < this.firstIssuedAt) {
      this.firstIssuedAt = issuedAt;
    }
    if (this.lastIssuedAt === undefined || issuedAt > this.lastIssuedAt) {
      this.lastIssuedAt = issuedAt;
    }
    const path = this.#pathOf(payload);
    path.receipts++;
    if (payload.receipt_type !== 'boundary_decision') return;
    path[payload.verdict]++;
    if (amountCents !== undefined) {
      path.amounts++;
      path.sumCents += BigInt(amountCents);
    }
    if (isOpeningDeleted) this.openingsDeleted++;
    if (verdict === 'recomputed') this.verdictsRecomputed++;
    if (verdict === 'asserted') this.verdictsAsserted++;
    if (verdict === 'inputs_missing') this.verdictsWithoutInputs++;
  }

  /** Members of the report; sums are decimal text in dollars. */
  document(): JsonObject {
    const paths = Array.from(this.#byPath.values());
    const sum = (read: (path: PathTotals) => number): number =>
      paths.reduce((total, path) => total + read(path), 0);
    return {
      receipts: this.receipts,
      by_type: Object.fromEntries(Array.from(this.#byType).sort(([a], [b]) => (a < b ? -1 : 1))),
      verdicts: {
        allow: sum(({ allow }) => allow),
        constrain: sum(({ constrain }) => constrain),
        reject: sum(({ reject }) => reject),
      },
      amounts: sum(({ amounts }) => amounts),
      sum_usd: dollars(paths.reduce((total, { sumCents }) => total + sumCents, 0n)),
      openings_deleted: this.openingsDeleted,
      verdicts_recomputed: this.verdictsRecomputed,
      verdicts_asserted: this.verdictsAsserted,
      verdicts_without_inputs: this.verdictsWithoutInputs,
      paths: paths.map(({ sumCents, ...path }) => ({ ...path, sum_usd: dollars(sumCents) })),
    };
  }

  #pathOf(payload: Payload): PathTotals {
    const { partner_id, path_id } =
      payload.receipt_type === 'gap_disclosure' ? payload : payload.boundary_snapshot;
    const name = `${partner_id} ${path_id}`;
    const known = this.#byPath.get(name);
    if (known !== undefined) return known;
    const counts = { receipts: 0, allow: 0, constrain: 0, reject: 0, amounts: 0 };
    const path = { partner_id, path_id, ...counts, sumCents: 0n };
    this.#byPath.set(name, path);
    return path;
  }
}

/** 1234567n as `12345.67`. */
function dollars(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
