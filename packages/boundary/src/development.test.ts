import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOLDER_ROLES } from '@craton/policy';
import type { Opening } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, PARTNER_ID } from '../test/harness.ts';
import { makeProposal } from '../test/people.ts';
import { SAMPLE_DOCUMENT } from '../test/sample.ts';
import { apiKeySha256, isApiKeyText } from './api-key.ts';
import { API_KEY_LIFETIME_MS, prepareDevelopment, writeCredentials } from './development.ts';

let folder: string;
let file: string;
let boundary: Harness;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'craton-development-'));
  file = join(folder, 'data', 'dev-credentials.json');
  boundary = await Harness.open();
});
afterEach(async () => {
  await boundary.close();
  rmSync(folder, { recursive: true });
});

/** One start, as the process does it. */
async function start(harness: Harness = boundary, hasStaging = false): Promise<string> {
  const keys = await prepareDevelopment({
    reader: harness.ledger.reader,
    admin: harness.ledger.admin,
    operatorRecords: harness.ledger.operatorRecords,
    environment: ENVIRONMENT,
    hasStaging,
    credentialsFile: file,
    nowMs: () => harness.nowMs(),
  });
  writeCredentials(file, 'http://127.0.0.1:1234', keys);
  return keys.boundary_api_key;
}

const operatorToken = () => credentials()['operator_token'] as string;
const credentials = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

