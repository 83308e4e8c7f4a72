import { hash } from 'node:crypto';
import type { Sha256 } from '@craton/protocol';

/** SHA-256 of `node:crypto`, for the functions of the protocol package. */
export const nodeSha256: Sha256 = Object.assign(
  (bytes: Uint8Array) => hash('sha256', bytes, 'buffer'),
  {
    encoded: (data: Uint8Array | string, encoding: 'hex' | 'base64url') =>
      hash('sha256', data, encoding),
  },
);
