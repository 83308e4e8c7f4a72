/** Signed approvals over HTTP: what is believed, what is refused, and what stays the host's word. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalize, digestBytes, type Opening, utf8 } from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Approver, type ApprovalTerms, requestHashOf } from '../../test/approver.ts';
import { ENVIRONMENT, Harness, ISSUER } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT } from '../../test/sample.ts';
import { loadApprovalIssuers } from '../approval/load-approval-issuers.ts';

interface Answer {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly opening: Opening;
  readonly code?: string;
  readonly field?: string;
}

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;
const STRICT_SCOPE = 'vault_console';
const ACTION = digestBytes(utf8('the action'));

const approver = new Approver('https://approvals.example', ALGORITHMS);
const twin = new Approver('https://other.example', ALGORITHMS);
const stranger = new Approver('https://nobody.example');
let boundary: Harness;
let key: string;
let references = 0;

beforeAll(async () => {
  const verifyApproval = approver.verifier(twin);
  boundary = await Harness.open({ ports: () => ({ verifyApproval }) });
  key = await boundary.makeKey();
  const authority = { ...SAMPLE_DOCUMENT.authority, minimum_class: 'signature_verified' };
  const strict = { path_id: 'strict', system_scope: STRICT_SCOPE, authority };
  const documentText = canonicalize({ ...SAMPLE_DOCUMENT, ...strict });
  await boundary.ledger.admin.apply({ kind: 'apply_path', environment: ENVIRONMENT, documentText });
});
afterAll(async () => {
  await boundary.close();
});

/** A request of its own for each test. */
function freshMembers(): Record<string, unknown> {
  return { external_reference: `approved-${references++}` };
}

async function send(members: Record<string, unknown>, jws: string, headers = {}) {
  const answer = await boundary.check(key, { ...members, authorization_evidence: jws }, headers);
  return { status: answer.statusCode, headers: answer.headers, ...answer.json<Answer>() };
}

/** Asks with an approval of the request itself, unless the claims say otherwise. */
async function ask(claims: Record<string, unknown> = {}, terms: ApprovalTerms = {}) {
  const members = freshMembers();
  const bound = { request_hash: requestHashOf(members), ...claims };
  return send(members, await approver.sign(bound, terms));
}

describe('an approval of the request', () => {
  it.each(ALGORITHMS)('signed with %s is verified, and only its digest is kept', async (kid) => {
    const members = { ...freshMembers(), system_scope: STRICT_SCOPE };
    const jws = await approver.sign({ request_hash: requestHashOf(members) }, { kid });
    const { status, verdict, opening } = await send(members, jws);
    expect([status, verdict]).toEqual([200, 'allow']);
    expect(opening.authority).toMatchObject({
      class: 'signature_verified',
      issuer: approver.iss,
      evidence_digest: digestBytes(utf8(jws)),
    });
    const [, claims = '', signature = ''] = jws.split('.');
    for (const secret of [claims, signature]) {
      expect(boundary.storedBytes().includes(secret)).toBe(false);
      expect(boundary.lines.join('')).not.toContain(secret);
    }
  });

  it('or of its action is verified', async () => {
    const members = { ...freshMembers(), action_digest: ACTION };
    const { opening } = await send(members, await approver.sign({ action_digest: ACTION }));
    expect(opening.authority.class).toBe('signature_verified');
  });

  it('needs no kid where one key alone fits', async () => {
    const { opening } = await ask({}, { kid: 'ES256', header: { kid: undefined } });
    expect(opening.authority.class).toBe('signature_verified');
  });

  it('is answered again under its idempotency key, and refused without it', async () => {
    const members = freshMembers();
    const jws = await approver.sign({ request_hash: requestHashOf(members) });
    const first = await send(members, jws, { 'idempotency-key': 'approved' });
    const again = await send(members, jws, { 'idempotency-key': 'approved' });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.opening).toEqual(first.opening);
    expect(await send(members, jws)).toMatchObject({ status: 422, code: 'ERR_APPROVAL_REPLAYED' });
  });
});