describe('the first start', () => {
  it('writes a key that works, for its owner alone', async () => {
    const key = await start();
    expect(isApiKeyText(key)).toBe(true);
    expect(credentials()).toEqual({
      base_url: 'http://127.0.0.1:1234',
      boundary_api_key: key,
      operator_token: operatorToken(),
      auditor_token: expect.stringMatching(/^craton_ops_development_/) as string,
      people: expect.any(Array) as unknown,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect((await boundary.check(key)).json()).toMatchObject({ verdict: 'allow' });
    const record = boundary.ledger.reader.apiKeys().get(apiKeySha256(key));
    expect(record).toMatchObject({
      kind: 'bnd',
      environment: ENVIRONMENT,
      partnerId: PARTNER_ID,
      scopes: ['check', 'claim', 'confirm', 'read'],
    });
    const lifetimeMs = (record?.expiresAtMs ?? 0) - boundary.nowMs();
    expect(Math.abs(lifetimeMs - API_KEY_LIFETIME_MS)).toBeLessThan(10_000);
  });
});

describe('the operator token', () => {
  it('opens the operator API with both scopes, and not the boundary', async () => {
    await start();
    const token = operatorToken();
    expect((await boundary.get('/operator/api/api-keys', token)).statusCode).toBe(200);
    const record = boundary.ledger.reader.apiKeys().get(apiKeySha256(token));
    expect(record).toMatchObject({ kind: 'ops', scopes: ['read', 'admin'] });
    expect(record).not.toHaveProperty('partnerId');
    expect((await boundary.check(token)).statusCode).toBe(403);
  });

  it('what the start made stands among the events, once', async () => {
    await start();
    await start();
    const { admin } = boundary.ledger;
    const events = await admin.listEvents(0, 100);
    // Of a host, an operator, an auditor and five people.
    const issued = Array.from({ length: 8 }, () => ['start', 'api_key_issued']);
    expect(events.map(({ actor, action }) => [actor, action])).toEqual(issued);
    for (const { subjectText } of events) expect(subjectText).not.toContain('craton_');
  });
});

describe('demo people', () => {
  interface Listed {
    readonly name: string;
    readonly act_id: string;
    readonly roles: readonly string[];
    readonly token: string;
  }
  const people = () => credentials()['people'] as Listed[];
  const governance = async (harness: Harness = boundary) =>
    (await harness.get('/operator/api/governance', operatorToken())).json<{
      set_up_by_start: boolean;
      records: number;
      role_holders: { path?: string; role_holders: Record<string, string[]> }[];
    }>();

  it('are five, play all roles, and act by tokens of their own', async () => {
    await start();
    const roles = people().flatMap((one) => one.roles);
    expect(new Set(people().map((one) => one.act_id)).size).toBe(5);
    expect([...roles].sort()).toEqual([...HOLDER_ROLES].sort());
    for (const { act_id, token } of people()) {
      const session = await boundary.get('/operator/api/session', token);
      expect(session.json()).toMatchObject({ actor: act_id, act_id, via: 'token' });
    }
    const { set_up_by_start: isMarked, role_holders: listed } = await governance();
    const held = Object.fromEntries(
      people().flatMap((one) => one.roles.map((role) => [role, [one.act_id]])),
    );
    expect([isMarked, listed]).toEqual([true, [{ role_holders: held }]]);
  });

  it('stay who they are over starts, and in a new store', async () => {
    await start();
    const before = people();
    await start();
    expect(people()).toEqual(before);
    expect((await governance()).records).toBe(2);
    rmSync(file);
    await start();
    expect(people().map((one) => one.act_id)).toEqual(before.map((one) => one.act_id));
    expect(people().map((one) => one.token)).not.toEqual(before.map((one) => one.token));
    const fresh = await Harness.open();
    await start(fresh);
    const session = await fresh.get('/operator/api/session', people()[0]?.token);
    expect(session.json()).toMatchObject({ act_id: people()[0]?.act_id });
    await fresh.close();
  });

  it('get no role where people have given roles already', async () => {
    await start();
    const { ledger } = boundary;
    const [chain = ''] = (await ledger.operatorRecords.listChains('governance:')).map(
      (head) => head.chain,
    );
    const [first, second] = people();
    const proposal = await makeProposal(boundary, first?.act_id ?? '', second?.act_id ?? '');
    await boundary.inject({
      method: 'POST',
      url: '/operator/api/governance/confirm',
      headers: { authorization: `Bearer ${second?.token}`, 'content-type': 'application/json' },
      payload: JSON.stringify({ proposal }),
    });
    await start();
    const { role_holders: listed, records } = await governance();
    expect([chain, records]).toEqual(['governance:development', 4]);
    expect(listed).toEqual([{ role_holders: { security_owner: [second?.act_id] } }]);
  });

  it('take over no token of somebody else', async () => {
    await start();
    const [first, ...others] = people();
    const swapped = [{ ...first, token: others[0]?.token }, ...others];
    writeFileSync(file, JSON.stringify({ ...credentials(), people: swapped }));
    await start();
    expect(people()[0]?.token).not.toBe(others[0]?.token);
  });
});

describe('the auditor token', () => {
  it('reads what auditors read, and changes nothing', async () => {
    await start();
    const token = String(credentials()['auditor_token']);
    for (const path of ['events', 'people', 'governance', 'api-keys']) {
      expect((await boundary.get(`/operator/api/${path}`, token)).statusCode).toBe(200);
    }
    const answer = await boundary.inject({
      method: 'POST',
      url: '/operator/api/partners',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      payload: '{"partner_id":"newcomer"}',
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('staging', () => {
  it('has the sample path and a key that works, kept until it is no longer served', async () => {
    const harness = await Harness.open({ hasStaging: true });
    await start(harness, true);
    const { staging_api_key: key } = credentials();
    expect(key).toMatch(/^craton_sts_staging_/);
    const answer = (await harness.check(String(key))).json<{ opening: Opening; verdict: string }>();
    expect([answer.verdict, answer.opening.environment]).toEqual(['allow', 'staging']);
    await start(harness, true);
    expect(credentials()['staging_api_key']).toBe(key);
    await start(harness);
    expect(credentials()).not.toHaveProperty('staging_api_key');
    await harness.close();
  });
});

describe('later starts', () => {
  it('keep the key and everything else in the file', async () => {
    const key = await start();
    const token = operatorToken();
    writeFileSync(file, JSON.stringify({ ...credentials(), self_service_api_key: 'kept' }));
    const before = credentials();
    expect(await start()).toBe(key);
    expect(credentials()).toEqual(before);
    expect(credentials()).toMatchObject({ operator_token: token, self_service_api_key: 'kept' });
    const keys = boundary.ledger.reader.apiKeys();
    expect(keys.size).toBe(8);
  });

  it('replace a key that is revoked or expired', async () => {
    const first = await start();
    const { keyId } = boundary.ledger.reader.apiKeys().get(apiKeySha256(first))!;
    await boundary.ledger.admin.apply({ kind: 'revoke_api_key', keyId });
    const second = await start();
    boundary.clockOffsetMs = API_KEY_LIFETIME_MS + 1;
    const third = await start();
    expect(new Set([first, second, third]).size).toBe(3);
    expect((await boundary.check(third)).statusCode).toBe(200);
  });

  it('give a new store the key of the file', async () => {
    const key = await start();
    const fresh = await Harness.open();
    expect(await start(fresh)).toBe(key);
    expect((await fresh.check(key)).statusCode).toBe(200);
    await fresh.close();
  });

  it.each([
    ['that is no key', 'not a key'],
    ['of another environment', 'craton_bnd_production_'],
  ])('do not take over a text %s', async (_title, text) => {
    const key = await start();
    writeFileSync(file, JSON.stringify({ ...credentials(), boundary_api_key: text }));
    const next = await start();
    expect([next === key, isApiKeyText(next)]).toEqual([false, true]);
  });

  it('leave a sample path that was changed as it is', async () => {
    const documentText = JSON.stringify({ ...SAMPLE_DOCUMENT, version: 2, enforcement: 'observe' });
    await boundary.ledger.admin.apply({
      kind: 'apply_path',
      environment: ENVIRONMENT,
      documentText,
    });
    const key = await start();
    const path = await boundary.get('/v1/paths/sample-threshold', key);
    expect(path.json()).toMatchObject({ version: 2, enforcement: 'observe' });
  });

  it('refuse a file that is no JSON, without showing it', async () => {
    await start();
    writeFileSync(file, 'canary');
    await expect(start()).rejects.toMatchObject({ code: 'ERR_CONFIG', field: 'CRATON_DATA_DIR' });
    await expect(start()).rejects.not.toThrow('canary');
  });
});
