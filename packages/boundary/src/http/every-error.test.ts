/** Every route with every error that it names, in process; and what no error may leave behind. */
import { connect } from 'node:net';
import { CratonError, type ErrorCode } from '@craton/protocol';
import { COMMON_ERRORS, ERROR_MEANINGS, type RouteDocument } from '@craton/service';
import type { LightMyRequestResponse } from 'fastify';
import Value from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Approver, requestHashOf } from '../../test/approver.ts';
import {
  goodBody,
  goodRequest as composeGoodRequest,
  type Keys,
  type Sent,
  type Subjects,
} from '../../test/good-requests.ts';
import {
  Harness,
  type HarnessOptions,
  OTHER_PARTNER_ID,
  overrideAdmin,
  overrideReader,
  overrideWriter,
} from '../../test/harness.ts';
import { makePeople } from '../../test/people.ts';
import { SAMPLE_DOCUMENT } from '../../test/sample.ts';
import { CONFIRMATIONS_MAX } from '../ledger/issue-confirmation.ts';
import type { CheckOutcome } from '../ledger/port.ts';
import { RATE_LIMITS_OFF, RateLimits } from '../rate-limits.ts';
import { API_DOCUMENTS } from './api-document.ts';
import { Problem } from './schemas.ts';

let boundary: Harness;
let subjects: Subjects;
let key: string;

beforeAll(async () => {
  boundary = await Harness.open({ hasStaging: true });
  const keys = await makeKeys(boundary);
  ({ key } = keys);
  const answer = await boundary.check(key, { external_reference: 'every-error' });
  const { request_id: requestId } = answer.json<{ request_id: string }>();
  await boundary.keepSample();
  await boundary.log.step();
  await boundary.check(await boundary.makeKey({ kind: 'sts', environment: 'staging' }));
  await boundary.stagingLog?.step();
  subjects = { ...keys, requestId, keyId: REVOCABLE };
});
afterAll(async () => {
  await boundary.close();
});

const REVOCABLE = 'key_to-be-revoked';
const NOBODYS_REQUEST = 'req_019aa000-0000-7000-8000-00000000dead';
const DIGEST = `sha256:${'9f'.repeat(32)}`;

/** A caller's key, an operator's, and one that can be revoked. */
async function makeKeys(harness: Harness): Promise<Keys> {
  await harness.makeKey({ keyId: REVOCABLE });
  const key = await harness.makeKey();
  const operatorToken = await harness.makeKey({ kind: 'ops', scopes: ['read', 'admin'] });
  return { key, operatorToken, ...(await makePeople(harness)) };
}

/** A request of this route that would be answered 200. */
function goodRequest(document: RouteDocument, changes: Partial<Subjects> = {}): Sent {
  return composeGoodRequest(document, { ...subjects, ...changes });
}

type Provocation = (document: RouteDocument) => Promise<LightMyRequestResponse>;

const changed =
  (change: (request: Sent, document: RouteDocument) => Sent): Provocation =>
  (document) =>
    boundary.inject(change(goodRequest(document), document));

const withBody = (payload: string | Uint8Array) =>
  changed((request) => ({ ...request, payload: Buffer.from(payload) }));

/** On a boundary of its own, where something does not work. */
const broken =
  (options: HarnessOptions, sabotage?: (harness: Harness) => Promise<void> | void): Provocation =>
  async (document) => {
    const harness = await Harness.open(options);
    try {
      const good = await makeKeys(harness);
      await sabotage?.(harness);
      return await harness.inject(goodRequest(document, good));
    } finally {
      await harness.close();
    }
  };

/** On a boundary of its own that nobody has used yet, with other subjects or members. */
function elsewhere(change: (keys: Keys) => Partial<Subjects>, members: object = {}): Provocation {
  return async (document) => {
    const harness = await Harness.open();
    try {
      const keys = await makeKeys(harness);
      const asked = { ...subjects, ...keys, ...change(keys) };
      const payload = goodBody(document, asked, members);
      return await harness.inject({ ...composeGoodRequest(document, asked), payload });
    } finally {
      await harness.close();
    }
  };
}