describe('stays submitted', () => {
  it('an approval of another request, of a reference alone, or of another action', async () => {
    const request_hash = requestHashOf({ external_reference: 'another' });
    const unbound = [{ request_hash }, { request_hash: undefined }, { action_digest: ACTION }];
    for (const claims of unbound) {
      const { opening } = await ask({ request_hash: undefined, ...claims });
      expect(opening.authority).toMatchObject({ class: 'submitted' });
      expect(opening.authority).not.toHaveProperty('issuer');
      expect(opening.authority.evidence_digest).toBeDefined();
    }
  });

  it('so that a path which asks for more rejects it', async () => {
    const members = { ...freshMembers(), system_scope: STRICT_SCOPE };
    const { verdict, reasons } = await send(members, await approver.sign({}));
    expect([verdict, reasons]).toEqual(['reject', ['authority_class_too_low']]);
  });

  it('whatever an issuer says that nobody configured, good or not', async () => {
    const good = await stranger.sign({});
    for (const jws of [good, `${good.slice(0, -4)}AAAA`, 'no.json.here', 'e30.e30.e30']) {
      const { status, opening } = await send(freshMembers(), jws);
      expect(status).toBe(200);
      expect(opening.authority).toMatchObject({
        class: 'submitted',
        evidence_digest: digestBytes(utf8(jws)),
      });
      expect(opening.authority).not.toHaveProperty('issuer');
    }
  });

  it('everything where no issuer is configured', async () => {
    const harness = await Harness.open();
    const answer = await harness.check(await harness.makeKey(), {
      authorization_evidence: await approver.sign({ request_hash: requestHashOf({}) }),
    });
    expect(answer.json<Answer>().opening.authority.class).toBe('submitted');
    await harness.close();
  });
});

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Another header, claims or signature under what was signed. */
const forged =
  (change: (parts: { header: string; claims: string; signature: string }) => string[]) =>
  async (claims: Record<string, unknown>): Promise<string> => {
    const [header = '', body = '', signature = ''] = (await approver.sign(claims)).split('.');
    return change({ header, claims: body, signature }).join('.');
  };

const FORGERIES: readonly [string, (claims: Record<string, unknown>) => Promise<string>][] = [
  [
    'another signature',
    forged(({ header, claims, signature }) => [header, claims, `B${signature.slice(1)}`]),
  ],
  [
    'other claims',
    forged(({ header, claims, signature }) => {
      const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
      return [header, b64({ ...said, jti: 'other' }), signature];
    }),
  ],
  ['no signature', forged(({ claims }) => [b64({ alg: 'none' }), claims, 'AA'])],
  [
    'a MAC with the public key as its secret',
    forged(({ claims }) => {
      const header = b64({ alg: 'HS256', kid: 'RS256' });
      const secret = JSON.stringify(approver.entry.jwks.keys[2]);
      const mac = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url');
      return [header, claims, mac];
    }),
  ],
  ['a header that is no JSON', forged(({ claims, signature }) => [b64('{'), claims, signature])],
  [
    'a header with a member twice',
    forged(({ claims, signature }) => [
      b64('{"alg":"EdDSA","kid":"EdDSA","kid":"EdDSA"}'),
      claims,
      signature,
    ]),
  ],
  [
    'a key of its own in the header',
    forged(({ claims, signature }) => [
      b64({ alg: 'EdDSA', jwk: stranger.entry.jwks.keys[0] }),
      claims,
      signature,
    ]),
  ],
  ['the signature of another issuer', (claims) => twin.sign({ ...claims, iss: approver.iss })],
  ['the signature of a stranger', (claims) => stranger.sign({ ...claims, iss: approver.iss })],
  ['a key that nobody has', (claims) => approver.sign(claims, { header: { kid: 'unknown' } })],
  ['a key of another kind', (claims) => approver.sign(claims, { header: { kid: 'ES256' } })],
  ['a kid that is no text', (claims) => approver.sign(claims, { header: { kid: 7 } })],
  [
    'an extension to understand',
    (claims) => approver.sign(claims, { header: { crit: ['b64'], b64: true } }),
  ],
  ['another audience', (claims) => approver.sign({ ...claims, aud: 'other.example' })],
  ['no id', (claims) => approver.sign({ ...claims, jti: undefined })],
  ['an id that is no text', (claims) => approver.sign({ ...claims, jti: 7 })],
  ['no end', (claims) => approver.sign({ ...claims, exp: undefined })],
  ['an end as text', (claims) => approver.sign({ ...claims, exp: 'tomorrow' })],
  ['a beginning to come', (claims) => approver.sign({ ...claims, nbf: 4_000_000_000 })],
];

