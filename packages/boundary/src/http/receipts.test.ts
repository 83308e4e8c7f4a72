import {
  commitmentId,
  type JsonObject,
  type Opening,
  parseKeySet,
  parseTrustPolicy,
  streamTag,
  taggedDigest,
  utf8,
  verifyBundle,
} from '@craton/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness, OTHER_PARTNER_ID, overrideReader, PARTNER_ID } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT, SAMPLE_PATH } from '../../test/sample.ts';
import { createSigner } from '../signing/signer.ts';

interface Answer {
  readonly request_id: string;
  readonly commitment_id: string;
  readonly opening: Opening;
  readonly receipt: JsonObject;
}

let boundary: Harness;
let key: string;
let otherKey: string;
let answers: Answer[];

beforeAll(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey();
  otherKey = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
  answers = [];
  for (let index = 0; index < 5; index++) {
    const answer = await boundary.check(key, { external_reference: `receipts-${index}` });
    answers.push(answer.json<Answer>());
  }
});
afterAll(async () => {
  await boundary.close();
});

describe('GET /v1/receipts/{id}', () => {
  it('finds a decision by request id and by commitment id', async () => {
    const { request_id, commitment_id, opening, receipt } = answers[2]!;
    for (const id of [request_id, commitment_id]) {
      const found = await boundary.get(`/v1/receipts/${id}`, key);
      expect(found.statusCode).toBe(200);
      expect(found.headers['cache-control']).toBe('no-store');
      expect(found.json()).toEqual({
        receipt,
        opening,
        commitment_id,
        request_id,
        linked: [],
        log: { status: 'pending' },
      });
    }
  });

  it('is without the opening once that was erased', async () => {
    const answer = await boundary.check(key, { external_reference: 'to-be-erased' });
    const { request_id: requestId, receipt } = answer.json<Answer>();
    const owner = { environment: 'development', partnerId: PARTNER_ID };
    await boundary.ledger.admin.apply({ kind: 'erase_opening', owner, requestId });
    const found = await boundary.get(`/v1/receipts/${requestId}`, key);
    expect(found.json()).toMatchObject({ receipt, request_id: requestId });
    expect(found.json()).not.toHaveProperty('opening');
    const bundle = await boundary.get(`/v1/receipts/${requestId}/bundle`, key);
    expect(bundle.json()).not.toHaveProperty('opening');
  });

  it('does not show another partner’s receipt, nor that it exists', async () => {
    const strangers = await boundary.get(`/v1/receipts/${answers[0]!.request_id}`, otherKey);
    const nobodys = await boundary.get(
      '/v1/receipts/req_019aa000-0000-7000-8000-00000000dead',
      otherKey,
    );
    expect([strangers.statusCode, nobodys.statusCode]).toEqual([404, 404]);
    expect({ ...strangers.json<JsonObject>(), request_id: '' }).toEqual({
      ...nobodys.json<JsonObject>(),
      request_id: '',
    });
  });

  it('shows receipts with an index as sequenced', async () => {
    const harness = await Harness.open({
      ports: ({ reader }) => ({
        reader: overrideReader(reader, {
          findReceipt: async (...query) => {
            const found = await reader.findReceipt(...query);
            return found && { ...found, logIndex: 7 };
          },
        }),
      }),
    });
    const good = await harness.makeKey();
    const { request_id } = (await harness.check(good)).json<Answer>();
    const found = await harness.get(`/v1/receipts/${request_id}`, good);
    expect(found.json()).toMatchObject({ log: { status: 'sequenced', index: 7 } });
    await harness.close();
  });
});

describe('GET /v1/receipts/{id}/bundle', () => {
  const rootKey = Buffer.from(createSigner(Buffer.alloc(32, 9)).publicKey).toString('base64');
  const trust = parseTrustPolicy(
    utf8(`craton-policy v1\nroot test-root ${rootKey} craton.localhost development\n`),
  );

  it.each(['', '?form=full', '?form=minimal'])('%s verifies offline', async (query) => {
    const answer = await boundary.get(
      `/v1/receipts/${answers[1]!.commitment_id}/bundle${query}`,
      key,
    );
    expect(answer.statusCode).toBe(200);
    const report = await verifyBundle(utf8(answer.body), trust, {
      atMs: Date.now(),
    });
    expect(report.outcome).toBe('reached');
    const lines = Object.fromEntries(report.checks.map(({ id, status }) => [id, status]));
    expect(lines).toMatchObject({ payload: 'verified', signature: 'verified', issuer: 'verified' });
    expect(lines['commitment']).toBe(query === '?form=minimal' ? 'absent' : 'verified');
  });

  it('is full without being asked, and gives nothing away when minimal', async () => {
    const path = `/v1/receipts/${answers[0]!.request_id}/bundle`;
    const full = (await boundary.get(path, key)).json<JsonObject>();
    const minimal = (await boundary.get(`${path}?form=minimal`, key)).json<JsonObject>();
    const common = ['object', 'receipt', 'key_bundle', 'attestation'];
    expect(Object.keys(full)).toEqual([...common, 'opening', 'policy']);
    expect(Object.keys(minimal)).toEqual(common);
    expect(full['policy']).toEqual(SAMPLE_DOCUMENT);
    expect(parseKeySet(minimal['key_bundle']).has(boundary.signer.kid)).toBe(true);
    expect(commitmentId(full['opening'] as unknown as Opening)).toBe(answers[0]!.commitment_id);
  });

  it('has no policy where no path matched', async () => {
    const answer = await boundary.check(key, {
      system_scope: 'elsewhere',
      external_reference: 'unmatched',
    });
    const bundle = await boundary.get(
      `/v1/receipts/${answer.json<Answer>().request_id}/bundle`,
      key,
    );
    expect(Object.keys(bundle.json<JsonObject>())).not.toContain('policy');
  });

  it('is refused where the key is not published here', async () => {
    const harness = await Harness.open({
      ports: ({ material }) => ({ material: { ...material, keys: [] } }),
    });
    const good = await harness.makeKey();
    const { request_id } = (await harness.check(good)).json<Answer>();
    const answer = await harness.get(`/v1/receipts/${request_id}/bundle`, good);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'ERR_NOT_READY' });
    await harness.close();
  });
});