/** On a boundary of its own, about a decision after which something happened. */
const decided =
  (
    members: Record<string, unknown>,
    happen: (harness: Harness, key: string, requestId: string) => unknown = () => undefined,
  ): Provocation =>
  async (document) => {
    const harness = await Harness.open();
    try {
      const keys = await makeKeys(harness);
      const answer = await harness.check(keys.key, members);
      const { request_id: requestId } = answer.json<{ request_id: string }>();
      await happen(harness, keys.key, requestId);
      return await harness.inject(goodRequest(document, { ...keys, requestId }));
    } finally {
      await harness.close();
    }
  };

const unavailable = (code: ErrorCode): Provocation => {
  const outcome: CheckOutcome = { kind: 'unavailable', code, message: 'Later.', retryAfterS: 3 };
  const apply = () => Promise.reject(new CratonError(code, 'Later.'));
  const later = () => Promise.resolve(outcome);
  return broken({
    ports: ({ admin, writer }) => ({
      writer: overrideWriter(writer, { check: later, claim: later, confirm: later }),
      admin: overrideAdmin(admin, { apply }),
    }),
  });
};

/** A misplaced body: `GET` has one, `POST` has fewer bytes than it says. */
const badHttp = changed((request, { method }) =>
  method === 'GET'
    ? { ...request, payload: 'x', headers: { ...request.headers, 'content-type': 'text/plain' } }
    : { ...request, headers: { ...request.headers, 'content-length': '9999' } },
);

/** A route whose body has fixed members gets one more; else a parameter is malformed or unknown. */
const badField = changed((request, document) => {
  const { url } = request;
  if (Reflect.get(document.body ?? {}, 'additionalProperties') === false) {
    return { ...request, payload: goodBody(document, subjects, { extra: 1 }) };
  }
  const malformed = url.replace(/(req_|sample)[^/?]*/, 'NONE');
  if (document.params !== undefined && malformed !== url) return { ...request, url: malformed };
  return { ...request, url: `${url}${url.includes('?') ? '&' : '?'}extra=1` };
});

const withMembers = (members: object) =>
  changed((request, document) => ({ ...request, payload: goodBody(document, subjects, members) }));

const OUTSIDE_THE_PROFILE = {
  ...SAMPLE_DOCUMENT.policy,
  rules: [{ id: 'slow', when: 'authority.status.matches("a*")', verdict: 'allow', reason: 'slow' }],
};

/** On a boundary of its own that knows an approval issuer: a check with what that signed. */
const approved =
  (
    choose: (
      signing: { sign: (claims: Record<string, unknown>) => Promise<string> },
      send: (jws: string) => Promise<LightMyRequestResponse>,
    ) => Promise<string>,
  ): Provocation =>
  async () => {
    const approver = new Approver();
    const verifyApproval = approver.verifier();
    const harness = await Harness.open({ ports: () => ({ verifyApproval }) });
    try {
      const key = await harness.makeKey();
      const request_hash = requestHashOf({});
      const sign = (claims: Record<string, unknown>) => approver.sign({ request_hash, ...claims });
      const send = (jws: string) => harness.check(key, { authorization_evidence: jws });
      return await send(await choose({ sign }, send));
    } finally {
      await harness.close();
    }
  };

