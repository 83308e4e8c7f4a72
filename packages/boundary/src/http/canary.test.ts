/** What a refused request held appears nowhere: not in the answer, the log, or the store. */
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { sampleBody } from '../../test/sample.ts';

let boundary: Harness;
let key: string;

beforeAll(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey();
});
afterAll(async () => {
  await boundary.close();
});

/** Letters of every form that a canary takes below. */
const SONG = /tweet|VFdFRVQ|4111111111111111|dHdlZXQ/i;
const TOKEN = `${Buffer.from('{"alg":"none","tweet":1}').toString('base64url')}.dHdlZXQ.dHdlZXQ`;
const PEM = '-----BEGIN PRIVATE KEY-----\\nTWEET\\n-----END PRIVATE KEY-----';

/** Which of the places hold a canary. */
function placesWithSong(answer: LightMyRequestResponse): string[] {
  const places = {
    body: answer.body,
    headers: JSON.stringify(answer.headers),
    log: boundary.lines.join('\n'),
    store: boundary.storedBytes().toString('latin1'),
  };
  return Object.entries(places).flatMap(([place, text]) => (SONG.test(text) ? [place] : []));
}

function expectSilence(answer: LightMyRequestResponse, status: number): void {
  expect([answer.statusCode, placesWithSong(answer)]).toEqual([status, []]);
}

const FIELDS = [
  'partner_id',
  'gate_type',
  'system_scope',
  'decision_type',
  'decision_owner',
  'case_id',
  'external_reference',
];

describe('refused values', () => {
  const values = [PEM, TOKEN, '4111 1111 1111 1111', '4111111111111111'];
  it.each(FIELDS.flatMap((field) => values.map((value) => [field, value])))(
    'in %s (%s) stay nowhere',
    async (field = '', value = '') => {
      expectSilence(await boundary.check(key, { [field]: value }), 422);
    },
  );

  const bodies: readonly [title: string, body: string, status: number][] = [
    ['no JSON', 'tweet tweet tweet', 400],
    ['cut JSON', '{"case_id": "tweet', 400],
    ['a deep value', '[[[[["tweet"]]]]]', 400],
    ['half a character', '{"tweet":"\\ud800"}', 400],
    ['a number', '{"tweet":1e99}', 400],
    ['a member name that is a value', '{"tweet tweet 4111111111111111":1}', 400],
  ];
  it.each(bodies)('in a body with %s stay nowhere', async (_title, body, status) => {
    expectSilence(await boundary.check(key, body), status);
  });

  it('as the name of a member are told to the caller alone', async () => {
    for (const body of [
      '{"tweet":1,"tweet":2}',
      new TextDecoder().decode(sampleBody({ tweet: 1 })),
    ]) {
      const answer = await boundary.check(key, body);
      expect([answer.statusCode, placesWithSong(answer)]).toEqual([400, ['body']]);
    }
  });

  const members: readonly [title: string, members: Record<string, unknown>][] = [
    ['an unknown member', { extra: 'tweet' }],
    ['a label of a wrong form', { gate_type: 'tweet!' }],
    ['a person', { decision_owner: 'tweet@example.com' }],
    ['a wrong type', { decision_size_usd: 'tweet' }],
    ['a reference that is too long', { case_id: 'tweet'.repeat(40) }],
    ['evidence that is none', { authorization_evidence: 'tweet' }],
    ['a digest that is none', { action_digest: 'tweet' }],
    ['bulk data', { case_id: Buffer.from('TWEET'.repeat(60)).toString('base64') }],
  ];
  it.each(members)('in %s stay nowhere', async (_title, changed) => {
    const answer = await boundary.check(key, changed);
    expect([400, 422]).toContain(answer.statusCode);
    expectSilence(answer, answer.statusCode);
  });

  it('in headers and addresses stay nowhere', async () => {
    const good = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const requests = [
      { url: '/v1/boundary/check', headers: { ...good, authorization: 'Bearer tweet' } },
      { url: '/v1/boundary/check', headers: { ...good, 'idempotency-key': 'tweet\ttweet' } },
      { url: '/v1/boundary/check', headers: { ...good, 'content-type': 'text/tweet' } },
      { url: '/v1/boundary/check', headers: { ...good, 'content-encoding': 'tweet' } },
      { url: '/v1/boundary/check?a=tweet', headers: good },
      { url: '/tweet', headers: good },
    ];
    for (const request of requests) {
      const payload = Buffer.from(sampleBody());
      const answer = await boundary.inject({ method: 'POST', ...request, payload });
      expectSilence(answer, answer.statusCode);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    }
    for (const url of ['/v1/receipts/tweet', '/v1/receipts?path=tweet!', '/v1/paths/TWEET']) {
      expectSilence(await boundary.get(url, key), 400);
    }
  });
});

describe('accepted secrets', () => {
  it('evidence is judged and then forgotten', async () => {
    const answer = await boundary.check(key, {
      external_reference: 'with-evidence',
      authorization_evidence: TOKEN,
    });
    expectSilence(answer, 200);
    expect(answer.body).toContain('evidence_digest');
  });

  it('API keys are in no line and not in the store', async () => {
    await boundary.get('/v1/streams', key);
    const secret = key.split('_').slice(3).join('_').slice(0, 43);
    expect(boundary.lines.join('\n')).not.toContain(secret);
    expect(boundary.storedBytes().includes(secret)).toBe(false);
    expect(boundary.lines.join('\n')).toContain('"key_id":"key_');
  });

  it('log lines of good requests hold no reference', async () => {
    await boundary.check(key, { case_id: 'case-robin', external_reference: 'ref-robin' });
    expect(boundary.lines.join('\n')).not.toContain('robin');
  });
});

describe('an accepted value', () => {
  it.each(['case_id', 'external_reference'])('in %s is no line of the log', async (field) => {
    const value = `postgres://tweet:tweet-${field}@db.example/tweet`;
    const answer = await boundary.check(key, { [field]: value });
    // Kept for its partner, and told to nobody else.
    expect([answer.statusCode, placesWithSong(answer)]).toEqual([200, ['body', 'store']]);
  });
});
