import { readFileSync } from 'node:fs';
import { parsePacket } from '@craton/policy';
import { type JsonObject, parseCheckRequest, utf8 } from '@craton/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BOUNDARY_URL,
  COMPLETE_DRAFT,
  draftWith,
  Harness,
  KEYS,
  type Saved,
} from '../../test/harness.ts';

let harness: Harness;
beforeAll(() => {
  harness = new Harness();
});
afterAll(async () => {
  await harness.close();
});

const NEVER_LIVE = { production_write: false, review_only: true };

/** Saves, and requests the review of that version. */
async function underReview(): Promise<Saved> {
  const saved = await harness.save();
  const { version, revision } = saved;
  const path = `/drafts/${saved.draft_id}/request-review`;
  const answer = await harness.post(path, { version, revision }, KEYS.ada);
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

describe('compose', () => {
  it('recommends from words, and fills the pattern in, without a key', async () => {
    const description = 'Release a payment to a supplier above an amount';
    const answer = (await harness.post('/compose', { description })).json<JsonObject>();
    expect(answer).toMatchObject({ state: 'composed', ...NEVER_LIVE });
    expect(answer['recommendation']).toMatchObject({ candidates: expect.any(Array) as unknown });
    expect(JSON.stringify(answer)).not.toContain(description);
  });

  it('takes a preset over the recommendation and keeps what was given', async () => {
    const draft = { schema: 'craton.draft.v1', title: 'Mine' };
    const body = { description: 'Release a payment', preset: 'data_export', draft };
    const answer = (await harness.post('/compose', body)).json<{
      draft: object;
      missing: object;
    }>();
    expect(answer.draft).toMatchObject({
      title: 'Mine',
      primary_path: { production_bound: true, gate_type: 'data_export_gate' },
      policy: { preset: 'data_export' },
    });
    expect(answer.missing).toContain('primary_path.partner_id');
    expect(answer).not.toHaveProperty('boundary_object');
  });

  it('gives the boundary object and how to call it, and never a key', async () => {
    const composed = await harness.post('/compose', { draft: COMPLETE_DRAFT });
    const previewed = await harness.post('/preview', { draft: COMPLETE_DRAFT });
    expect(composed.json()).toMatchObject({
      missing: [],
      boundary_object: { schema: 'craton.boundary.path.v1' },
    });
    for (const answer of [composed, previewed]) {
      expect(answer.body).not.toMatch(/craton_(?:bnd|sts|ops|pull|ssv)_/);
      const { api_access_context: access } = answer.json<{
        api_access_context: { example_request: JsonObject; curl: string };
      }>();
      expect(access).toMatchObject({
        endpoint: `${BOUNDARY_URL}/v1/boundary/check`,
        method: 'POST',
        headers: { Authorization: 'Bearer <YOUR_API_KEY>' },
        environment: 'development',
      });
      const request = parseCheckRequest(utf8(JSON.stringify(access.example_request)));
      expect(request).toMatchObject({
        partnerId: 'northstar_controls',
        gateType: 'threshold_gate',
      });
      expect(access.curl).toContain('<YOUR_API_KEY>');
    }
  });
});

describe('preview', () => {
  it('evaluates in sentences, a map and examples, and writes no row', async () => {
    const before = await harness.store.listHeads('northstar', { limit: 100 });
    const answer = (await harness.post('/preview', { draft: COMPLETE_DRAFT })).json<JsonObject>();
    expect(answer).toMatchObject({
      state: 'previewed',
      ...NEVER_LIVE,
      coverage: { gate: 'G1' },
      packet: {
        boundary_object: { partner_id: 'northstar_controls' },
        preview: { dry_run: true, expected_verdicts: { agrees: true } },
      },
    });
    expect(await harness.store.listHeads('northstar', { limit: 100 })).toEqual(before);
  });

  it('names what is missing instead of a boundary object', async () => {
    const draft = { schema: 'craton.draft.v1' };
    const answer = (await harness.post('/preview', { draft })).json<JsonObject>();
    expect(answer['packet']).toMatchObject({ missing: ['primary_path'] });
    expect(answer['packet']).not.toHaveProperty('preview');
  });
});

describe('a saved draft', () => {
  it('is a version frozen by digest, with author and organisation', async () => {
    const answer = await harness.post('/drafts', { draft: COMPLETE_DRAFT }, KEYS.ada);
    const saved = answer.json<Saved & { packet: JsonObject }>();
    expect(saved).toMatchObject({
      ...NEVER_LIVE,
      revision: 1,
      version: 1,
      state: 'saved',
      author: 'ada of tests',
      organisation: 'northstar',
    });
    const read = parsePacket(utf8(JSON.stringify(saved.packet)));
    expect(read).toMatchObject({
      regenerates: true,
      packet: { packet_digest: saved.packet_digest },
    });
    expect((await harness.get(`/drafts/${saved.draft_id}`, KEYS.colleague)).json()).toEqual(saved);
  });

  it('gets another version and another digest by each edit, and keeps the earlier ones', async () => {
    const first = await harness.save();
    const path = `/drafts/${first.draft_id}`;
    const draft = draftWith({ expansion_moves: [], none_planned: true });
    const edited = await harness.post(`${path}/versions`, { draft, revision: 1 }, KEYS.colleague);
    expect(edited.json()).toMatchObject({ version: 2, revision: 2, author: 'colleague of tests' });
    expect(edited.json<Saved>().packet_digest).not.toBe(first.packet_digest);
    const earlier = await harness.get(`${path}?version=1`, KEYS.ada);
    expect(earlier.json()).toMatchObject({
      packet_digest: first.packet_digest,
      packet: { draft: { expansion_moves: COMPLETE_DRAFT.expansion_moves } },
      versions: [{ version: 1, author: 'ada of tests' }, { version: 2 }],
    });
    const { changes } = (await harness.get(`${path}/diff?from=1&to=2`, KEYS.ada)).json<{
      changes: { field: string }[];
    }>();
    expect(changes.map(({ field }) => field)).toEqual(['expansion_moves[0]', 'none_planned']);
  });

  it('is not changed by saving the same content again, in whatever order of members', async () => {
    const first = await harness.save();
    const reversed = Object.fromEntries(Object.entries(COMPLETE_DRAFT).reverse());
    const path = `/drafts/${first.draft_id}/versions`;
    const again = await harness.post(path, { draft: reversed, revision: 1 }, KEYS.ada);
    expect(again.json()).toMatchObject({ revision: 1, packet_digest: first.packet_digest });
  });

  it('tells whoever changed it second, and keeps the change of the first', async () => {
    const { draft_id: id } = await harness.save();
    const change = (title: string) =>
      harness.post(
        `/drafts/${id}/versions`,
        { draft: draftWith({ title }), revision: 1 },
        KEYS.ada,
      );
    expect((await change('first')).statusCode).toBe(200);
    const second = await change('second');
    expect(second.statusCode).toBe(409);
    expect(second.json()).toMatchObject({ code: 'ERR_DRAFT_CONFLICT', field: 'revision' });
    const now = await harness.get(`/drafts/${id}`, KEYS.ada);
    expect(now.json()).toMatchObject({ version: 2, packet: { draft: { title: 'first' } } });
  });

  it('is listed for its organisation alone', async () => {
    const { draft_id: id } = await harness.save({ title: 'Listed' });
    const own = (await harness.get('/drafts?limit=1', KEYS.reader)).json<{
      drafts: JsonObject[];
    }>();
    expect(own.drafts).toMatchObject([{ draft_id: id, title: 'Listed', ...NEVER_LIVE }]);
    expect((await harness.get('/drafts', KEYS.stranger)).json()).toEqual({ drafts: [] });
    expect((await harness.get(`/drafts/${id}`, KEYS.stranger)).statusCode).toBe(404);
  });

  it('is exported as one JSON and one HTML file that need nothing else', async () => {
    const { draft_id: id, packet_digest: digest } = await harness.save();
    const json = await harness.get(`/drafts/${id}/export`, KEYS.ada);
    expect(json.headers['content-disposition']).toBe(`attachment; filename="${id}-v1.json"`);
    expect(parsePacket(utf8(json.body)).packet.packet_digest).toBe(digest);
    expect(json.json()).toHaveProperty('preview.verdict_map');
    const html = await harness.get(`/drafts/${id}/export?format=html`, KEYS.ada);
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.body).toContain(digest);
    expect(html.body).toContain("default-src 'none'");
    expect(html.body).not.toMatch(/<(?:link|script|img|form|iframe)\b|(?:href|src)=/);
  });

  it('with gaps is exported too, and says what is missing', async () => {
    const draft = { schema: 'craton.draft.v1', none_planned: true };
    const saved = (await harness.post('/drafts', { draft }, KEYS.ada)).json<Saved>();
    const html = await harness.get(`/drafts/${saved.draft_id}/export?format=html`, KEYS.ada);
    expect(html.body).toContain('primary_path must be filled in first');
  });
});

