/** `craton start` in development where only DATABASE_URL is set: what readiness says is what is done. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type TestDatabase } from '@craton/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCraton, type Running, startCraton } from '../packages/cli/test/craton-process.ts';

let folder: string;
let database: TestDatabase;
let servers: Running | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'craton-one-database-'));
  database = await createDatabase();
});
afterEach(async () => {
  await servers?.end('SIGTERM');
  servers = undefined;
  await database.drop();
  rmSync(folder, { recursive: true });
});

const DATA = '.craton';

/** Saves a draft by the smoke test, and answers how readiness names the place. */
async function isolationAfterSaving(url: string): Promise<string | undefined> {
  const env = { CRATON_DATA_DIR: join(folder, DATA) };
  servers = startCraton(folder, ['start', '--json'], { ...env, PORT: '0', DATABASE_URL: url });
  await servers.waitFor('craton.start.v1');
  const smoke = await runCraton(
    folder,
    ['smoke', 'self-service', '--env', 'development', '--json'],
    env,
  );
  expect([smoke.code, smoke.out]).toEqual([0, expect.stringContaining('"passed"')]);
  const text = readFileSync(join(folder, DATA, 'dev-credentials.json'), 'utf8');
  const { base_url: baseUrl } = JSON.parse(text) as { base_url: string };
  const answer = await fetch(`${baseUrl}/self-service/readiness.json`);
  return ((await answer.json()) as Record<string, string>)['draft_store_isolation'];
}

describe('a start with one database', () => {
  it('of PostgreSQL puts drafts beside the ledger, and says so', async () => {
    expect(await isolationAfterSaving(database.url)).toBe('primary_fallback');
    const [row] = await database.query<{ count: string }>(
      'SELECT count(*) FROM self_service_drafts',
    );
    expect(row?.count).toBe('3');
    expect(existsSync(join(folder, DATA, 'self-service.db'))).toBe(false);
  });

  it('in a file gives drafts a file of their own: one process writes each', async () => {
    expect(await isolationAfterSaving(`sqlite:${join(folder, 'ledger.db')}`)).toBe('dedicated');
    expect(existsSync(join(folder, DATA, 'self-service.db'))).toBe(true);
  });
});
