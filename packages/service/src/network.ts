/** Who stands behind an address, for limits. */
import { isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(?=[0-9.]+$)/i;
const NETWORK_GROUPS = 4;

/**
 * Who stands behind an address. Of IPv6 the first 64 bits: whoever has one address there has all of
 * them, and could otherwise change it with each request.
 */
export function networkOf(address: string): string {
  const plain = address.replace(MAPPED_IPV4, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const isShort = tail !== undefined && groups.length < NETWORK_GROUPS;
  const zeros = isShort ? Array.from({ length: 8 }, () => '0') : [];
  return [...groups, ...zeros].slice(0, NETWORK_GROUPS).join(':');
}