describe('GET /v1/receipts', () => {
  const lines = (body: string): { seq: number; request_id: string }[] =>
    body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { seq: number; request_id: string });

  it('lists a path in the order of its sequence, page by page', async () => {
    const seen: number[] = [];
    let url: string | undefined = '/v1/receipts?path=sample-threshold&limit=2';
    for (let page = 0; url !== undefined && page < 10; page++) {
      const answer = await boundary.get(url, key);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('application/jsonl; charset=utf-8');
      expect(answer.body.endsWith('\n')).toBe(true);
      seen.push(...lines(answer.body).map(({ seq }) => seq));
      url = /^<(.+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    expect(seen.length).toBeGreaterThanOrEqual(5);
    const streams = await boundary.get('/v1/streams', key);
    const [stream] = streams.json<{ streams: { last_seq: number }[] }>().streams;
    expect(stream?.last_seq).toBe(seen.length);
  });

  it('begins where it is asked to', async () => {
    const answer = await boundary.get('/v1/receipts?path=sample-threshold&from_seq=3&limit=1', key);
    expect(lines(answer.body)).toMatchObject([{ seq: 3, request_id: answers[2]!.request_id }]);
  });

  it('lists nothing of another partner', async () => {
    const answer = await boundary.get('/v1/receipts?path=sample-threshold', otherKey);
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
  });

  it.each([
    ['', 'path'],
    ['path=UPPER', 'path'],
    ['path=', 'path'],
    ['path=a&path=b', 'path'],
    ['path=a&from_seq=0', 'from_seq'],
    ['path=a&from_seq=-1', 'from_seq'],
    ['path=a&from_seq=1.5', 'from_seq'],
    ['path=a&from_seq=1e3', 'from_seq'],
    ['path=a&from_seq=', 'from_seq'],
    ['path=a&from_seq=9999999999999999', 'from_seq'],
    ['path=a&limit=0', 'limit'],
    ['path=a&limit=1001', 'limit'],
    ['path=a&limit=all', 'limit'],
    ['path=a&cursor=x', 'cursor'],
  ])('refuses ?%s by name', async (query, field) => {
    const answer = await boundary.get(`/v1/receipts?${query}`, key);
    expect([answer.statusCode, answer.json<JsonObject>()['field']]).toEqual([400, field]);
  });
});

describe('GET /v1/streams', () => {
  it('tells the partner the keys of its streams, and they fit the receipts', async () => {
    const answer = await boundary.get('/v1/streams', key);
    const { streams } = answer.json<{
      streams: { stream: `sha256:${string}`; path_id: string; stream_key: string }[];
    }>();
    const sample = streams.find(({ path_id }) => path_id === 'sample-threshold');
    const { stream, stream_key } = sample!;
    const identity = {
      origin: 'craton.localhost/development',
      partner_id: PARTNER_ID,
      path_id: 'sample-threshold',
      receipt_type: 'boundary_decision',
      stream_key,
    };
    expect(taggedDigest('craton.stream.v1', identity)).toBe(stream);
    const tag = streamTag(Buffer.from(stream_key, 'base64url'), { stream, epoch: 1, seq: 1 });
    expect(boundary.storedBytes().includes(tag)).toBe(true);
  });

  it('tells nobody else', async () => {
    const answer = await boundary.get('/v1/streams', otherKey);
    expect(answer.json()).toEqual({ streams: [] });
  });
});

describe('GET /v1/paths/{path_id}', () => {
  it('answers the live document in canonical form, with its digest', async () => {
    const answer = await boundary.get('/v1/paths/sample-threshold', key);
    expect(answer.body).toBe(SAMPLE_PATH);
    expect(answer.headers['policy-digest']).toBe(taggedDigest('craton.path.v1', SAMPLE_DOCUMENT));
  });

  it.each([
    ['an unknown path', '/v1/paths/other', 404],
    ['a malformed id', '/v1/paths/Other', 400],
  ])('refuses %s', async (_title, url, status) => {
    expect((await boundary.get(url, key)).statusCode).toBe(status);
  });

  it('does not show another partner’s path', async () => {
    expect((await boundary.get('/v1/paths/sample-threshold', otherKey)).statusCode).toBe(404);
  });
});
