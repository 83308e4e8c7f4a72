/** `craton drafts grant`: a PostgreSQL role for self-service that can touch its own table only. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseReadinessConfig, refusesManagedHosts } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { scramVerifier } from '../drafts/scram-verifier.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { readFileOrFail, SECRET_MODE, writeNewFile } from '../files.ts';
import { parseAnswer } from '../server/server-client.ts';

export interface GrantOptions {
  readonly role: string;
  readonly apply?: boolean;
  readonly passwordOut?: string;
  readonly json?: boolean;
}

const ADMIN_URL = 'CRATON_DRAFTS_ADMIN_DATABASE_URL';
const ROLE = 'craton_drafts';
const ROLE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const PASSWORD_BYTES = 24;
const GRANT_MS_MAX = 120_000;

export function addDraftsCommand(program: Command, context: CliContext, run: Run): void {
  const drafts = program
    .command('drafts')
    .summary('the draft store of self-service')
    .description('Prepares the draft store. Drafts themselves: craton draft.');
  describe(drafts, 'grant', {
    summary: 'a PostgreSQL role that can touch the draft table only',
    description:
      'Prints the SQL that makes the role, or with --apply runs it at the address in ' +
      `${ADMIN_URL} (or the file of ${ADMIN_URL}_FILE), after making the draft tables where they ` +
      'are not there yet. The role may add and read drafts, and read which migrations were made. The ' +
      'SQL looks at the end what the role can do by whatever way, and undoes itself if that is more.',
    examples: [
      'craton drafts grant > grant.sql',
      'craton drafts grant --apply --password-out draft-role-password.txt',
    ],
  })
    .option('--role <name>', 'name of the role', ROLE)
    .option('--apply', `run it at ${ADMIN_URL}`)
    .option('--password-out <file>', 'make a password, into a new file')
    .action((options: GrantOptions) => run(() => grantDrafts(context, options))());
}

/** Prints the SQL, or runs it; only a new file learns the password. */
export async function grantDrafts(context: CliContext, options: GrantOptions): Promise<void> {
  const { role, apply, passwordOut, json } = options;
  if (!ROLE_NAME.test(role)) throw usageFailure('A role is lower-case letters, digits and _.');
  const adminUrl = apply === true ? adminUrlOf(context) : undefined;
  const ask = (verifier: object): Promise<string> =>
    askSelfService(context, {
      role,
      ...verifier,
      ...(adminUrl !== undefined && { admin_url: adminUrl }),
    });
  const sql =
    passwordOut === undefined ? await ask({}) : await withPassword(context, passwordOut, ask);
  const isApplied = adminUrl !== undefined;
  if (json === true) context.out(JSON.stringify({ role, applied: isApplied, sql }));
  else if (!isApplied) context.out(sql.trimEnd());
  else {
    context.out(`The role ${role} can use the draft store, and nothing else of that database.`);
    context.out('Put it into SELF_SERVICE_DATABASE_URL of self-service.');
  }
}

/** Never from the command line, where other programs would see it. */
function adminUrlOf(context: CliContext): string {
  const { env, cwd } = context;
  const file = env[`${ADMIN_URL}_FILE`];
  const named =
    file === undefined ? '' : Buffer.from(readFileOrFail(resolve(cwd, file))).toString();
  const url = (env[ADMIN_URL] ?? named).trim();
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw usageFailure(
      `${ADMIN_URL} must be set, to postgres://...`,
      'Its role must own the draft tables.',
    );
  }
  const { config } = parseReadinessConfig({ ...env, SELF_SERVICE_DATABASE_URL: url });
  if (!refusesManagedHosts(config, context.now())) return url;
  throw new CommandFailure(`${ADMIN_URL} names a managed database, and this is development.`, {
    code: 'production_database_refused',
    nextStep: 'Set CRATON_ENV to the environment that is meant. No connection was opened.',
  });
}

/** The file is made first: a password that could not be kept would be in force, and lost. */
async function withPassword(
  { cwd }: CliContext,
  file: string,
  ask: (verifier: object) => Promise<string>,
): Promise<string> {
  const path = resolve(cwd, file);
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  writeNewFile(path, `${password}\n`, SECRET_MODE);
  try {
    return await ask({ password_verifier: scramVerifier(password) });
  } catch (error) {
    rmSync(path);
    throw error;
  }
}

/** The SQL is that of the tables, which self-service alone knows. */
async function askSelfService({ projectDir }: CliContext, asked: object): Promise<string> {
  const child = spawn(
    process.execPath,
    [resolve(projectDir, 'packages/self-service/src/grant/main.ts')],
    { env: {}, stdio: ['pipe', 'pipe', 'ignore'], timeout: GRANT_MS_MAX, killSignal: 'SIGKILL' },
  );
  const ended = once(child, 'close');
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(asked));
  const said = await text(child.stdout);
  await ended;
  if (said === '') throw failed('The database was not asked to the end.');
  const { sql, refused } = parseAnswer(Buffer.from(said));
  if (typeof sql === 'string') return sql;
  throw failed(typeof refused === 'string' ? refused : 'The role was not made.');
}

function failed(message: string): CommandFailure {
  return new CommandFailure(message, {
    code: 'grant_refused',
    nextStep: 'Nothing was granted. Run it as the owner of the draft tables.',
  });
}