describe('a request for review', () => {
  it('stores intent: false and true are what the row says, whoever asks', async () => {
    const requested = await underReview();
    expect(requested).toMatchObject({
      ...NEVER_LIVE,
      state: 'review_requested',
      review_version: 1,
    });
    const path = `/drafts/${requested.draft_id}/request-review`;
    for (const flags of [{ production_write: true }, { review_only: false }]) {
      const answer = await harness.post(path, { version: 1, revision: 2, ...flags }, KEYS.ada);
      expect(answer.statusCode).toBe(422);
      expect(answer.json()).toMatchObject({
        code: 'ERR_DRAFT_FIELD',
        field: Object.keys(flags)[0],
      });
    }
    const draft = draftWith({ production_write: true });
    expect((await harness.post('/drafts', { draft }, KEYS.ada)).statusCode).toBe(422);
  });

  it('repeated changes nothing', async () => {
    const requested = await underReview();
    const path = `/drafts/${requested.draft_id}/request-review`;
    const again = await harness.post(path, { version: 1, revision: 1 }, KEYS.ada);
    expect(again.json()).toEqual(requested);
  });

  it('leaves the draft editable: editing makes the next version', async () => {
    const { draft_id: id, revision } = await underReview();
    const draft = draftWith({ title: 'Next' });
    const edited = await harness.post(`/drafts/${id}/versions`, { draft, revision }, KEYS.ada);
    expect(edited.json()).toMatchObject({ version: 2, state: 'saved', review_version: 1 });
    const other = { version: 2, revision: 3 };
    const second = await harness.post(`/drafts/${id}/request-review`, other, KEYS.ada);
    expect(second.json()).toMatchObject({ status: 409, code: 'ERR_DRAFT_STATE' });
  });

  it.each([
    ['a version that was not saved', 2, 1],
    ['a revision that nobody has seen', 1, 2],
  ])('is refused for %s', async (_what, version, revision) => {
    const { draft_id: id } = await harness.save();
    const path = `/drafts/${id}/request-review`;
    expect((await harness.post(path, { version, revision }, KEYS.ada)).statusCode).toBe(409);
  });

  it('is refused to everybody but the author of the version', async () => {
    const { draft_id: id } = await harness.save();
    const path = `/drafts/${id}/request-review`;
    const answer = await harness.post(path, { version: 1, revision: 1 }, KEYS.colleague);
    expect(answer.statusCode).toBe(403);
  });

  it('is refused without a boundary object, naming the first gap', async () => {
    const draft = { schema: 'craton.draft.v1' };
    const saved = (await harness.post('/drafts', { draft }, KEYS.ada)).json<Saved>();
    const path = `/drafts/${saved.draft_id}/request-review`;
    const answer = await harness.post(path, { version: 1, revision: 1 }, KEYS.ada);
    expect(answer.json()).toMatchObject({ code: 'ERR_DRAFT_STATE', field: 'primary_path' });
  });

  it('is taken back; then that version is over and the next one can be requested', async () => {
    const { draft_id: id, revision } = await underReview();
    const path = `/drafts/${id}`;
    const body = { version: 1, revision };
    const withdrawn = await harness.post(`${path}/withdraw`, body, KEYS.colleague);
    expect(withdrawn.json()).toMatchObject({ state: 'withdrawn', revision: 3, ...NEVER_LIVE });
    expect(withdrawn.json()).not.toHaveProperty('review_version');
    const twice = await harness.post(`${path}/withdraw`, body, KEYS.colleague);
    expect(twice.json()).toEqual(withdrawn.json());
    const again = { version: 1, revision: 3 };
    expect((await harness.post(`${path}/request-review`, again, KEYS.ada)).statusCode).toBe(409);
    const same = { draft: COMPLETE_DRAFT, revision: 3 };
    const next = (await harness.post(`${path}/versions`, same, KEYS.ada)).json<Saved>();
    expect(next).toMatchObject({ version: 2, revision: 4 });
    const requested = await harness.post(
      `${path}/request-review`,
      { version: 2, revision: 4 },
      KEYS.ada,
    );
    expect(requested.json()).toMatchObject({ state: 'review_requested', review_version: 2 });
  });
});

