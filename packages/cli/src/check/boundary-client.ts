/** Talks to a boundary over HTTP. Whatever it answers is a claim until a receipt was verified. */
import {
  CratonError,
  DEPTH_MAX,
  isJsonObject,
  type JsonObject,
  parseStrict,
} from '@craton/protocol';
import { isLoopback } from '../development/privileges.ts';
import { CommandFailure, usageFailure } from '../failure.ts';

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Where a boundary listens, and the key that is shown to it. */
export interface BoundaryAccess {
  readonly baseUrl: string;
  readonly apiKey: string;
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

/** Sends a check. `body` is sent as it is; answers the parsed answer of a 200. */
export async function postCheck(
  access: BoundaryAccess,
  body: Uint8Array,
  idempotencyKey: string | undefined,
): Promise<JsonObject> {
  const bytes = await send(access, '/v1/boundary/check', {
    method: 'POST',
    body: new Uint8Array(body),
    headers: {
      'content-type': 'application/json',
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
  });
  return parseAnswer(bytes);
}

/** Fetches the full bundle of a receipt, as bytes. */
export function getBundle(access: BoundaryAccess, requestId: string): Promise<Uint8Array> {
  const path = `/v1/receipts/${encodeURIComponent(requestId)}/bundle?form=full`;
  return send(access, path, { method: 'GET', headers: {} });
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

async function send(
  { baseUrl, apiKey }: BoundaryAccess,
  path: string,
  sent: Sent,
): Promise<Uint8Array> {
  const response = await fetch(baseUrl + path, {
    ...sent,
    headers: { ...sent.headers, authorization: `Bearer ${apiKey}` },
    // A key is never carried on to another address.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw unreachable(baseUrl, cause);
  });
  const bytes = await readBounded(response).catch((cause: unknown) => {
    throw cause instanceof CommandFailure ? cause : unreachable(baseUrl, cause);
  });
  if (response.status === 200) return bytes;
  throw refusal(response.status, bytes);
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

function parseAnswer(bytes: Uint8Array): JsonObject {
  try {
    const answer = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
    if (isJsonObject(answer)) return answer;
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
  }
  throw new CommandFailure('What answered is no boundary: the answer is not a JSON object.', {
    code: 'answer_malformed',
    nextStep: 'Check the address.',
  });
}

function unreachable(baseUrl: string, cause: unknown): CommandFailure {
  return new CommandFailure(`${baseUrl} does not answer.`, {
    code: 'boundary_unreachable',
    nextStep: 'Check the address and that the server runs. Without an answer nothing is allowed.',
    cause,
  });
}

const NEXT_STEPS: Readonly<Record<number, string>> = {
  401: 'Check the API key: it may be mistyped, expired or revoked.',
  403: 'The API key is for another partner, or lacks the scope.',
  503: 'Try again later. Without a verdict nothing is allowed.',
};

/** A problem document (RFC 9457) as a failure; `detail` names fields and never a value. */
function refusal(status: number, bytes: Uint8Array): CommandFailure {
  const problem = problemOf(bytes);
  const text = (name: string): string | undefined => {
    const value = problem[name];
    return typeof value === 'string' ? value : undefined;
  };
  const code = text('code');
  const message = text('detail') ?? text('title') ?? 'The boundary refused the request.';
  const requestId = text('request_id');
  const steps = [
    NEXT_STEPS[status],
    requestId === undefined ? undefined : `Request id: ${requestId}`,
  ].filter((step) => step !== undefined);
  return new CommandFailure(`${message} (${status}${code === undefined ? '' : ` ${code}`})`, {
    code: code ?? `http_${status}`,
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
