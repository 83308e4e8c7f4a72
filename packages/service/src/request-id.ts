import { randomUUID } from 'node:crypto';

/**
 * A new id of one request: `req_` and a UUIDv7 (RFC 9562 5.7), so ids sort by the millisecond they
 * were made in. The random bits are those of a UUIDv4, which Node draws from a pool.
 */
export function newRequestId(nowMs: number = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0');
  const random = randomUUID();
  return `req_${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
