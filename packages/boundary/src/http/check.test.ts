import { connect } from 'node:net';
import {
  CratonError,
  decodeBase64,
  isRequestId,
  type JsonObject,
  readPayload,
  verifyEd25519,
} from '@craton/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Harness, OTHER_PARTNER_ID, overrideReader, overrideWriter } from '../../test/harness.ts';
import { sampleBody } from '../../test/sample.ts';
import { composeApiKey } from '../api-key.ts';

let boundary: Harness;
let key: string;
const extra: Harness[] = [];

beforeAll(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey();
});
afterEach(async () => {
  boundary.clockOffsetMs = 0;
  for (const harness of extra.splice(0)) await harness.close();
});
afterAll(async () => {
  await boundary.close();
});

async function another(...options: Parameters<typeof Harness.open>): Promise<Harness> {
  const harness = await Harness.open(...options);
  extra.push(harness);
  return harness;
}

let count = 0;
/** A reference that no other test used. */
const fresh = (): { external_reference: string } => ({
  external_reference: `check-test-${++count}`,
});

function expectProblem(
  answer: LightMyRequestResponse,
  status: number,
  code: string,
  field?: string,
): void {
  expect([answer.statusCode, answer.json<JsonObject>()['code']]).toEqual([status, code]);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json<JsonObject>()['field']).toBe(field);
  expect(isRequestId(answer.json<{ request_id: string }>().request_id)).toBe(true);
  if (status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
}

/** The text of the sample with one piece replaced, where parsing and writing would hide it. */
function rawBody(piece: string, replacement: string): string {
  const text = new TextDecoder().decode(sampleBody(fresh()));
  expect(text).toContain(piece);
  return text.replace(piece, replacement);
}

describe('200', () => {
  it.each([
    ['allow', 500_000, ['within_limit']],
    ['constrain', 750_000, ['dual_control_required']],
    ['reject', 1_500_000, ['over_limit']],
  ])('answers %s with a receipt that verifies', async (verdict, amount, reasons) => {
    const answer = await boundary.check(key, { decision_size_usd: amount, ...fresh() });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    const body = answer.json<{
      receipt: { payload_b64: string; signature: string; kid: string };
      request_id: string;
    }>();
    expect(body).toMatchObject({ verdict, reasons });
    const bytes = decodeBase64(body.receipt.payload_b64);
    const signature = decodeBase64(body.receipt.signature);
    expect(body.receipt.kid).toBe(boundary.signer.kid);
    await expect(verifyEd25519(boundary.signer.publicKey, bytes, signature)).resolves.toBe(true);
    expect(readPayload(bytes)).toMatchObject({
      payload: { verdict, reasons, request_id: body.request_id },
    });
  });

  it('answers a signed reject where no path matches', async () => {
    const answer = await boundary.check(key, { gate_type: 'data_export_gate', ...fresh() });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      verdict: 'reject',
      reasons: ['no_live_boundary'],
      boundary_snapshot: { path_id: 'unmatched' },
    });
  });

  it('takes the required fields alone', async () => {
    const answer = await boundary.check(key, {
      decision_type: undefined,
      decision_owner: undefined,
      decision_size_usd: undefined,
      case_id: undefined,
      ...fresh(),
    });
    expect(answer.json()).toMatchObject({ verdict: 'reject', reasons: ['amount_required'] });
  });

  it('is sent as the ledger wrote it', async () => {
    const responseText = '{"verdict":"allow",  "spaces":"are kept"}';
    const harness = await another({
      ports: ({ writer }) => ({
        writer: overrideWriter(writer, {
          check: () => Promise.resolve({ kind: 'issued', responseText, replayed: false }),
        }),
      }),
    });
    const answer = await harness.check(await harness.makeKey());
    expect(answer.body).toBe(responseText);
  });
});

