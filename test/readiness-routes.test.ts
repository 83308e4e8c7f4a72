/** Readiness and rollout gates over HTTP, in process. */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { gateCatalogue, type Readiness } from '@craton/policy';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Harness, KEYS } from '../packages/self-service/test/harness.ts';
import { askProduction } from '../packages/self-service/src/readiness/ask-production.ts';
import { probeDraftStore } from '../packages/self-service/src/readiness/probe-draft-store.ts';
import { Prober } from '../packages/self-service/src/readiness/prober.ts';
import { parseSelfServiceConfig } from '../packages/self-service/src/config.ts';

const TABLE = new URL('../packages/policy/test/readiness-truth-table.json', import.meta.url);
const SEED = new URL('../packages/policy/test/readiness-ready.json', import.meta.url);
const rows = JSON.parse(readFileSync(TABLE, 'utf8')) as readonly {
  readonly row: number;
  readonly environment: string;
  readonly primary: string;
  readonly self_service: string;
  readonly require: boolean;
  readonly override: boolean;
  readonly draft_writes: string;
  readonly status: string;
}[];

const PLACES: Readonly<Record<string, readonly [primary: string, own: string]>> = {
  set: ['postgres://app:canary-pw@db.example/craton', ''],
  distinct: ['', 'postgres://self:canary-pw@drafts.example/drafts'],
  same: ['', 'postgres://self:canary-pw@DB.example.:5432/craton'],
  railway: ['postgres://a:canary-pw@main.railway.internal/craton', 'postgres://a:b@x.rlwy.net/d'],
};

let open: Harness[] = [];

afterEach(async () => {
  await Promise.all(open.map((harness) => harness.close()));
  open = [];
  vi.restoreAllMocks();
});

function serve(readiness?: () => Readiness, hasOpenDetail = true): Harness {
  const harness = new Harness({
    ports: () => ({ hasOpenDetail, ...(readiness && { readiness }) }),
  });
  open.push(harness);
  return harness;
}

const fetchPath = (harness: Harness, url: string, headers: Record<string, string> = {}) =>
  harness.inject({ url: `/self-service${url}`, headers });

/** A prober with the real probes, for these variables. */
function proberFor(variables: Record<string, string | undefined>, nowMs = () => Date.now()) {
  const config = parseSelfServiceConfig(variables, nowMs());
  return new Prober({
    config: config.readiness.config,
    drafts: config.drafts,
    askProduction: () => askProduction({ environment: config.environment, nowMs }),
    probeDraftStore: (question) => probeDraftStore(question, nowMs),
    nowMs,
    onFault: (error) => {
      throw error;
    },
  });
}

const refused = rows.filter(({ draft_writes: writes }) => writes === 'refused');

describe('a configuration that refuses drafts', () => {
  it.each(refused)('row $row opens no socket, and answers $status', async (row) => {
    const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
      throw new Error('A socket was opened.');
    });
    const prober = proberFor({
      CRATON_ENV: row.environment,
      DATABASE_URL: PLACES[row.primary]?.[0],
      SELF_SERVICE_DATABASE_URL: PLACES[row.self_service]?.[1],
      REQUIRE_SELF_SERVICE_DATABASE_URL: String(row.require),
      ALLOW_LOCAL_PRODUCTION_DB: String(row.override),
    });
    await prober.probe();
    const answer = await fetchPath(
      serve(() => prober.current()),
      '/readiness.json',
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ environment: row.environment, status: row.status });
    expect(connect).not.toHaveBeenCalled();
    expect(answer.body).not.toContain('canary');
    expect(() => {
      prober.assertDraftsAllowed();
    }).toThrow(expect.objectContaining({ code: 'ERR_DRAFT_STORE_UNAVAILABLE' }));
  });

  it('is most of the table', () => {
    expect(refused).toHaveLength(12);
  });

  it('is told apart from one that opens a socket', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (
      this: Socket,
    ) {
      queueMicrotask(() => this.destroy(new Error('Nobody is there.')));
      return this;
    });
    const url = PLACES['distinct']?.[1];
    const prober = proberFor({ CRATON_ENV: 'development', SELF_SERVICE_DATABASE_URL: url });
    await prober.probe();
    expect(connect).toHaveBeenCalled();
    expect(prober.current().detail.degraded_by).toContain('draft_store_unreachable');
  });
});

/** An answer with other members. */
function readinessWith(changes: Partial<Readiness['detail']>): Readiness {
  const readiness = proberFor({ CRATON_ENV: 'development' }).current();
  return { ...readiness, detail: { ...readiness.detail, ...changes } };
}

