/** G2.4, the live part: asks the running instance as a stranger, and searches what it answers. */
import { type LeakSearch, SecretSearch } from '@craton/policy';
import type { OpenApiRoute } from './open-api-routes.ts';
import { askBounded } from './bounded-answer.ts';
import type { OwnSecret } from './own-secrets.ts';

export interface LiveSearchPorts {
  /** Of this process, without a final slash: where it listens, not how others reach it. */
  readonly ownUrl: string;
  readonly build: string;
  readonly secrets: readonly OwnSecret[];
  /** Of both sides: each is asked, without a key. */
  readonly routes: readonly OpenApiRoute[];
  /** Pages to begin with; links of pages are followed. */
  readonly pages: readonly string[];
}

/** Addresses that are asked in one search. */
export const ADDRESSES_MAX = 500;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_MS_MAX = 5_000;
const LINK = /(?:src|href)="(\/[^"#?]*)/g;

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** The values never leave this function: the result holds names of settings and of places. */
export async function searchLive(ports: LiveSearchPorts): Promise<LeakSearch> {
  const search = new SecretSearch();
  const queue: Asked[] = [...ports.pages.map(getOf), ...ports.routes.flatMap(questionsOf)];
  const known = new Set(queue.map(nameOf));
  for (let asked = 0; asked < ADDRESSES_MAX; asked++) {
    const next = queue.shift();
    if (next === undefined) break;
    for (const link of await ask(ports, next, search)) {
      const linked = getOf(link);
      if (known.has(nameOf(linked))) continue;
      known.add(nameOf(linked));
      queue.push(linked);
    }
  }
  const found = ports.secrets.flatMap(({ name, forms }) =>
    [...new Set(forms.flatMap((form) => search.find(form)))].map((place) => `${name} in ${place}`),
  );
  return { build: ports.build, searched: search.places, found };
}

/** As it is documented, and with a body that is none. */
function questionsOf({ method, path }: OpenApiRoute): readonly Asked[] {
  const asked = path.replaceAll(/\{[^}]*\}/g, 'unknown');
  if (method === 'GET') return [getOf(asked)];
  return ['{}', '{"unknown":', '[]'].map((body) => ({ method: 'POST', path: asked, body }));
}

function getOf(path: string): Asked {
  return { method: 'GET', path };
}

function nameOf({ method, path, body = '' }: Asked): string {
  return `${method} ${path} ${body}`;
}

/** Answers the paths that a page links to. What does not answer is no place. */
async function ask(
  { ownUrl }: LiveSearchPorts,
  { method, path, body }: Asked,
  search: SecretSearch,
): Promise<readonly string[]> {
  const answer = await askBounded({
    ...{ url: `${ownUrl}${path}`, method, bytesMax: ANSWER_BYTES_MAX, msMax: ANSWER_MS_MAX },
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  });
  if (answer === undefined) return [];
  const { status, headers, bytes } = answer;
  search.add(`${method} ${path.slice(0, 100)} ${status}`, Buffer.concat([utf8(headers), bytes]));
  const isPage = /^content-type: text\/html/m.test(headers);
  const text = isPage ? Buffer.from(bytes).toString('latin1') : '';
  return Array.from(text.matchAll(LINK), ([, link = '']) => link);
}

function utf8(text: string): Buffer {
  return Buffer.from(`${text}\n\n`);
}