describe('the operator side', () => {
  it('pulls what is under review, and reads its state again by digest', async () => {
    const { draft_id: id, packet_digest: digest, revision } = await underReview();
    const list = (await harness.get('/review-requests', KEYS.pull)).json<{
      review_requests: JsonObject[];
    }>();
    const open = { draft_id: id, packet_digest: digest, organisation: 'northstar', ...NEVER_LIVE };
    expect(list.review_requests).toContainEqual(expect.objectContaining(open) as unknown);
    const path = `/review-requests/${digest}`;
    const found = (await harness.get(path, KEYS.pull)).json<{ packet: JsonObject }>();
    expect(found).toMatchObject({ ...open, state: 'review_requested', author: 'ada of tests' });
    const { packet } = parsePacket(utf8(JSON.stringify(found.packet)));
    expect(packet.packet_digest).toBe(digest);
    await harness.post(`/drafts/${id}/withdraw`, { version: 1, revision }, KEYS.ada);
    expect((await harness.get(path, KEYS.pull)).json()).toMatchObject({ state: 'withdrawn' });
    expect((await harness.get('/review-requests', KEYS.pull)).body).not.toContain(digest);
  });

  it('reads nothing else, and people do not read what it reads', async () => {
    expect((await harness.get('/drafts', KEYS.pull)).statusCode).toBe(403);
    const saved = await harness.post('/drafts', { draft: COMPLETE_DRAFT }, KEYS.pull);
    expect(saved.statusCode).toBe(403);
    expect((await harness.get('/review-requests', KEYS.ada)).statusCode).toBe(403);
    expect((await harness.get('/review-requests')).statusCode).toBe(401);
  });
});

