/**
 * Says, or runs, the SQL of a role for drafts: `craton drafts grant` starts it. Standard input is
 * JSON: `{"role", "password_verifier"?, "admin_url"?}`; with an address the SQL is run there. The
 * answer is JSON on standard output: `{"sql"}`, or `{"refused"}` with a sentence.
 */
import { buffer } from 'node:stream/consumers';
import { Client } from 'pg';
import { CratonError, DEPTH_MAX, Members, parseStrict } from '@craton/protocol';
import { systemSources } from '../sources.ts';
import { openPostgresDrafts } from '../store/postgres.ts';
import { grantSql } from './grant-sql.ts';

const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;

process.stdout.write(JSON.stringify(await answer(await buffer(process.stdin))));

async function answer(input: Uint8Array): Promise<object> {
  try {
    const options = { numbers: 'safe', depthMax: DEPTH_MAX.other } as const;
    const asked = Members.of(parseStrict(input, options), '', 'ERR_CONFIG');
    const passwordVerifier = asked.optionalText('password_verifier');
    const sql = grantSql({
      name: asked.text('role'),
      ...(passwordVerifier !== undefined && { passwordVerifier }),
    });
    const url = asked.optionalText('admin_url');
    if (url !== undefined) await apply(url, sql);
    return { sql };
  } catch (error) {
    return { refused: reasonOf(error) };
  }
}

/** The store is made first, if it is not there: the role could not make it. */
async function apply(url: string, sql: string): Promise<void> {
  await (await openPostgresDrafts(url, systemSources())).close();
  const client = new Client({
    connectionString: url,
    application_name: 'craton-drafts-grant',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What PostgreSQL says of a refused statement names roles and tables, and no address. */
function reasonOf(error: unknown): string {
  if (error instanceof CratonError) return error.message;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const isOfServer = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  return error instanceof Error && isOfServer ? error.message : 'The database does not answer.';
}
