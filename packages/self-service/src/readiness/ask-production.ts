/** Asks the production side for its posture and its published keys; believes the pinned key alone. */
import { type Posture, POSTURE_BYTES_MAX, POSTURE_PATH, verifyPosture } from '@craton/policy';
import { CratonError, DEPTH_MAX, parseKeySet, parseStrict } from '@craton/protocol';

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
  readonly verification?: { readonly measuredAtMs: number; readonly verified: boolean };
}

const KEYS_PATH = '/protocol/v1/jwks.json';
const ANSWER_MS_MAX = 3_000;

/** Nothing for a side that does not answer or is not believed. Throws for a fault of our own only. */
export async function askProduction(ports: ProductionPorts): Promise<ProductionAnswer> {
  const { publicKey, environment, nowMs } = ports;
  if (publicKey === undefined) return {};
  const document = await read(ports, POSTURE_PATH);
  const posture =
    document && (await unlessRefused(() => verifyPosture(document, { publicKey, environment })));
  if (posture === undefined) return {};
  const verified = posture.newestReceipt !== 'failed' && (await isPublished(ports, posture));
  return { posture, verification: { measuredAtMs: nowMs(), verified } };
}

/** Whether the key that signs receipts stands in the published set, in form and under its own kid. */
async function isPublished(ports: ProductionPorts, { signingKey }: Posture): Promise<boolean> {
  const bytes = await read(ports, KEYS_PATH);
  if (bytes === undefined || signingKey.kid === undefined) return false;
  const options = { numbers: 'safe', depthMax: DEPTH_MAX.other } as const;
  const keys = await unlessRefused(() => Promise.resolve(parseKeySet(parseStrict(bytes, options))));
  return keys?.has(signingKey.kid) === true;
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
): Promise<Uint8Array | undefined> {
  if (boundaryUrl === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const answer = await send(`${boundaryUrl}${path}`, { redirect: 'error', signal });
    if (answer.status === 200 && answer.body !== null) return await collect(answer.body);
    await answer.body?.cancel();
    return undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for more bytes than any of these documents has. */
async function collect(body: ReadableStream<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > POSTURE_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