describe('keys', () => {
  it.each(['boundary', 'operator', 'unknown', 'expired'] as const)(
    'a key that is %s opens nothing here',
    async (name) => {
      for (const path of ['/drafts', '/review-requests']) {
        const answer = await harness.get(path, KEYS[name]);
        expect(answer.statusCode).toBe(401);
        expect(answer.headers['www-authenticate']).toBe('X-API-Key');
      }
      const bearer = await harness.inject({
        method: 'GET',
        url: '/self-service/api/drafts',
        headers: { authorization: `Bearer ${KEYS[name]}` },
      });
      expect(bearer.statusCode).toBe(401);
    },
  );

  it('are needed to save, and a key that reads cannot', async () => {
    expect((await harness.post('/drafts', { draft: COMPLETE_DRAFT })).statusCode).toBe(401);
    const reader = await harness.post('/drafts', { draft: COMPLETE_DRAFT }, KEYS.reader);
    expect(reader.json()).toMatchObject({ status: 403, code: 'ERR_FORBIDDEN' });
  });
});

describe('content that must stay with the host', () => {
  it('is refused wherever it stands, and is in no answer, log or store', async () => {
    const canary = '4111111111111111';
    for (const [path, body] of [
      ['/compose', { description: `card ${canary}` }],
      ['/preview', { draft: draftWith({ notes: canary }) }],
      ['/drafts', { draft: draftWith({ notes: `a\n${canary}` }) }],
    ] as const) {
      const answer = await harness.post(path, body, KEYS.ada);
      expect(answer.json()).toMatchObject({ status: 422, code: 'ERR_REQUEST_CONTENT_REFUSED' });
      expect(answer.body).not.toContain(canary);
    }
    expect(harness.logged.join('')).not.toContain(canary);
    const heads = await harness.store.listHeads('northstar', { limit: 100 });
    for (const { draftId } of heads) {
      expect(await harness.store.findPacket('northstar', draftId, 1)).not.toContain(canary);
    }
  });
});

describe('the document', () => {
  it('is served as it stands in spec', async () => {
    const served = await harness.inject({ method: 'GET', url: '/self-service/openapi.json' });
    const file = new URL('../../../../spec/self-service.openapi.json', import.meta.url);
    expect(served.json()).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
