import { hash } from 'node:crypto';
import type { Sha256 } from '@craton/protocol';

/** SHA-256 of `node:crypto`, for the functions of the protocol package: 32 bytes. */
export const nodeSha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');