describe('Idempotency-Key', () => {
  it('answers the same bytes again and says so', async () => {
    const body = fresh();
    const first = await boundary.check(key, body, { 'idempotency-key': 'again 1' });
    const second = await boundary.check(key, body, { 'idempotency-key': 'again 1' });
    expect(second.body).toBe(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it('gives concurrent twins one decision', async () => {
    const body = fresh();
    const twins = await Promise.all(
      Array.from({ length: 8 }, () => boundary.check(key, body, { 'idempotency-key': 'twins' })),
    );
    expect(new Set(twins.map((twin) => twin.body)).size).toBe(1);
    expect(twins.filter((twin) => twin.headers['idempotency-replayed'] === 'true')).toHaveLength(7);
  });

  it('of another request answers 409', async () => {
    await boundary.check(key, fresh(), { 'idempotency-key': 'conflict' });
    const answer = await boundary.check(key, fresh(), { 'idempotency-key': 'conflict' });
    expectProblem(answer, 409, 'ERR_IDEMPOTENCY_CONFLICT', 'Idempotency-Key');
  });

  it('is not stored with an error', async () => {
    const refused = await boundary.check(key, { case_id: '' }, { 'idempotency-key': 'mended' });
    expect(refused.statusCode).toBe(400);
    const mended = await boundary.check(key, fresh(), { 'idempotency-key': 'mended' });
    expect(mended.statusCode).toBe(200);
    expect(mended.headers['idempotency-replayed']).toBeUndefined();
  });

  it('is looked at after the body, so a replay needs a good one', async () => {
    await boundary.check(key, fresh(), { 'idempotency-key': 'order' });
    const answer = await boundary.check(key, { case_id: '' }, { 'idempotency-key': 'order' });
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', 'case_id');
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(129)],
    ['not ASCII', 'schlüssel'],
    ['with a control character', 'a\tb'],
  ])('that is %s answers 400', async (_title, value) => {
    const answer = await boundary.check(key, fresh(), { 'idempotency-key': value });
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', 'Idempotency-Key');
  });

  it('that is there twice answers 400', async () => {
    const address = await (await another()).server.listen({ host: '127.0.0.1', port: 0 });
    const good = await extra[0]!.makeKey();
    const body = new TextDecoder().decode(sampleBody());
    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(new URL(address).port), '127.0.0.1');
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (text: string) => (received += text));
      socket.on('close', () => {
        resolve(received);
      });
      const head = [
        'POST /v1/boundary/check HTTP/1.1',
        'Host: x',
        'Connection: close',
        `Authorization: Bearer ${good}`,
        'Content-Type: application/json',
        'Idempotency-Key: a',
        'Idempotency-Key: b',
        `Content-Length: ${body.length}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"field":"Idempotency-Key"');
  });

  it('belongs to one partner', async () => {
    const other = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
    await boundary.check(key, fresh(), { 'idempotency-key': 'shared' });
    const answer = await boundary.check(
      other,
      { partner_id: OTHER_PARTNER_ID },
      { 'idempotency-key': 'shared' },
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
  });
});

describe('400', () => {
  const malformed: readonly [title: string, body: () => Uint8Array | string, code: string][] = [
    ['nothing', () => '', 'ERR_JSON_SYNTAX'],
    ['no JSON', () => 'partner_id=x', 'ERR_JSON_SYNTAX'],
    ['two documents', () => rawBody('{', '{} {'), 'ERR_JSON_SYNTAX'],
    ['a trailing comma', () => rawBody('}}', '},}'), 'ERR_JSON_SYNTAX'],
    ['a byte order mark', () => `\uFEFF${rawBody('{', '{')}`, 'ERR_JSON_SYNTAX'],
    ['a list', () => '[]', 'ERR_REQUEST_FIELD'],
    ['null', () => 'null', 'ERR_REQUEST_FIELD'],
    [
      'invalid UTF-8',
      () => Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
      'ERR_ENCODING',
    ],
    ['half a character', () => rawBody('host-case-001', '\\ud800'), 'ERR_JSON_UNICODE'],
    ['an exponent', () => rawBody('500000', '5e5'), 'ERR_JSON_NUMBER'],
    ['a number beyond 2^53', () => rawBody('500000', '9007199254740993'), 'ERR_JSON_NUMBER'],
    ['minus zero', () => rawBody('500000', '-0'), 'ERR_JSON_NUMBER'],
    ['deep nesting', () => rawBody('"host-case-001"', '[[[[1]]]]'), 'ERR_JSON_DEPTH'],
  ];
  it.each(malformed)('for %s', async (_title, body, code) => {
    const answer = await boundary.check(key, body());
    expectProblem(answer, 400, code);
  });

  it('for a member that is there twice, by name', async () => {
    const answer = await boundary.check(key, rawBody('{', '{"case_id":"a",'));
    expectProblem(answer, 400, 'ERR_JSON_DUPLICATE_KEY', 'case_id');
  });

  const context = (members: Record<string, unknown>) => ({
    context: {
      authorization_status: 'present',
      authorization_reference: 'approval-2026-001',
      authorization_source: 'approval_workflow',
      ...members,
    },
  });
  const wrong: readonly [title: string, members: Record<string, unknown>, field: string][] = [
    ['an unknown member', { extra: 1 }, 'extra'],
    ['an unknown member that is null', { extra: null }, 'extra'],
    ['an unknown member of context', context({ extra: 1 }), 'context.extra'],
    ['prototype tricks', { constructor: {} }, 'constructor'],
    ['a text for a number', { decision_size_usd: '500000' }, 'decision_size_usd'],
    ['a boolean for a number', { decision_size_usd: true }, 'decision_size_usd'],
    ['a number for a text', { case_id: 1 }, 'case_id'],
    ['a list for a text', { partner_id: ['northstar_controls'] }, 'partner_id'],
    ['null', { decision_owner: null }, 'decision_owner'],
    ['an empty text', { external_reference: '' }, 'external_reference'],
    ['a negative amount', { decision_size_usd: -1 }, 'decision_size_usd'],
    ['too many decimals', { decision_size_usd: 1.005 }, 'decision_size_usd'],
    ['a reference that is too long', { case_id: 'c'.repeat(129) }, 'case_id'],
    ['a label that is too long', { gate_type: 'g'.repeat(65) }, 'gate_type'],
    ['a person as owner', { decision_owner: 'jane@example.com' }, 'decision_owner'],
    ['a control character', { case_id: 'a\u0007' }, 'case_id'],
    ['a digest that is none', { action_digest: 'sha256:00' }, 'action_digest'],
    ['a context that is no object', { context: 'present' }, 'context'],
    ['an undeclared fact', context({ facts: { risk: 1 } }), 'context.facts.risk'],
    ['evidence that is none', { authorization_evidence: 'yes' }, 'authorization_evidence'],
  ];
  it.each(wrong)('for %s, by name', async (_title, members, field) => {
    expectProblem(await boundary.check(key, members), 400, 'ERR_REQUEST_FIELD', field);
  });

  const required = [
    'partner_id',
    'gate_type',
    'system_scope',
    'external_reference',
    'context',
    'context.authorization_status',
    'context.authorization_reference',
    'context.authorization_source',
  ];
  it.each(required)('without %s', async (field) => {
    const [outer = '', inner] = field.split('.');
    const members = inner === undefined ? { [outer]: undefined } : context({ [inner]: undefined });
    expectProblem(await boundary.check(key, members), 400, 'ERR_REQUEST_FIELD', field);
  });

  it('for an unknown parameter in the address', async () => {
    const answer = await boundary.inject({
      method: 'POST',
      url: '/v1/boundary/check?dry_run=1',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      payload: Buffer.from(sampleBody()),
    });
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', 'dry_run');
  });
});

describe('401', () => {
  it('has one same body for no, malformed, unknown, expired and revoked keys', async () => {
    const unknown = composeApiKey('bnd', 'development', new Uint8Array(32));
    const flipped = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
    const expired = await boundary.makeKey({ expiresAtMs: boundary.nowMs() - 1 });
    const revoked = await boundary.makeKey({ revokedAtMs: 1 });
    const good = `Bearer ${key}`;
    const headers = [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      key,
      `Basic ${key}`,
      `${good} ${key}`,
      `Bearer ${unknown}`,
      `Bearer ${flipped}`,
      `Bearer ${key.toUpperCase()}`,
      `Bearer ${key}x`,
      `Bearer ${expired}`,
      `Bearer ${revoked}`,
      `Bearer ${'x'.repeat(4_000)}`,
    ];
    const bodies = new Set<string>();
    for (const authorization of headers) {
      const answer = await boundary.inject({
        method: 'POST',
        url: '/v1/boundary/check',
        headers: {
          'content-type': 'application/json',
          ...(authorization !== undefined && { authorization }),
        },
        payload: Buffer.from(sampleBody()),
      });
      expectProblem(answer, 401, 'ERR_UNAUTHENTICATED');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="craton"');
      bodies.add(JSON.stringify({ ...answer.json<JsonObject>(), request_id: '' }));
    }
    expect(bodies.size).toBe(1);
  });

  it('is for a key whose checksum is wrong, even if the store had it', async () => {
    const text = `${composeApiKey('bnd', 'development', new Uint8Array(32)).slice(0, -6)}AAAAAA`;
    await boundary.makeKey({}, text);
    expectProblem(await boundary.check(text, fresh()), 401, 'ERR_UNAUTHENTICATED');
  });

  it('comes before anything in the body is looked at', async () => {
    const nobody = composeApiKey('bnd', 'development', new Uint8Array(32));
    expectProblem(await boundary.check(nobody, 'no json'), 401, 'ERR_UNAUTHENTICATED');
  });

  it('has the same body when the key was revoked between look-up and decision', async () => {
    const harness = await another({
      ports: ({ writer }) => ({
        writer: overrideWriter(writer, {
          check: () =>
            Promise.resolve({
              kind: 'refused',
              code: 'ERR_KEY_NOT_ACCEPTED',
              message: 'It was revoked.',
            }),
        }),
      }),
    });
    const late = await harness.check(await harness.makeKey(), fresh());
    const early = await harness.check('none', fresh());
    expectProblem(late, 401, 'ERR_UNAUTHENTICATED');
    expect(late.json<JsonObject>()['detail']).toBe(early.json<JsonObject>()['detail']);
  });

  it('follows a revocation at once', async () => {
    const keyId = 'key_to_revoke';
    const doomed = await boundary.makeKey({ keyId });
    expect((await boundary.check(doomed, fresh())).statusCode).toBe(200);
    await boundary.ledger.admin.apply({ kind: 'revoke_api_key', keyId });
    expectProblem(await boundary.check(doomed, fresh()), 401, 'ERR_UNAUTHENTICATED');
  });

  it('follows the expiry to the millisecond', async () => {
    const expiresAtMs = boundary.nowMs() + 60_000;
    const doomed = await boundary.makeKey({ expiresAtMs });
    expect((await boundary.check(doomed, fresh())).statusCode).toBe(200);
    boundary.clockOffsetMs = 60_000;
    expectProblem(await boundary.check(doomed, fresh()), 401, 'ERR_UNAUTHENTICATED');
  });
});

describe('403', () => {
  it('is for another partner, by the field', async () => {
    const other = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
    expectProblem(await boundary.check(other, fresh()), 403, 'ERR_FORBIDDEN', 'partner_id');
  });

  it.each([
    ['scope', { scopes: ['read', 'claim', 'confirm'] as const }],
    ['operator kind', { kind: 'ops' as const }],
    ['review kind', { kind: 'pull' as const }],
    ['environment', { environment: 'staging', kind: 'sts' as const }],
  ])('is for a key that does not fit by %s', async (_title, members) => {
    const misfit = await boundary.makeKey(members);
    expectProblem(await boundary.check(misfit, fresh()), 403, 'ERR_FORBIDDEN');
  });

  it('comes before the body, except for the partner', async () => {
    const misfit = await boundary.makeKey({ scopes: ['read'] });
    expectProblem(await boundary.check(misfit, 'no json'), 403, 'ERR_FORBIDDEN');
  });
});

describe('404, 405, 413, 415', () => {
  it('404 for a version that does not exist', async () => {
    const answer = await boundary.get('/v2/boundary/check', key);
    expectProblem(answer, 404, 'ERR_NOT_FOUND');
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    '405 with Allow for %s',
    async (method) => {
      const answer = await boundary.inject({ method, url: '/v1/boundary/check' });
      expect(answer.statusCode).toBe(405);
      expect(answer.headers.allow).toBe('POST');
    },
  );

  it('413 for a body of more than 16 KiB, and not for one byte less', async () => {
    const fill = (size: number): string => {
      const text = new TextDecoder().decode(sampleBody(fresh()));
      return text + ' '.repeat(size - text.length);
    };
    expect((await boundary.check(key, fill(16_384))).statusCode).toBe(200);
    expectProblem(await boundary.check(key, fill(16_385)), 413, 'ERR_REQUEST_TOO_LARGE');
  });

  it('415 before the key is looked at', async () => {
    const answer = await boundary.check('none', fresh(), { 'content-type': 'text/plain' });
    expectProblem(answer, 415, 'ERR_CONTENT_TYPE', 'Content-Type');
  });
});

describe('422', () => {
  it.each([
    ['a key', '-----BEGIN PRIVATE KEY-----', 'external_reference'],
    ['a token', 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'external_reference'],
    ['a card number', '4111111111111111', 'external_reference'],
  ])('for %s', async (_title, value, field) => {
    const answer = await boundary.check(key, { external_reference: value });
    expectProblem(answer, 422, 'ERR_REQUEST_CONTENT_REFUSED', field);
    expect(answer.body).not.toContain(value);
  });
});

describe('503', () => {
  it('when the queue is full, with Retry-After and without a receipt', async () => {
    const harness = await another({ queueMax: 1 });
    const good = await harness.makeKey();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        harness.check(good, { external_reference: `q-${index}` }),
      ),
    );
    const issued = answers.filter(({ statusCode }) => statusCode === 200);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expectProblem(answer, 503, 'ERR_QUEUE_FULL');
    expect(harness.countRows()['receipts']).toBe(issued.length);
  });

  it('when the deadline passes before the decision', async () => {
    const harness = await another({ deadlineMs: 0 });
    expectProblem(await harness.check(await harness.makeKey()), 503, 'ERR_DEADLINE');
    expect(harness.countRows()['receipts']).toBe(0);
  });

  it('when the clock went back', async () => {
    const harness = await another();
    const good = await harness.makeKey();
    expect((await harness.check(good, fresh())).statusCode).toBe(200);
    harness.clockOffsetMs = -10_000;
    expectProblem(await harness.check(good, fresh()), 503, 'ERR_CLOCK_UNTRUSTED');
    harness.clockOffsetMs = 0;
    expect((await harness.check(good, fresh())).statusCode).toBe(200);
  });

  it('when the store fails for good, from then on', async () => {
    let broken = false;
    const harness = await another({
      wrapStore: (store) => ({
        get snapshotVersion() {
          return store.snapshotVersion;
        },
        close: () => store.close(),
        classify: () => 'fatal',
        transaction: (entries, work) => {
          if (broken) throw new Error('disk');
          return store.transaction(entries, work);
        },
      }),
    });
    const good = await harness.makeKey();
    broken = true;
    expectProblem(await harness.check(good, fresh()), 503, 'ERR_STORE_UNAVAILABLE');
    broken = false;
    expectProblem(await harness.check(good, fresh()), 503, 'ERR_STORE_UNAVAILABLE');
    expect(harness.countRows()['receipts']).toBe(0);
    const ready = await harness.get('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ code: 'ERR_NOT_READY', field: 'store' });
  });

  it('when the ledger is closing', async () => {
    const harness = await another();
    const good = await harness.makeKey();
    await harness.ledger.writer.close();
    expectProblem(await harness.check(good, fresh()), 503, 'ERR_SHUTTING_DOWN');
  });

  it('when the keys cannot be read', async () => {
    const harness = await another({
      ports: ({ reader }) => ({
        reader: overrideReader(reader, {
          apiKeys: () => {
            throw new CratonError('ERR_STORE_UNAVAILABLE', 'No store.');
          },
        }),
      }),
    });
    expectProblem(await harness.check(key, fresh()), 503, 'ERR_STORE_UNAVAILABLE');
  });
});
