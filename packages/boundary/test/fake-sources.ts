import { createHash } from 'node:crypto';
import { requestIdOf, type Sources } from '../src/ledger/sources.ts';

/** 2026-11-21T18:00:00.000Z, when the golden cases are. */
export const START_MS = Date.UTC(2026, 10, 21, 18);

/** A clock that stands still until told otherwise, and bytes that are the same in every run. */
export class FakeSources implements Sources {
  /** Handed out before the generated ones. */
  readonly presetRequestIds: string[] = [];
  readonly presetBytes: Uint8Array[] = [];
  /** Called before each request id: the moment between evaluation and issue. */
  onRequestId: () => void = () => undefined;
  #nowMs: number;
  #drawn = 0;

  constructor(nowMs = START_MS) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }

  randomBytes(size: number): Uint8Array {
    const preset = this.presetBytes.findIndex((bytes) => bytes.length === size);
    const [bytes] = preset === -1 ? [] : this.presetBytes.splice(preset, 1);
    if (bytes !== undefined) return bytes;
    const digest = createHash('sha256').update(`fake ${this.#drawn++}`).digest();
    return new Uint8Array(digest.subarray(0, size));
  }

  requestId(nowMs: number): string {
    this.onRequestId();
    return this.presetRequestIds.shift() ?? requestIdOf(nowMs, this.randomBytes(10));
  }
}