describe('is refused, and nothing is issued', () => {
  it.each(FORGERIES)('%s', async (_name, forge) => {
    const before = boundary.countRows();
    const members = freshMembers();
    const jws = await forge({ request_hash: requestHashOf(members) });
    const answer = await send(members, jws);
    expect([answer.status, answer.code]).toEqual([422, 'ERR_APPROVAL_INVALID']);
    expect(answer.field).toMatch(/^authorization_evidence/);
    expect(boundary.countRows()).toEqual(before);
  });

  it('an approval that has ended, or was used', async () => {
    expect(await ask({ exp: 1_000_000_000 })).toMatchObject({
      status: 422,
      code: 'ERR_APPROVAL_EXPIRED',
    });
    expect((await ask({ jti: 'once' })).status).toBe(200);
    expect(await ask({ jti: 'once' })).toMatchObject({
      status: 422,
      code: 'ERR_APPROVAL_REPLAYED',
    });
  });

  it('of several keys of one kind, unless it says which', async () => {
    const [first, second] = [new Approver(), new Approver()];
    const [one] = first.entry.jwks.keys;
    const [other] = second.entry.jwks.keys;
    const folder = mkdtempSync(join(tmpdir(), 'craton-approvals-'));
    const approvalIssuersFile = join(folder, 'issuers.json');
    const jwks = {
      keys: [
        { ...one, kid: 'a' },
        { ...other, kid: 'b' },
      ],
    };
    writeFileSync(approvalIssuersFile, JSON.stringify({ issuers: [{ iss: first.iss, jwks }] }));
    const verifyApproval = loadApprovalIssuers({ approvalIssuersFile, issuer: ISSUER });
    const harness = await Harness.open({ ports: () => ({ verifyApproval }) });
    const harnessKey = await harness.makeKey();
    const statuses = [];
    for (const kid of [undefined, 'b', 'a']) {
      const authorization_evidence = await first.sign({}, { header: { kid } });
      statuses.push((await harness.check(harnessKey, { authorization_evidence })).statusCode);
    }
    expect(statuses).toEqual([422, 422, 200]);
    await harness.close();
    rmSync(folder, { recursive: true });
  });
});

describe('the file of approval issuers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'craton-issuers-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const load = (text: string) => {
    const approvalIssuersFile = join(folder, 'issuers.json');
    writeFileSync(approvalIssuersFile, text);
    return loadApprovalIssuers({ approvalIssuersFile, issuer: ISSUER });
  };

  it('is optional', () => {
    expect(loadApprovalIssuers({ approvalIssuersFile: undefined, issuer: ISSUER })).toBeUndefined();
    expect(load(JSON.stringify({ issuers: [approver.entry] }))).toBeDefined();
  });

  it('is refused by name where it cannot be read, and with the member at fault', () => {
    const missing = { approvalIssuersFile: join(folder, 'missing.json'), issuer: ISSUER };
    expect(() => loadApprovalIssuers(missing)).toThrow(ConfigError);
    expect(() => load('{')).toThrow(/^CRATON_APPROVAL_ISSUERS_FILE names a file/);
    expect(() => load('{"issuers":[{"iss":""}]}')).toThrow(/issuers\[0\]\.iss/);
  });

  it('is refused for a key that is no point of its curve', () => {
    const [key] = new Approver('a', ['ES256']).entry.jwks.keys;
    const jwks = { keys: [{ ...key, x: b64(Buffer.alloc(32, 1).toString('latin1')) }] };
    expect(() => load(JSON.stringify({ issuers: [{ iss: 'a', jwks }] }))).toThrow(
      /The key ES256 of a is not a public key/,
    );
  });
});