const ready = JSON.parse(readFileSync(SEED, 'utf8')) as Partial<Readiness['detail']>;

describe('/self-service/readiness.json', () => {
  it('has exactly the ten members, compact and in their order', async () => {
    const harness = serve(() => readinessWith(ready));
    const answer = await fetchPath(harness, '/readiness.json');
    expect(answer.body).toBe(JSON.stringify(ready));
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    const asked = await fetchPath(harness, '/readiness', { accept: 'application/json' });
    expect([asked.body, asked.headers['vary']]).toEqual([answer.body, 'Accept']);
  });

  it('is not sent again to whoever has it', async () => {
    const harness = serve(() => readinessWith(ready));
    const { headers } = await fetchPath(harness, '/readiness.json');
    const etag = String(headers['etag']);
    const again = await fetchPath(harness, '/readiness.json', { 'if-none-match': etag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each(['', '.json', '/checks.json'])('answers 503 where it cannot say: %s', async (path) => {
    const harness = serve(() => readinessWith({ status: 'error' }));
    const answer = await fetchPath(harness, `/readiness${path}`);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('10');
    if (path === '') expect(answer.body).toContain(String(answer.headers['x-request-id']));
  });

  it('has the published schema', async () => {
    const answer = await fetchPath(serve(), '/readiness.schema.json');
    expect(answer.json()).toMatchObject({ $id: 'urn:craton:spec:v1:readiness' });
  });
});

describe('/self-service/readiness/checks.json', () => {
  it('is for everybody where it is open', async () => {
    const answer = await fetchPath(serve(), '/readiness/checks.json');
    expect(answer.json()).toMatchObject({ schema: 'craton.readiness.v1' });
  });

  it('is elsewhere for people with a key, and so are the checks of the page', async () => {
    const harness = serve(undefined, false);
    expect((await fetchPath(harness, '/readiness/checks.json')).statusCode).toBe(401);
    const keyed = { 'x-api-key': KEYS.reader };
    expect((await fetchPath(harness, '/readiness/checks.json', keyed)).statusCode).toBe(200);
    const { body } = await fetchPath(harness, '/readiness', { accept: 'text/html' });
    expect(body).toContain('Is your environment ready for deployment?');
    expect(body).not.toContain('id="check-tls_not_required"');
  });
});

describe('the pages', () => {
  it.each(['/readiness', '/activation'])(
    '%s are documents that load nothing else',
    async (path) => {
      const answer = await fetchPath(serve(), path, { accept: 'text/html,application/json' });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.headers['x-robots-tag']).toBe(path === '/activation' ? 'noindex' : undefined);
    },
  );

  it('show what the JSON says', async () => {
    const { body } = await fetchPath(serve(), '/rollout-gates.json');
    expect(body).toBe(JSON.stringify(gateCatalogue()));
    const page = (await fetchPath(serve(), '/activation')).body;
    expect(page).toContain(gateCatalogue().digest);
    for (const { title, owner, exit, criteria } of gateCatalogue().gates) {
      for (const text of [title, owner, exit, ...criteria.map((one) => one.text)]) {
        expect(page).toContain(text);
      }
    }
  });

  it.each([
    '/readiness',
    '/readiness.json',
    '/readiness/checks.json',
    '/readiness.schema.json',
    '/activation',
    '/rollout-gates.json',
  ])('%s are read, and nothing else', async (path) => {
    const harness = serve();
    const url = `/self-service${path}`;
    expect((await harness.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const answer = await harness.inject({ method, url });
      expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
  });
});

describe('a thousand questions of strangers', () => {
  it('cause no probe', async () => {
    let probes = 0;
    const prober = proberFor({ CRATON_ENV: 'production' });
    const counted = new Prober({
      config: parseSelfServiceConfig({ CRATON_ENV: 'production' }, Date.now()).readiness.config,
      drafts: { kind: 'refused' },
      askProduction: () => {
        probes++;
        return Promise.resolve({});
      },
      probeDraftStore: () => Promise.reject(new Error('Nobody may ask.')),
      nowMs: () => Date.now(),
      onFault: () => undefined,
    });
    await counted.probe();
    const harness = serve(() => counted.current());
    await harness.server.ready();
    const before = harness.server.printRoutes();
    for (let asked = 0; asked < 1_000; asked++) {
      const path = asked % 2 === 0 ? '/readiness.json' : '/readiness/checks.json';
      expect((await fetchPath(harness, path)).statusCode).toBe(200);
    }
    expect(probes).toBe(1);
    expect(harness.server.printRoutes()).toBe(before);
    expect(prober.current().document.status).toBe('missing');
  });
});
