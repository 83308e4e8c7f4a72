/** Every route with every error that it names, in process. */
import { CratonError, type ErrorCode } from '@craton/protocol';
import { COMMON_ERRORS, ERROR_MEANINGS, ProblemSchema, type RouteDocument } from '@craton/service';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import Value from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COMPLETE_DRAFT,
  draftWith,
  Harness,
  type HarnessOptions,
  KEYS,
  type Saved,
} from '../../test/harness.ts';
import { VERSIONS_MAX } from '../commands/save-draft.ts';
import { Limits } from '../limits.ts';
import { SELF_SERVICE_DOCUMENTS } from './documents.ts';

type Sent = Omit<InjectOptions, 'url' | 'headers'> & {
  url: string;
  headers: Record<string, string>;
};

let harness: Harness;
let draftId: string;
beforeAll(async () => {
  harness = new Harness();
  draftId = (await harness.save()).draft_id;
});
afterAll(async () => {
  await harness.close();
});

/** The draft is fresh, or in review where the route takes it from there. */
async function prepare(
  { operationId }: RouteDocument,
  on: Harness,
): Promise<Pick<Saved, 'draft_id' | 'revision' | 'packet_digest'>> {
  const saved = await on.save();
  if (operationId === 'withdrawReview' || operationId === 'showReviewRequest') {
    const body = { version: 1, revision: 1 };
    await on.post(`/drafts/${saved.draft_id}/request-review`, body, KEYS.ada);
    return { ...saved, revision: 2 };
  }
  return saved;
}

const BODIES: Readonly<Record<string, (revision: number) => object>> = {
  composeDraft: () => ({ draft: COMPLETE_DRAFT }),
  previewDraft: () => ({ draft: COMPLETE_DRAFT }),
  saveDraft: () => ({ draft: COMPLETE_DRAFT }),
  saveVersion: (revision) => ({ draft: draftWith({ title: 'Other' }), revision }),
  requestReview: (revision) => ({ version: 1, revision }),
  withdrawReview: (revision) => ({ version: 1, revision }),
};

const QUERIES: Readonly<Record<string, string>> = { diffDraft: '?from=1&to=1' };

function bodyOf({ operationId }: RouteDocument, revision = 1, extra: object = {}): string {
  return JSON.stringify({ ...BODIES[operationId]?.(revision), ...extra });
}

