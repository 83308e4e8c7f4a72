/** Asks every route of running servers well and badly, and keeps whatever they answer. */
import { isJsonObject, type JsonObject, parseStrict } from '@craton/protocol';
import type { SecretSearch } from '@craton/policy';
import { SAMPLE_REQUESTS, sampleBody } from '../development/sample-requests.ts';

export interface Explored {
  /** Without a final slash. */
  readonly baseUrl: string;
  /** Headers that let somebody in, each way by its name. */
  readonly ways: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[];
  readonly search: SecretSearch;
}

const DOCUMENTS = ['/openapi.json', '/self-service/openapi.json'] as const;
const PAGES = [
  ...['/', '/protocol', '/agent-api', '/verify', '/verify.html', '/no-such-page', '/%zz'],
  ...['/self-service', '/self-service/readiness', '/self-service/activation'],
  '/self-service/no-such-page',
] as const;
const LINK = /(?:src|href)="(\/[^"#?]*)/g;
/** Addresses of pages that are followed. */
const PAGES_MAX = 300;
const ANSWER_MS_MAX = 20_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const DOCUMENT_DEPTH_MAX = 64;
const BAD_BODIES = ['{}', '[]', '{"unknown":1}', '{"a":1,"a":2}', '{"open', ''] as const;
const TOO_LARGE = `{"a":"${'x'.repeat(300_000)}"}`;

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly way?: string;
}

/** Answers how many documented routes were asked; 0 means that nothing was explored. */
export async function explore(explored: Explored): Promise<number> {
  for (const sample of SAMPLE_REQUESTS) await sendGood(explored, sampleBody(sample));
  let routes = 0;
  for (const path of DOCUMENTS) {
    const document = await readDocument(explored, path);
    for (const [route, operations] of Object.entries(document)) {
      routes++;
      await askRoute(explored, route, isJsonObject(operations) ? Object.keys(operations) : []);
    }
  }
  await followPages(explored);
  // Throws if the server did not live through all of it: then what it wrote was not all.
  await fetch(`${explored.baseUrl}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  return routes;
}

async function sendGood(explored: Explored, body: string): Promise<void> {
  for (const [way, headers] of explored.ways) {
    await send(explored, { method: 'POST', path: '/v1/boundary/check', headers, body, way });
  }
}

async function readDocument(explored: Explored, path: string): Promise<JsonObject> {
  const { body } = await send(explored, { method: 'GET', path });
  try {
    const value = parseStrict(body, { numbers: 'ieee754', depthMax: DOCUMENT_DEPTH_MAX });
    const paths = isJsonObject(value) ? value['paths'] : undefined;
    return isJsonObject(paths) ? paths : {};
  } catch {
    return {};
  }
}

/** With each key and with none; as documented, with bodies that are none, by a wrong method. */
async function askRoute(
  explored: Explored,
  route: string,
  methods: readonly string[],
): Promise<void> {
  const path = route.replaceAll(/\{[^}]*\}/g, 'unknown');
  for (const [way, headers] of explored.ways) {
    const asked = { path, headers, way };
    await send(explored, { ...asked, method: 'DELETE' });
    await send(explored, { ...asked, method: 'GET', path: `${path}?unknown=1` });
    if (methods.includes('get')) await send(explored, { ...asked, method: 'GET' });
    if (!methods.includes('post')) continue;
    for (const body of [...BAD_BODIES, TOO_LARGE]) {
      await send(explored, { ...asked, method: 'POST', body });
    }
  }
}

/** Pages, what they load, and the maps that this might have. */
async function followPages(explored: Explored): Promise<void> {
  const known = new Set<string>(PAGES);
  const queue: string[] = [...PAGES];
  for (let asked = 0; asked < PAGES_MAX; asked++) {
    const path = queue.shift();
    if (path === undefined) return;
    const { headers, body } = await send(explored, { method: 'GET', path });
    const text = headers.includes('text/html') ? Buffer.from(body).toString('latin1') : '';
    const links = Array.from(text.matchAll(LINK), ([, link = '']) => link);
    for (const link of links.flatMap((one) => [one, `${one}.map`])) {
      if (known.has(link)) continue;
      known.add(link);
      queue.push(link);
    }
  }
}

interface Answered {
  readonly headers: string;
  readonly body: Uint8Array;
}

async function send(
  { baseUrl, search }: Explored,
  { method, path, headers = {}, body, way = 'nobody' }: Sent,
): Promise<Answered> {
  const answer = await attempt(`${baseUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  if (answer === undefined) return { headers: '', body: new Uint8Array() };
  const received = { headers: headersOf(answer), body: await readAnswer(answer) };
  const place = `${method} ${path.slice(0, 100)} ${answer.status} as ${way}`;
  search.add(place, Buffer.concat([Buffer.from(`${received.headers}\n\n`), received.body]));
  return received;
}

/** A server may close the connection on what it refuses while that is still being sent. */
async function attempt(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, init);
  } catch {
    return undefined;
  }
}

function headersOf({ headers }: Response): string {
  return Array.from(headers, ([name, value]) => `${name}: ${value}`).join('\n');
}

/** What is longer is searched as far as it goes. */
async function readAnswer({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts);
}
