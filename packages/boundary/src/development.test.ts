import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Opening } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, PARTNER_ID } from '../test/harness.ts';
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
    expect(events.map(({ actor, action }) => [actor, action])).toEqual([
      ['start', 'api_key_issued'],
      ['start', 'api_key_issued'],
    ]);
    for (const { subjectText } of events) expect(subjectText).not.toContain('craton_');
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
    writeFileSync(file, JSON.stringify({ ...credentials(), auditor_token: 'kept' }));
    expect(await start()).toBe(key);
    expect(credentials()).toEqual({
      base_url: 'http://127.0.0.1:1234',
      boundary_api_key: key,
      operator_token: token,
      auditor_token: 'kept',
    });
    const keys = boundary.ledger.reader.apiKeys();
    expect(keys.size).toBe(2);
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