const PROVOCATIONS: Partial<Record<ErrorCode, Provocation>> = {
  ERR_HTTP: badHttp,
  ERR_RATE_LIMITED: broken({
    ports: () => ({
      rateLimits: new RateLimits({ ...RATE_LIMITS_OFF, perAddress: 0.25 }, () => 0),
    }),
  }),
  ERR_METHOD_NOT_ALLOWED: changed((request) => ({ ...request, method: 'DELETE' })),
  ERR_INTERNAL: broken({}, ({ server }) => {
    server.addHook('preHandler', () => {
      throw new TypeError('canary in a message');
    });
  }),
  ERR_UNAUTHENTICATED: changed((request) => ({
    ...request,
    headers: { ...request.headers, authorization: 'Bearer none' },
  })),
  ERR_FORBIDDEN: (document) =>
    // Each door with the key of the other.
    boundary.inject(
      goodRequest(document, {
        key: subjects.operatorToken,
        operatorToken: key,
        personToken: key,
      }),
    ),
  ERR_STORE_UNAVAILABLE: broken({
    ports: ({ reader }) => ({
      reader: overrideReader(reader, {
        apiKeys: () => {
          throw new CratonError('ERR_STORE_UNAVAILABLE', 'No store.');
        },
        listStreams: () => Promise.reject(new CratonError('ERR_STORE_UNAVAILABLE', 'No store.')),
      }),
    }),
  }),
  ERR_REQUEST_FIELD: badField,
  ERR_NOT_FOUND: (document) => {
    const missing = {
      ...{ requestId: NOBODYS_REQUEST, keyId: 'key_of-nobody', actId: 'act_of-nobody' },
      ...{ proposal: DIGEST, refusableProposal: DIGEST },
    };
    const request = goodRequest(document, missing);
    const hasNothingYet = document.operationId === 'getSampleReceipt';
    if (hasNothingYet || document.path.endsWith('/checkpoint')) return broken({})(document);
    if (document.operationId === 'getPosture') {
      return broken({ ports: () => ({ posture: undefined }) })(document);
    }
    const url = request.url
      .replace('sample-threshold', 'no-such-path')
      .replace('000.p/1', '999.p/1');
    return boundary.inject({ ...request, url });
  },
  ERR_PROOF_PENDING: decided({}),
  ERR_NOT_READY: async (document) => {
    if (document.path === '/readyz') {
      const measure = () => Promise.reject(new CratonError('ERR_STORE_UNAVAILABLE', 'No store.'));
      return broken({ probes: [{ id: 'store', measure }] })(document);
    }
    const harness = await Harness.open({
      ports: ({ material }) => ({ material: { ...material, keys: [] } }),
    });
    const good = await makeKeys(harness);
    await harness.keepSample();
    const made = await harness.check(good.key);
    const { request_id } = made.json<{ request_id: string }>();
    const request = goodRequest(document, good);
    const url = request.url.replace(subjects.requestId, request_id);
    const answer = await harness.inject({ ...request, url });
    await harness.close();
    return answer;
  },
  ERR_REQUEST_TOO_LARGE: withBody('x'.repeat(256 * 1024 + 1)),
  ERR_CONTENT_TYPE: changed((request) => ({
    ...request,
    headers: { ...request.headers, 'content-type': 'text/plain' },
  })),
  ERR_ENCODING: withBody(Uint8Array.of(0xff)),
  ERR_JSON_SYNTAX: withBody('{'),
  ERR_JSON_DUPLICATE_KEY: withBody('{"a":1,"a":1}'),
  ERR_JSON_NUMBER: withBody('{"a":1e5}'),
  ERR_JSON_DEPTH: withBody('[[[[[[[]]]]]]]'),
  ERR_JSON_UNICODE: withBody('"\\ud800"'),
  ERR_REQUEST_CONTENT_REFUSED: withMembers({ case_id: '4111111111111111' }),
  ERR_IDEMPOTENCY_CONFLICT: async (document) => {
    const made = await boundary.check(key, { external_reference: `conflict of ${document.path}` });
    const { request_id: requestId } = made.json<{ request_id: string }>();
    const request = goodRequest(document, { requestId });
    const headers = { ...request.headers, 'idempotency-key': `every error of ${document.path}` };
    await boundary.inject({ ...request, headers });
    const other = goodBody(document, { ...subjects, requestId }, { action_digest: DIGEST });
    return boundary.inject({ ...request, headers, payload: other });
  },
  ERR_PATH_APPLY_REFUSED: broken({ ports: () => ({ hasDevelopmentPrivileges: false }) }),
  ERR_PATH_DOCUMENT: withMembers({ schema: 'canary' }),
  ERR_POLICY_RULE: withMembers({ policy: OUTSIDE_THE_PROFILE }),
  ERR_LEDGER_CHANGE: withMembers({ partner_id: 'nobody' }),
  ERR_RECORD_CONFLICT: broken({
    ports: ({ admin }) => ({
      admin: overrideAdmin(admin, {
        apply: () => Promise.reject(new CratonError('ERR_RECORD_CONFLICT', 'Too late.')),
      }),
    }),
  }),
  ERR_ROLLOUT_REFUSED: elsewhere((keys) => ({ personToken: keys.proposerToken })),
  ERR_OPERATOR_RECORD: elsewhere(() => ({}), { reason: '  ' }),
  ERR_GATE_POLICY: withMembers({ policy: {} }),
  ERR_QUEUE_FULL: unavailable('ERR_QUEUE_FULL'),
  ERR_DEADLINE: broken({ deadlineMs: 0 }),
  ERR_CLOCK_UNTRUSTED: decided({}, (harness) => {
    harness.clockOffsetMs = -60_000;
  }),
  ERR_NOTHING_PERMITTED: decided({ decision_size_usd: 9_000_000 }),
  ERR_ACTION_MISMATCH: decided({ action_digest: DIGEST }),
  ERR_ALREADY_CLAIMED: decided({}, (harness, key, request_id) =>
    harness.report('claim', key, { request_id }),
  ),
  ERR_ALREADY_CONFIRMED: decided({}, (harness, key, request_id) =>
    harness.report('confirm', key, { request_id, outcome: 'executed' }),
  ),
  ERR_DECISION_EXPIRED: decided({}, (harness) => {
    harness.clockOffsetMs = 300_000;
  }),
  ERR_TOO_MANY_CONFIRMATIONS: decided({}, async (harness, key, request_id) => {
    for (let count = 0; count < CONFIRMATIONS_MAX; count++) {
      await harness.report('confirm', key, { request_id, outcome: 'executed' });
    }
  }),
  ERR_SIGNING: (document) => {
    if (document.operationId !== 'getPosture') return unavailable('ERR_SIGNING')(document);
    const current = () => Promise.reject(new CratonError('ERR_SIGNING', 'No signer.'));
    return broken({ ports: () => ({ posture: { current } }) })(document);
  },
  ERR_APPROVAL_INVALID: approved(({ sign }) => sign({ aud: 'somebody.else' })),
  ERR_APPROVAL_EXPIRED: approved(({ sign }) => sign({ exp: 1 })),
  ERR_APPROVAL_REPLAYED: approved(async ({ sign }, send) => {
    const jws = await sign({});
    await send(jws);
    return jws;
  }),
};

