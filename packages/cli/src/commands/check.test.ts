import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type FakeAnswers,
  type FakeBoundary,
  honestAnswers,
  startFakeBoundary,
} from '../../test/fake-boundary.ts';
import {
  craton,
  fakeContext,
  type FakeContext,
  type Golden,
  jsonOf,
  type Ran,
  readGolden,
  writeJson,
  writeText,
} from '../../test/fake-context.ts';

const golden = readGolden('001-allow');
const KEY = 'craton_bnd_development_test';
let boundary: FakeBoundary | undefined;

afterEach(() => boundary?.close());

interface Setting {
  readonly answers?: FakeAnswers;
  readonly env?: Record<string, string>;
  readonly input?: Golden;
}

/** A boundary, and a context whose clock is that of the golden case. */
async function setUp({ answers, env, input = golden }: Setting = {}): Promise<FakeContext> {
  boundary = await startFakeBoundary(answers ?? honestAnswers(input));
  const context = fakeContext({
    env: { CRATON_API_KEY: KEY, CRATON_BOUNDARY_URL: boundary.url, ...env },
    now: () => Date.parse(input.full.checked_at),
  });
  writeText(context, 'trust.txt', input.full.trust_policy);
  writeText(context, 'request.json', input.input.body_text);
  return context;
}

function check(context: FakeContext, ...flags: string[]): Promise<Ran> {
  return craton(context, 'check', 'request.json', '--trust', 'trust.txt', ...flags);
}

