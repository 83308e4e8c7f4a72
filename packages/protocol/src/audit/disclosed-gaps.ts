/** Missing numbers, and the signed disclosures that name them. */
import type { GapDisclosurePayload } from '../receipt.ts';
import type { ExceptionList } from './exceptions.ts';
import type { ExportHeader } from './export-lines.ts';
import type { SeqGap } from './stream-audit.ts';

/** Gaps and disclosures that are kept, each. */
const KEPT_MAX = 10_000;

/** A part of a stream that the issuer has said, signed, it lost. */
export interface DisclosedGap extends SeqGap {
  /** Label. */
  readonly reason: string;
}

interface Disclosure {
  readonly partnerId: string;
  readonly pathId: string;
  readonly gap: GapDisclosurePayload['gap'];
}

/** Gathers both while the export goes by: a disclosure may come before or after its gap. */
export class DisclosedGaps {
  readonly #missed: SeqGap[] = [];
  readonly #disclosures: Disclosure[] = [];
  #settled: readonly DisclosedGap[] = [];

  /** Known once the export has been read. */
  get list(): readonly DisclosedGap[] {
    return this.#settled;
  }

  miss(gap: SeqGap): void {
    this.#missed.push(gap);
  }

  /** Takes a disclosure whose signature holds. Beyond a bound they are not believed. */
  disclose({ partner_id: partnerId, path_id: pathId, gap }: GapDisclosurePayload): void {
    if (this.#disclosures.length < KEPT_MAX) this.#disclosures.push({ partnerId, pathId, gap });
  }

  /** Tells the gaps apart: those that are disclosed, and exceptions. */
  settle(header: ExportHeader, exceptions: ExceptionList): void {
    const settled: DisclosedGap[] = [];
    for (const missed of this.#missed) {
      let { fromSeq } = missed;
      while (fromSeq <= missed.toSeq) {
        const gap = { ...missed, fromSeq };
        const disclosed = this.#nextPart(header, gap);
        const untold = (disclosed?.fromSeq ?? gap.toSeq + 1) - 1;
        if (untold >= fromSeq) exceptions.add('seq_missing', placeOf(header, gap, untold));
        if (disclosed !== undefined && settled.length < KEPT_MAX) settled.push(disclosed);
        fromSeq = (disclosed?.toSeq ?? untold) + 1;
      }
    }
    this.#settled = settled;
  }

  /** Whether a number is in a disclosed part. */
  covers(streamNo: number, epoch: number, seq: number): boolean {
    return this.#settled.some(
      (gap) =>
        gap.streamNo === streamNo && gap.epoch === epoch && gap.fromSeq <= seq && seq <= gap.toSeq,
    );
  }

  /** The first part of the gap that a disclosure names. */
  #nextPart(header: ExportHeader, gap: SeqGap): DisclosedGap | undefined {
    const listed = header.streams[gap.streamNo];
    const parts = this.#disclosures
      .filter(
        ({ partnerId, pathId, gap: told }) =>
          partnerId === listed?.partner_id &&
          pathId === listed.path_id &&
          told.receipt_type === listed.receipt_type &&
          told.epoch === gap.epoch,
      )
      .map(({ gap: told }) => ({
        ...gap,
        fromSeq: Math.max(gap.fromSeq, told.from_seq),
        toSeq: Math.min(gap.toSeq, told.to_seq),
        reason: told.reason,
      }))
      .filter(({ fromSeq, toSeq }) => fromSeq <= toSeq);
    return parts.sort((a, b) => a.fromSeq - b.fromSeq)[0];
  }
}

function placeOf(header: ExportHeader, gap: SeqGap, toSeq: number) {
  const { streamNo, epoch, fromSeq } = gap;
  const stream = header.streams[streamNo]?.stream ?? '';
  return { stream, epoch, from_seq: fromSeq, to_seq: toSeq };
}
