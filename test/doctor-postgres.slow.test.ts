/** `craton doctor` and a real PostgreSQL. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  makePostgresStore,
  type PostgresStoreUnderTest,
} from '../packages/boundary/test/postgres-store.ts';
import { craton, fakeContext, jsonOf } from '../packages/cli/test/fake-context.ts';

interface Finding {
  readonly id: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

let store: PostgresStoreUnderTest;

beforeEach(() => {
  store = makePostgresStore();
});

afterEach(() => store.remove());

async function examine(env: Record<string, string>): Promise<Finding> {
  const context = fakeContext();
  if (env['DATABASE_URL_FILE'] !== undefined) {
    const file = join(context.cwd, 'database-url.txt');
    writeFileSync(file, `${env['DATABASE_URL_FILE']}\n`);
    env = { DATABASE_URL_FILE: file };
  }
  const ran = await craton({ ...context, env: { PORT: '0', ...env } }, 'doctor', '--json');
  const { findings } = jsonOf(ran) as { findings: Finding[] };
  const found = findings.find(({ id }) => id === 'database');
  if (found === undefined) throw new Error('The database was not looked at.');
  return found;
}

it('finds a store that is not made yet, and one that is', async () => {
  const { url } = await store.database();
  expect(await examine({ DATABASE_URL: url })).toEqual({
    id: 'database',
    status: 'ok',
    detail: expect.stringMatching(/^PostgreSQL \d.*\. It holds no store yet/) as string,
  });
  const ledger = await store.open();
  const identity = await ledger.reader.storeIdentity();
  await ledger.close();
  const found = await examine({ DATABASE_URL: url });
  expect(found.status).toBe('ok');
  expect(found.detail).toContain(`store ${identity}, all migrations applied`);
  // By a file, too; what is in it is not looked into to find out where this runs.
  expect((await examine({ DATABASE_URL_FILE: url })).detail).toContain(`store ${identity}`);
});

it('warns of a superuser outside development', async () => {
  await (await store.open()).close();
  const { url } = await store.database();
  const found = await examine({ DATABASE_URL: url, CRATON_ENV: 'production' });
  expect(found.status).toBe('degraded');
  expect(found.detail).toContain('superuser');
});

it('says what to do about a store that does not answer, and never its password', async () => {
  const found = await examine({ DATABASE_URL: 'postgres://craton:canary@127.0.0.1:1/craton' });
  expect(found.status).toBe('blocked');
  expect(found.detail).toContain('ECONNREFUSED');
  expect(found.fix).toContain('DATABASE_URL');
  expect(JSON.stringify(found)).not.toContain('canary');
});
