/** Where the ledger takes time and randomness from; tests pass their own. */
import { randomFillSync } from 'node:crypto';

/** Time, randomness and ids. */
export interface Sources {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Fresh unpredictable bytes, never handed out twice. */
  randomBytes(size: number): Uint8Array;
  /** `req_` and a UUIDv7 of this time. */
  requestId(nowMs: number): string;
}

const POOL_BYTES = 8192;

/** The system's clock, and its random generator read in large pieces: single reads are slow. */
export function systemSources(): Sources {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  const randomBytes = (size: number): Uint8Array => {
    if (used + size > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + size);
    // What was handed out may be a key: the pool forgets it.
    pool.fill(0, used, used + size);
    used += size;
    return bytes;
  };
  return {
    nowMs: () => Date.now(),
    randomBytes,
    requestId: (nowMs) => requestIdOf(nowMs, randomBytes(10)),
  };
}

/** `req_` and the UUIDv7 (RFC 9562 5.7) of a time and 10 random bytes. */
export function requestIdOf(nowMs: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.set(random, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `req_${groups.join('-')}-${hex.slice(20)}`;
}
