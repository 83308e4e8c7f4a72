/** Sends requests with a key to a server of ours. What it answers is a claim until it was checked. */
import {
  CratonError,
  DEPTH_MAX,
  isJsonList,
  isJsonObject,
  type JsonObject,
  parseStrict,
} from '@craton/protocol';
import { isLoopback } from '../development/privileges.ts';
import { CommandFailure, usageFailure } from '../failure.ts';

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Where a server listens, and the key that is shown to it. */
export interface ServerAccess {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** How the key is shown: as a bearer token if absent. `none`: what is asked needs no key. */
  readonly keyHeader?: 'x-api-key' | 'none';
}

/** What a user can do about a failure, in the words of the command. */
export interface Advice {
  readonly unreachable: string;
  readonly byStatus: Readonly<Record<number, string>>;
}

export interface SentRequest {
  readonly path: string;
  /** Sent as JSON, as it is; with it the request is a POST. */
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The base address without a final slash; refuses to send a key in the clear over a network. */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url !== undefined && isSafe && url.search === '' && url.hash === '') {
    return url.href.replace(/\/$/, '');
  }
  throw usageFailure(
    'The boundary’s address must begin with https://, or with http:// on this machine.',
  );
}

/** The bytes of a 200; everything else is a failure with the server's own words. */
export async function sendRequest(
  access: ServerAccess,
  { path, body, headers }: SentRequest,
  advice: Advice,
): Promise<Uint8Array> {
  const { baseUrl } = access;
  const isUnreachable = (cause: unknown): CommandFailure => unreachable(baseUrl, advice, cause);
  const response = await fetch(baseUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { body: new Uint8Array(body) }),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
      ...keyHeaders(access),
    },
    // A key is never carried on to another address.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw isUnreachable(cause);
  });
  const bytes = await readBounded(response).catch((cause: unknown) => {
    throw cause instanceof CommandFailure ? cause : isUnreachable(cause);
  });
  if (response.status === 200) return bytes;
  throw refusal(response.status, bytes, advice);
}

function keyHeaders({ apiKey, keyHeader }: ServerAccess): Record<string, string> {
  if (keyHeader === 'none') return {};
  return keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey };
}

/**
 * The body of a 200 as it comes, whatever its length; a failure as of `sendRequest`. There is no
 * limit to how long it takes, once it has begun.
 */
export async function streamRequest(
  { baseUrl, apiKey }: ServerAccess,
  path: string,
  advice: Advice,
): Promise<AsyncIterable<Uint8Array>> {
  const isUnreachable = (cause: unknown): CommandFailure => unreachable(baseUrl, advice, cause);
  const begin = new AbortController();
  const timeout = setTimeout(() => {
    begin.abort();
  }, TIMEOUT_MS);
  const response = await fetch(baseUrl + path, {
    headers: { authorization: `Bearer ${apiKey}` },
    redirect: 'error',
    signal: begin.signal,
  })
    .catch((cause: unknown) => {
      throw isUnreachable(cause);
    })
    .finally(() => {
      clearTimeout(timeout);
    });
  if (response.status === 200 && response.body !== null) return response.body;
  const bytes = await readBounded(response).catch((cause: unknown) => {
    throw cause instanceof CommandFailure ? cause : isUnreachable(cause);
  });
  throw refusal(response.status, bytes, advice);
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) {
      throw new CommandFailure('The answer is too long to be one of a boundary.', {
        code: 'answer_too_long',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An answer as a JSON object. */
export function parseAnswer(bytes: Uint8Array): JsonObject {
  try {
    const answer = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
    if (isJsonObject(answer)) return answer;
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
  }
  throw notOurs('the answer is not a JSON object');
}

/** Whatever answered, it does not speak as a boundary does. */
export function notOurs(what: string): CommandFailure {
  return new CommandFailure(`What answered is no boundary: ${what}.`, {
    code: 'answer_malformed',
    nextStep: 'Check the address.',
  });
}

function unreachable(baseUrl: string, advice: Advice, cause: unknown): CommandFailure {
  return new CommandFailure(`${baseUrl} does not answer.`, {
    code: 'boundary_unreachable',
    nextStep: `Check the address and that the server runs. ${advice.unreachable}`,
    cause,
  });
}

/** A problem document (RFC 9457) as a failure; `detail` names fields and never a value. */
function refusal(status: number, bytes: Uint8Array, advice: Advice): CommandFailure {
  const problem = problemOf(bytes);
  const text = (name: string): string | undefined => {
    const value = problem[name];
    return typeof value === 'string' ? value : undefined;
  };
  const code = text('code');
  const message = text('detail') ?? text('title') ?? 'The boundary refused the request.';
  const requestId = text('request_id');
  const { reasons } = problem;
  const steps = [
    advice.byStatus[status],
    requestId === undefined ? undefined : `Request id: ${requestId}`,
  ].filter((step) => step !== undefined);
  return new CommandFailure(`${message} (${status}${code === undefined ? '' : ` ${code}`})`, {
    code: code ?? `http_${status}`,
    ...(isJsonList(reasons) && { reasons: reasons.filter((one) => typeof one === 'string') }),
    ...(steps.length > 0 && { nextStep: steps.join('\n') }),
  });
}

function problemOf(bytes: Uint8Array): JsonObject {
  try {
    return parseAnswer(bytes);
  } catch (error) {
    if (error instanceof CommandFailure) return {};
    throw error;
  }
}
