/** The witness's two routes (C2SP tlog-witness) over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CratonError, decodeUtf8 } from '@craton/protocol';
import type { RateLimit } from './rate-limit.ts';
import type { Witness } from './witness.ts';

/** Longest body, in bytes: 63 hashes and a checkpoint with many signatures. */
export const BODY_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const CONNECTIONS_MAX = 512;
const RETRY_AFTER_S = 5;
const TEXT = 'text/plain; charset=utf-8';
const CHECKPOINT_PATH = /^\/([0-9a-f]{64})\/checkpoint$/;

export interface WitnessServerOptions {
  readonly witness: Witness;
  readonly rateLimit: RateLimit;
  /** The peer is a proxy, which adds the client's address to X-Forwarded-For. */
  readonly isBehindProxy: boolean;
  /** Told about failures that the client does not learn. */
  readonly onError: (error: unknown) => void;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that does not listen yet. */
export function createWitnessServer(options: WitnessServerOptions): Server {
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  };
  const server = createServer(limits, (request, response) => {
    reply(request, options).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        // The client went away while its body was read.
        if (request.destroyed && !request.complete) return;
        options.onError(error);
        send(request, response, failure(error));
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function reply(request: IncomingMessage, options: WitnessServerOptions): Promise<Reply> {
  if (!options.rateLimit.allows(addressOf(request, options.isBehindProxy))) {
    return plain(429, 'Too many requests from this address.', { 'Retry-After': '1' });
  }
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const originHash = CHECKPOINT_PATH.exec(path)?.[1];
  if (path !== '/add-checkpoint' && originHash === undefined) {
    return plain(404, 'A witness answers POST /add-checkpoint and GET /<origin hash>/checkpoint.');
  }
  const methods = originHash === undefined ? ['POST'] : ['GET', 'HEAD'];
  if (!methods.includes(request.method ?? '')) {
    return plain(405, 'This address takes another method.', { Allow: methods.join(', ') });
  }
  if (originHash !== undefined) return options.witness.newestCheckpoint(originHash);
  const body = await readBody(request);
  if (body === undefined) return plain(413, `The body exceeds ${BODY_BYTES_MAX} bytes.`);
  const text = textOf(body);
  if (text === undefined) return plain(400, 'The body is not UTF-8.');
  return options.witness.addCheckpoint(text);
}

/** A proxy appends to what the client wrote, so only the last address is the proxy's word. */
function addressOf(request: IncomingMessage, isBehindProxy: boolean): string {
  const forwarded = isBehindProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = [forwarded ?? []].flat().join(',').split(',').at(-1)?.trim();
  return last === undefined || last === '' ? (request.socket.remoteAddress ?? '') : last;
}

/** Undefined if there is too much of it. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> = request;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return decodeUtf8(body);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function failure(error: unknown): Reply {
  if (!(error instanceof CratonError)) return plain(500, 'The witness failed.');
  return plain(503, error.message, { 'Retry-After': `${RETRY_AFTER_S}` });
}

function plain(status: number, reason: string, headers: Record<string, string> = {}): Reply {
  return { status, body: `${reason}\n`, headers };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Reply): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType ?? TEXT,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // What is left of a body is not waited for.
    ...(!request.complete && { Connection: 'close' }),
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
