/** Asks the production side for its posture and its published keys; believes the pinned key alone. */
import {
  type Posture,
  POSTURE_BYTES_MAX,
  POSTURE_PATH,
  SAMPLE_RECEIPT_PATH,
  verifyPosture,
  verifyPublished,
} from '@craton/policy';
import { CratonError } from '@craton/protocol';

export interface ProductionPorts {
  /** Origin of the production side, without a final slash; absent: nobody is asked. */
  readonly boundaryUrl?: string | undefined;
  /** The posture key, 32 bytes; absent: nothing that comes is believed. */
  readonly publicKey?: Uint8Array | undefined;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly fetch?: typeof fetch;
}

export interface ProductionAnswer {
  readonly posture?: Posture;
  /** The bytes that were believed, as they came. */
  readonly signedPosture?: Uint8Array;
  readonly verification?: { readonly measuredAtMs: number; readonly verified: boolean };
}

const KEYS_PATH = '/protocol/v1/jwks.json';
const ANSWER_MS_MAX = 3_000;
/** Of a key set, and of the bundle of the sample. */
const PUBLISHED_BYTES_MAX = 262_144;

/** Nothing for a side that does not answer or is not believed. Throws for a fault of our own only. */
export async function askProduction(ports: ProductionPorts): Promise<ProductionAnswer> {
  const { publicKey, environment, nowMs } = ports;
  if (publicKey === undefined) return {};
  const signed = await read(ports, POSTURE_PATH, POSTURE_BYTES_MAX);
  const posture =
    signed && (await unlessRefused(() => verifyPosture(signed, { publicKey, environment })));
  if (signed === undefined || posture === undefined) return {};
  const verified = posture.newestReceipt !== 'failed' && (await canBeVerified(ports, posture));
  return { posture, signedPosture: signed, verification: { measuredAtMs: nowMs(), verified } };
}

/**
 * Verifies the public sample as anybody would, with nothing but what is published: it must be under
 * the key that signs now, of this issuer and environment.
 */
async function canBeVerified(ports: ProductionPorts, posture: Posture): Promise<boolean> {
  const keySet = await read(ports, KEYS_PATH, PUBLISHED_BYTES_MAX);
  const bundle = await read(ports, SAMPLE_RECEIPT_PATH, PUBLISHED_BYTES_MAX);
  if (keySet === undefined || bundle === undefined) return false;
  const verified = await unlessRefused(() => verifyPublished({ bundle, keySet }));
  return (
    verified !== undefined &&
    verified.kid === posture.signingKey.kid &&
    verified.payload.issuer === posture.issuer &&
    verified.payload.environment === posture.environment
  );
}

async function unlessRefused<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof CratonError && error.code !== 'ERR_CRYPTO_UNAVAILABLE') return undefined;
    throw error;
  }
}

async function read(
  { boundaryUrl, fetch: send = fetch }: ProductionPorts,
  path: string,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  if (boundaryUrl === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const answer = await send(`${boundaryUrl}${path}`, { redirect: 'error', signal });
    if (answer.status === 200 && answer.body !== null) return await collect(answer.body, bytesMax);
    await answer.body?.cancel();
    return undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for more bytes than any of these documents has. */
async function collect(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