/** A request of this route that would be answered 200. */
async function goodRequest(document: RouteDocument, on: Harness = harness): Promise<Sent> {
  const { draft_id: id, revision, packet_digest: digest } = await prepare(document, on);
  const path = document.path.replace('{draft_id}', id).replace('{packet_digest}', digest);
  const key = document.scope === 'pull' ? KEYS.pull : KEYS.ada;
  return {
    method: document.method,
    url: path + (QUERIES[document.operationId] ?? ''),
    headers: {
      ...(document.scope !== undefined && { 'x-api-key': key }),
      ...(document.method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(document.method === 'POST' && { payload: bodyOf(document, revision) }),
  };
}

type Provocation = (document: RouteDocument) => Promise<LightMyRequestResponse>;

const changed =
  (change: (request: Sent, document: RouteDocument) => Sent): Provocation =>
  async (document) =>
    harness.inject(change(await goodRequest(document), document));

const withBody = (payload: string | Uint8Array) =>
  changed((request) => ({ ...request, payload: Buffer.from(payload) }));

const withMembers = (extra: object, revision = 1) =>
  changed((request, document) => ({ ...request, payload: bodyOf(document, revision, extra) }));

/** On a server of its own, where something does not work. */
const broken =
  (options: HarnessOptions, sabotage?: (on: Harness) => void): Provocation =>
  async (document) => {
    const own = new Harness(options);
    try {
      sabotage?.(own);
      return await own.inject(await goodRequest(document));
    } finally {
      await own.close();
    }
  };

const PROVOCATIONS: Partial<Record<ErrorCode, Provocation>> = {
  ERR_HTTP: changed((request, { method }) =>
    method === 'GET'
      ? { ...request, payload: 'x', headers: { ...request.headers, 'content-type': 'text/plain' } }
      : { ...request, headers: { ...request.headers, 'content-length': '9999' } },
  ),
  ERR_RATE_LIMITED: broken({
    ports: () => ({ limits: new Limits({ perAddress: 0.2, previews: 0 }, () => 0) }),
  }),
  ERR_METHOD_NOT_ALLOWED: changed((request) => ({ ...request, method: 'DELETE' })),
  ERR_INTERNAL: broken({}, ({ server }) => {
    server.addHook('preHandler', () => {
      throw new TypeError('canary in a message');
    });
  }),
  ERR_NOT_READY: broken({}),
  ERR_UNAUTHENTICATED: changed((request) => ({
    ...request,
    headers: { ...request.headers, 'x-api-key': KEYS.boundary },
  })),
  ERR_FORBIDDEN: changed((request, { scope }) => {
    const key = scope === 'pull' ? KEYS.ada : KEYS.pull;
    return { ...request, headers: { ...request.headers, 'x-api-key': key } };
  }),
  ERR_DRAFT_STORE_UNAVAILABLE: broken({
    ports: () => ({
      store: () => {
        throw new CratonError('ERR_DRAFT_STORE_UNAVAILABLE', 'No store.');
      },
    }),
  }),
  ERR_REQUEST_TOO_LARGE: withBody('x'.repeat(256 * 1024)),
  ERR_CONTENT_TYPE: changed((request) => ({
    ...request,
    headers: { ...request.headers, 'content-type': 'text/plain' },
  })),
  ERR_ENCODING: withBody(Uint8Array.of(0xff)),
  ERR_JSON_SYNTAX: withBody('{'),
  ERR_JSON_DUPLICATE_KEY: withBody('{"a":1,"a":1}'),
  ERR_JSON_NUMBER: withBody('{"a":1e5}'),
  ERR_JSON_DEPTH: withBody('[[[[[[[[[[[]]]]]]]]]]]'),
  ERR_JSON_UNICODE: withBody('"\\ud800"'),
  ERR_REQUEST_FIELD: changed((request, document) =>
    document.method === 'POST'
      ? { ...request, payload: bodyOf(document, 1, { extra: 'canary' }) }
      : { ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}extra=canary` },
  ),
  ERR_REQUEST_CONTENT_REFUSED: withMembers({ extra: '4111111111111111' }),
  ERR_DRAFT_FIELD: changed((request, document) => {
    const isAboutDraft = bodyOf(document).includes('"draft"');
    const extra = isAboutDraft ? { draft: { schema: 'canary' } } : { production_write: true };
    return { ...request, payload: bodyOf(document, 1, extra) };
  }),
  ERR_NOT_FOUND: changed((request) => ({
    ...request,
    url: request.url
      .replace(/-[0-9a-f]{12}(?=\/|\?|$)/, '-0123456789ab')
      .replace(/[0-9a-f]{64}/, '0'.repeat(64)),
  })),
  ERR_DRAFT_CONFLICT: changed((request, document) => ({
    ...request,
    payload: bodyOf(document, 99),
  })),
  ERR_DRAFT_STATE: async (document) => {
    if (document.operationId !== 'saveVersion') return withMembers({ version: 7 })(document);
    const head = await harness.store.findHead('northstar', draftId);
    const full = new Harness({
      ports: ({ store }) => ({
        store: () => {
          const real = store();
          const findHead = () => Promise.resolve(head && { ...head, latestVersion: VERSIONS_MAX });
          const packet = harness.store.findPacket('northstar', draftId, 1);
          return Object.assign(Object.create(real) as typeof real, {
            findHead,
            findPacket: () => packet,
          });
        },
      }),
    });
    const answer = await full.inject(await goodRequest(document));
    await full.close();
    return answer;
  },
};

const CASES = SELF_SERVICE_DOCUMENTS.flatMap((document) =>
  [...COMMON_ERRORS, ...document.errors]
    // Of a server that closes, and of a probe that is no warning: tested in packages/service.
    .filter((code) => code !== 'ERR_SHUTTING_DOWN' && code !== 'ERR_NOT_READY')
    .map((code) => [`${document.method} ${document.path}`, code, document] as const),
);

describe('every route', () => {
  it.each(SELF_SERVICE_DOCUMENTS.map((document) => [document.operationId, document] as const))(
    '%s answers 200 to a good request, as its schema says',
    async (_name, document) => {
      const answer = await harness.inject(await goodRequest(document));
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      const { schema } = document.answer;
      if (schema !== undefined) Value.Assert(schema, answer.json());
    },
  );

  it.each(CASES)('%s answers %s', async (_route, code, document) => {
    const provoke = PROVOCATIONS[code];
    if (provoke === undefined) throw new Error(`Nobody provokes ${code}.`);
    const answer = await provoke(document);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      ERROR_MEANINGS[code].status,
      code,
    ]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).not.toContain('canary');
    if (answer.statusCode === 503) expect(answer.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
    if (answer.statusCode === 405) expect(answer.headers.allow).toContain(document.method);
    Value.Assert(ProblemSchema, answer.json());
  });

  const keyed = SELF_SERVICE_DOCUMENTS.filter(({ scope }) => scope !== undefined);

  it.each(keyed.map((document) => [document.operationId, document] as const))(
    '%s needs a key',
    async (_name, document) => {
      const request = await goodRequest(document);
      const { 'content-type': type } = request.headers;
      const headers = type === undefined ? {} : { 'content-type': type };
      expect((await harness.inject({ ...request, headers })).statusCode).toBe(401);
    },
  );
});

describe('limits', () => {
  const limited = (isBehindBoundary: boolean) =>
    new Harness({
      ports: () => ({
        isBehindBoundary,
        limits: new Limits({ perAddress: 0, previews: 2 }, () => 0),
      }),
    });
  const preview = (on: Harness, forwardedFor: string) =>
    on.inject({
      method: 'POST',
      url: '/self-service/api/preview',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor },
      payload: JSON.stringify({ draft: COMPLETE_DRAFT }),
    });

  it('count anonymous previews by address, and say how long to wait', async () => {
    const own = limited(false);
    const answers = [];
    // What a caller says about its own address is not believed.
    for (const number of [1, 2, 3]) answers.push(await preview(own, `192.0.2.${number}`));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect(answers[2]?.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
    expect((await own.get('/drafts', KEYS.ada)).statusCode).toBe(200);
    await own.close();
  });

  it('count by the address that the proxy in front says', async () => {
    const own = limited(true);
    for (const number of [1, 1, 2, 2]) {
      expect((await preview(own, `192.0.2.${number}`)).statusCode).toBe(200);
    }
    expect((await preview(own, '192.0.2.1')).statusCode).toBe(429);
    await own.close();
  });

  it('answer 429 to many keys that are not accepted, and let a good one in', async () => {
    const own = new Harness({
      ports: () => ({ limits: new Limits({ perAddress: 0, previews: 0 }, () => 0) }),
    });
    for (let count = 0; count < 60; count++) await own.get('/drafts', KEYS.unknown);
    expect((await own.get('/drafts', KEYS.unknown)).statusCode).toBe(429);
    expect((await own.get('/drafts', KEYS.ada)).statusCode).toBe(200);
    await own.close();
  });
});