const CASES = API_DOCUMENTS.flatMap((document) =>
  [...COMMON_ERRORS, ...document.errors]
    // Of a server that closes: tested over a socket below.
    .filter((code) => code !== 'ERR_SHUTTING_DOWN')
    .map((code) => [`${document.method} ${document.path}`, code, document] as const),
);

describe('every route', () => {
  it.each(API_DOCUMENTS.map((document) => [document.path, document] as const))(
    '%s answers 200 to a good request, as its schema says',
    async (_path, document) => {
      const answer = await boundary.inject(goodRequest(document));
      expect(answer.statusCode).toBe(200);
      const { contentType, schema } = document.answer;
      const isBinary = contentType === 'application/octet-stream';
      expect(answer.headers['content-type']).toBe(
        isBinary ? contentType : `${contentType}; charset=utf-8`,
      );
      const values = contentType.endsWith('jsonl')
        ? answer.body.trimEnd().split('\n')
        : [answer.body];
      for (const value of values) {
        if (schema !== undefined) Value.Assert(schema, JSON.parse(value));
      }
    },
  );

  it.each(CASES)('%s answers %s', async (_route, code, document) => {
    const provoke = PROVOCATIONS[code];
    if (provoke === undefined) throw new Error(`Nobody provokes ${code}.`);
    const before = boundary.countRows();
    const answer = await provoke(document);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      ERROR_MEANINGS[code].status,
      code,
    ]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['x-request-id']).toBe(answer.json<{ request_id: string }>().request_id);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).not.toContain('canary');
    if (answer.statusCode === 503) expect(answer.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
    if (answer.statusCode === 405) expect(answer.headers.allow).toContain(document.method);
    Value.Assert(Problem, answer.json());
    // A conflict needs a first decision; nothing else leaves a trace.
    if (code !== 'ERR_IDEMPOTENCY_CONFLICT') {
      const after = boundary.countRows();
      expect({ ...after, api_keys: 0 }).toEqual({ ...before, api_keys: 0 });
    }
  });

  it('answers 503 on a connection that it still serves while it shuts down', async () => {
    const harness = await Harness.open();
    const { port } = new URL(await harness.server.listen({ host: '127.0.0.1', port: 0 }));
    // Half a request keeps each connection busy until the server has begun to close.
    const exchanges = API_DOCUMENTS.map((document) => {
      const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
      let received = '';
      socket.on('data', (text: string) => (received += text));
      socket.write(
        'POST /v1/boundary/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
      );
      const ended = new Promise<string>((resolve) => {
        socket.on('close', () => {
          resolve(received);
        });
      });
      return { document, socket, ended };
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const closed = harness.close();
    for (const { document, socket } of exchanges) {
      const { method, url } = goodRequest(document);
      socket.write(`}${method} ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    }
    for (const { document, ended } of exchanges) {
      const [first = '', second = ''] = (await ended).split(/(?=HTTP\/1\.1 )/);
      expect([document.path, first.slice(9, 12)]).toEqual([document.path, '401']);
      expect([document.path, second.slice(9, 12)]).toEqual([document.path, '503']);
      expect(second).toContain('ERR_SHUTTING_DOWN');
      expect(second).toMatch(/retry-after: /i);
    }
    await closed;
  });
});

describe('the four classic mistakes', () => {
  const parameters = API_DOCUMENTS.filter(({ query }) => query !== undefined);
  it.each(parameters.map((document) => [document.path, document] as const))(
    '%s refuses an extra parameter',
    async (_path, document) => {
      const request = goodRequest(document);
      const separator = request.url.includes('?') ? '&' : '?';
      const url = `${request.url}${separator}extra=1`;
      const answer = await boundary.inject({ ...request, url });
      expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, 'extra']);
    },
  );

  it('an extra member is neither dropped nor kept', async () => {
    const answer = await boundary.check(key, { extra: 'canary-extra' });
    expect(answer.statusCode).toBe(400);
    expect(boundary.storedBytes().includes('canary-extra')).toBe(false);
  });

  it('a wrong type is not coerced', async () => {
    for (const members of [
      { decision_size_usd: '500000' },
      { decision_size_usd: true },
      { decision_size_usd: null },
      { case_id: 7 },
      { partner_id: ['northstar_controls'] },
    ]) {
      expect((await boundary.check(key, members)).statusCode).toBe(400);
    }
  });

  it('a missing value is not filled in', async () => {
    expect((await boundary.check(key, { partner_id: undefined })).statusCode).toBe(400);
    const { opening } = (
      await boundary.check(key, { decision_owner: undefined, external_reference: 'no-owner' })
    ).json<{ opening: { facts: Record<string, unknown> } }>();
    expect(opening.facts).not.toHaveProperty('decision_owner');
    expect((await boundary.get('/v1/receipts', key)).statusCode).toBe(400);
  });

  const bodies = API_DOCUMENTS.filter(({ body }) => body !== undefined);
  it.each(bodies.map((document) => [document.path, document] as const))(
    '%s refuses a wrong content type, also of the right bytes',
    async (_path, document) => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/cbor']) {
        const request = goodRequest(document);
        const headers = { ...request.headers, 'content-type': type };
        expect((await boundary.inject({ ...request, headers })).statusCode).toBe(415);
      }
    },
  );
});

describe('partners', () => {
  it('another partner’s key opens nothing of this one', async () => {
    const stranger = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
    for (const document of API_DOCUMENTS.filter(({ scope }) => scope !== undefined)) {
      const keys = { key: stranger, operatorToken: stranger };
      const answer = await boundary.inject(goodRequest(document, keys));
      expect(answer.body).not.toContain('sample-threshold');
      expect(answer.body).not.toContain('payload_b64');
    }
  });
});
