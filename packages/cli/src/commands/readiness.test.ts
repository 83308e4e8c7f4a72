import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { composeSnapshot, evaluateReadiness, parseReadinessConfig } from '@craton/policy';
import { afterEach, describe, expect, it } from 'vitest';
import { craton, fakeContext, type Ran } from '../../test/fake-context.ts';

let server: Server | undefined;
let asked: IncomingMessage[] = [];

afterEach(() => {
  server?.close();
  server = undefined;
  asked = [];
});

/** A self-service that answers this, whatever it is asked. */
async function serve(answer: unknown, status = 200): Promise<string> {
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(answer: unknown, args: readonly string[] = [], status = 200): Promise<Ran> {
  const url = await serve(answer, status);
  return craton(fakeContext(), 'readiness', '--url', url, ...args);
}

const { document, detail } = evaluateReadiness(
  parseReadinessConfig({ CRATON_ENV: 'production' }).config,
  undefined,
  { nowMs: 0, ageMsMax: 1, crashed: false },
);

describe('craton readiness', () => {
  it.each([
    ['ready_for_review', [], 0],
    ['development_only', [], 0],
    ['development_only', ['--require-production'], 3],
    ['ready_for_review', ['--require-production'], 0],
    ['blocked', [], 3],
    ['missing', [], 4],
    ['degraded', [], 5],
  ] as const)('with the status %s and %j ends with %i', async (status, flags, code) => {
    const ran = await run({ ...document, status }, flags);
    expect(ran.code).toBe(code);
    expect(ran.out).toContain(`Readiness: ${status}`);
  });

  it('prints the ten members as they were sent', async () => {
    const { out } = await run(document, ['--json']);
    expect(out.trim()).toBe(JSON.stringify(document));
    expect(asked.map(({ url }) => url)).toEqual(['/self-service/readiness.json']);
    expect(asked[0]?.headers['x-api-key']).toBeUndefined();
  });

  it('prints what fails, with its fix, or that nothing does', async () => {
    const { out } = await run(detail, ['--checks']);
    expect(asked.map(({ url }) => url)).toEqual(['/self-service/readiness/checks.json']);
    expect(out).toContain('missing self_service_database_url: No draft store is configured. Set');
    server?.close();
    const { out: clear } = await run({ ...detail, checks: [] }, ['--checks']);
    expect(clear).toContain('Every check is clear.');
  });

  it('shows a key for single checks, and for nothing else', async () => {
    const url = await serve(detail);
    const env = { CRATON_SELF_SERVICE_API_KEY: 'craton_ssv_test' };
    await craton(fakeContext({ env }), 'readiness', '--checks', '--url', url);
    await craton(fakeContext({ env }), 'readiness', '--url', url);
    expect(asked.map(({ headers }) => headers['x-api-key'])).toEqual([
      'craton_ssv_test',
      undefined,
    ]);
  });

  it('fails where the evaluation did, and where nobody answers', async () => {
    expect((await run({ ...document, status: 'error' }, [], 503)).code).toBe(1);
    server?.close();
    expect((await run({ ...document, status: 'fine' })).code).toBe(1);
    server?.close();
    const nowhere = await craton(fakeContext(), 'readiness', '--url', 'http://127.0.0.1:1');
    expect(nowhere.code).toBe(1);
  });
});

describe('craton readiness --receipt', () => {
  const { config } = parseReadinessConfig({ CRATON_ENV: 'production' });
  const snapshot = composeSnapshot(
    { config, probes: { nowMs: 0, ageMsMax: 1, crashed: false } },
    detail,
  );
  // Of nobody: there is no posture in this snapshot.
  const KEY = ['--posture-key', Buffer.alloc(32, 7).toString('base64')];

  async function receive(answer: unknown, flags: readonly string[] = KEY) {
    const context = fakeContext();
    const url = await serve(answer);
    const ran = await craton(context, 'readiness', '--url', url, '--receipt', 'out.json', ...flags);
    return { ...ran, file: join(context.cwd, 'out.json') };
  }

  it('keeps what it has evaluated again, and says its digest', async () => {
    const { code, out, file } = await receive(snapshot);
    expect(code).toBe(4);
    expect(out).toMatch(/^sha256:[0-9a-f]{64}$/m);
    expect(out).toContain('nothing in it is signed');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(snapshot);
  });

  it.each([
    ['was changed', { ...snapshot, age_ms_max: 2 }, KEY, 1],
    ['is something else', document, KEY, 1],
    ['is asked for without a key', snapshot, [], 64],
    ['is asked for with a key that is none', snapshot, ['--posture-key', 'AAAA'], 64],
  ])('keeps nothing that %s', async (_what, answer, flags, expected) => {
    const { code, file } = await receive(answer, flags);
    expect([code, existsSync(file)]).toEqual([expected, false]);
  });
});