describe('craton check', () => {
  it('says the signed verdict once the receipt holds, and saves the bundle', async () => {
    const context = await setUp();
    const ran = await check(context, '--bundle', 'bundle.json');
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('allow: within_limit; usable once until 2026-11-21T18:05:00.000Z');
    expect(ran.out).toMatch(/verified +payload, signature, issuer, .*commitment/);
    expect(ran.out).toMatch(/authority +The host says so; nobody checked it/);
    const saved = readFileSync(join(context.cwd, 'bundle.json'), 'utf8');
    expect(JSON.parse(saved)).toEqual(golden.full.bundle);
    expect(boundary?.requests.map(({ url }) => url)).toEqual([
      '/v1/boundary/check',
      `/v1/receipts/${golden.full.report.subject.request_id ?? ''}/bundle?form=full`,
    ]);
    expect(boundary?.requests[0]?.body).toBe(golden.input.body_text);
    expect(boundary?.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
  });

  it.each(['002-constrain-raw-unicode', '003-unmatched'])(
    'says the verdict of %s',
    async (name) => {
      const input = readGolden(name);
      const ran = await check(await setUp({ input }), '--json');
      expect(ran.code).toBe(0);
      const { verdict, reasons, obligations } = JSON.parse(input.expected.payload) as object & {
        verdict: string;
        reasons: string[];
        obligations: object[];
      };
      expect(jsonOf(ran)).toMatchObject({ holds: true, verdict, reasons, obligations, faults: [] });
    },
  );

  it('makes the request from flags', async () => {
    const context = await setUp();
    const flags = [
      ...['--partner', 'northstar_controls', '--gate', 'threshold_gate'],
      ...['--system', 'operations_console', '--decision-type', 'threshold_execution_request'],
      ...['--owner', 'operations_owner', '--amount', '500000', '--case', 'host-case-001'],
      ...['--reference', 'host-request-123', '--authorization-status', 'present'],
      ...['--authorization-reference', 'approval-2026-001'],
      ...['--authorization-source', 'approval_workflow'],
    ];
    const ran = await craton(context, 'check', '--trust', 'trust.txt', ...flags);
    expect(ran.code).toBe(0);
    expect(JSON.parse(boundary?.requests[0]?.body ?? '')).toEqual(
      JSON.parse(golden.input.body_text),
    );
  });

  it('sends facts and an idempotency key, and reads standard input', async () => {
    const context = await setUp();
    const facts = ['--fact', 'region=eu', 'count=3', 'urgent=true', 'code="5"'];
    await craton(context, 'check', '--trust', 'trust.txt', '--partner', 'a', ...facts);
    expect(boundary?.requests).toEqual([]);
    const needed = [
      ...['--partner', 'a', '--gate', 'b', '--system', 'c', '--reference', 'd'],
      ...['--authorization-status', 'present', '--authorization-reference', 'e'],
      ...['--authorization-source', 'f'],
    ];
    await craton(context, 'check', '--trust', 'trust.txt', ...needed, ...facts);
    expect(JSON.parse(boundary?.requests[0]?.body ?? '')).toMatchObject({
      context: { facts: { region: 'eu', count: 3, urgent: true, code: '5' } },
    });
    const body = Buffer.from(golden.input.body_text);
    const piped = { ...context, readStdin: () => Promise.resolve(body) };
    const ran = await craton(piped, ...'check - --trust trust.txt --idempotency-key k1'.split(' '));
    expect(ran.code).toBe(0);
    expect(boundary?.requests[2]?.headers).toMatchObject({ 'idempotency-key': 'k1' });
  });
});

/** Honest answers of the allow with some members of the answer replaced. */
function lie(members: object): FakeAnswers {
  const honest = honestAnswers(golden);
  return {
    ...honest,
    check: { status: 200, body: { ...(honest.check.body as object), ...members } },
  };
}

describe('craton check does not believe', () => {
  const { bundle } = golden.full;
  const receipt = { ...bundle.receipt, signature: `A${bundle.receipt.signature.slice(1)}` };
  const other = readGolden('006-reject-over-limit');

  it.each([
    ['an unsigned verdict', lie({ verdict: 'reject' }), 'verdict differs from the signed one'],
    [
      'a forged signature',
      { ...lie({ receipt }), bundle: { status: 200, body: { ...bundle, receipt } } },
      'Failed: signature',
    ],
    [
      'the bundle of another receipt',
      {
        ...honestAnswers(golden),
        bundle: { status: 200, body: readGolden('006-reject-over-limit').full.bundle },
      },
      'the bundle holds another receipt',
    ],
    [
      'the receipt of another request',
      honestAnswers(other),
      'for another request than the one sent',
    ],
    [
      'a bundle without its opening',
      { ...honestAnswers(golden), bundle: { status: 200, body: golden.minimal.bundle } },
      'for another request than the one sent',
    ],
  ])('%s', async (_title, answers, message) => {
    const ran = await check(await setUp({ answers }));
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('No verdict: the receipt does not hold. Do not proceed.');
    expect(ran.out).toContain(message);
    expect(ran.out).not.toContain('within_limit');
    const json = jsonOf(await check(await setUp({ answers }), '--json'));
    expect(json).toMatchObject({ holds: false });
    expect(json).not.toHaveProperty('verdict');
  });

  it('a boundary of another issuer', async () => {
    const context = await setUp();
    writeText(context, 'trust.txt', golden.full.trust_policy.replace('golden-root-1', 'mine'));
    expect((await check(context)).code).toBe(1);
  });

  it('answers that are none', async () => {
    for (const body of ['', '[]', '{}', 'hello']) {
      const answers = { ...honestAnswers(golden), check: { status: 200, body } };
      const ran = await check(await setUp({ answers }));
      expect(ran.code).toBe(1);
      expect(ran.err).toContain('What answered is no boundary');
    }
  });

  it('a redirect', async () => {
    const answers = { ...honestAnswers(golden), check: { status: 302, body: {} } };
    const ran = await check(await setUp({ answers }));
    expect(ran.code).toBe(1);
    expect(boundary?.requests).toHaveLength(1);
  });
});

describe('craton check fails plainly', () => {
  it('with the problem that the boundary names', async () => {
    const problem = {
      title: 'Unauthorized',
      detail: 'The API key is not known.\u001b[2J',
      code: 'ERR_UNAUTHORIZED',
      request_id: 'req_1',
    };
    const answers = { ...honestAnswers(golden), check: { status: 401, body: problem } };
    const ran = await check(await setUp({ answers }));
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('The API key is not known.\ufffd[2J (401 ERR_UNAUTHORIZED)');
    expect(ran.err).toContain('Request id: req_1');
  });

  it('when nothing listens', async () => {
    const context = await setUp();
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const ran = await check(context, '--url', `http://127.0.0.1:${port}`);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('does not answer');
    expect(ran.err).toContain('Without an answer nothing is allowed.');
  });

  it('before anything is sent, if the request is wrong or holds what must stay here', async () => {
    const context = await setUp();
    for (const change of [
      { partner_id: null },
      { surprise: 1 },
      { case_id: '-----BEGIN PRIVATE KEY-----' },
    ]) {
      writeJson(context, 'request.json', { ...JSON.parse(golden.input.body_text), ...change });
      const ran = await check(context);
      expect(ran.code).toBe(1);
      expect(ran.err).toContain('The request was not sent');
    }
    expect(boundary?.requests).toEqual([]);
  });

  it.each([
    [['--require', 'luck']],
    [['--partner', 'a']],
    [['--url', 'http://craton.example']],
    [['--url', 'ftp://127.0.0.1']],
    [['--amount', '1.005']],
  ])('with 64 for %j, before anything is sent', async (flags) => {
    expect((await check(await setUp(), ...flags)).code).toBe(64);
    expect(boundary?.requests).toEqual([]);
  });

  it('with 64 without a request, an address or a key', async () => {
    const context = await setUp();
    expect((await craton(context, 'check', '--trust', 'trust.txt')).code).toBe(64);
    const env = { CRATON_DATA_DIR: context.cwd };
    const bare = { ...context, env };
    expect((await check(bare)).err).toContain('There is no address of a boundary.');
    const url = boundary?.url ?? '';
    expect((await check(bare, '--url', url)).err).toContain('There is no API key.');
  });
});

describe('the API key of craton check', () => {
  it('comes from a file', async () => {
    const context = await setUp();
    writeText(context, 'key.txt', 'from-file\n');
    expect((await check(context, '--key-file', 'key.txt')).code).toBe(0);
    expect(boundary?.requests[0]?.headers).toMatchObject({ authorization: 'Bearer from-file' });
    writeText(context, 'key.txt', 'two words');
    expect((await check(context, '--key-file', 'key.txt')).code).toBe(1);
  });

  it('of development is shown to the development server only', async () => {
    const context = await setUp();
    const data = join(context.cwd, 'data');
    mkdirSync(data);
    const credentials = { base_url: boundary?.url, boundary_api_key: 'development-key' };
    writeJson(context, 'data/dev-credentials.json', credentials);
    expect(existsSync(join(data, 'dev-credentials.json'))).toBe(true);
    const local = { ...context, env: { CRATON_DATA_DIR: data } };
    expect((await check(local)).code).toBe(0);
    expect(boundary?.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer development-key',
    });
    const ran = await check(local, '--url', 'https://other.example');
    expect(ran.code).toBe(64);
    expect(ran.err).toContain('There is no API key.');
  });
});
