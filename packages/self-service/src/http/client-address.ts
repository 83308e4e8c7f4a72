import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/i;

/**
 * The address that limits count. A proxy is believed only where one is expected, and only from this
 * machine: anybody else could say another address with each request.
 */
export function clientAddress(
  { ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>,
  isBehindBoundary: boolean,
): string {
  const { 'x-forwarded-for': said } = headers;
  const isBelieved = isBehindBoundary && LOOPBACK.test(ip) && typeof said === 'string';
  return isBelieved && isIP(said) !== 0 ? said : ip;
}
