/** Doctor: a PostgreSQL store, asked by a process of the boundary that changes nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CratonError, Members, parseStrict, utf8 } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { readFileOrFail } from '../files.ts';
import { isDevelopment } from './check-settings.ts';
import { type Finding, ok, problem } from './finding.ts';

const ID = 'database';
/** A database that has said nothing by then is not waited for. */
const EXAMINE_MS_MAX = 15_000;

/** The address of a PostgreSQL store; undefined where DATABASE_URL names none. */
export function postgresUrlOf({ env, cwd }: CliContext): string | undefined {
  const file = env['DATABASE_URL_FILE'];
  const isThere = file !== undefined && existsSync(resolve(cwd, file));
  const named = isThere ? Buffer.from(readFileOrFail(resolve(cwd, file))).toString('utf8') : '';
  const url = (env['DATABASE_URL'] ?? named).trim();
  return /^postgres(?:ql)?:\/\//.test(url) ? url : undefined;
}

/** Connects with a short deadline; tells version, migrations, privileges and identity. */
export async function checkPostgres(context: CliContext, url: string): Promise<Finding> {
  try {
    const answer = parseStrict(utf8(await examine(context, url)), {
      numbers: 'safe',
      depthMax: 4,
    });
    return judge(Members.of(answer, 'answer', 'ERR_FORMAT'), isDevelopment(context.env));
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const what = `The database was not examined within ${EXAMINE_MS_MAX / 1000} s.`;
    return problem(ID, 'blocked', [what, 'See that it runs and can be reached from here.']);
  }
}

async function examine({ projectDir }: CliContext, url: string): Promise<string> {
  const entryFile = resolve(projectDir, 'packages/boundary/src/examine-database.ts');
  const child = spawn(process.execPath, [entryFile], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: EXAMINE_MS_MAX,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  child.stdin.on('error', () => undefined);
  child.stdin.end(url);
  const said = await text(child.stdout);
  await ended;
  return said;
}

function judge(seen: Members, isOnDevelopmentMachine: boolean): Finding {
  const kind = seen.oneOf('kind', ['answered', 'unreachable', 'unfit']);
  if (kind !== 'answered') return judgeFailure(kind, seen.text('reason'));
  const migrations = seen.members('migrations');
  const missing = migrations.integer('known', 0) - migrations.integer('applied', 0);
  const version = `PostgreSQL ${seen.text('server_version')}`;
  const lacking = seen.textList('lacking_privileges');
  if (lacking.length > 0) {
    const what = `${version}. Its role lacks ${lacking.join(', ')}.`;
    return problem(ID, 'blocked', [what, 'Grant that to the role of DATABASE_URL.']);
  }
  const unsafe = seen.textList('unsafe_settings');
  if (unsafe.length > 0 && !isOnDevelopmentMachine) {
    const what = `${version} runs with ${unsafe.join(' and ')} off, and may lose receipts.`;
    return problem(ID, 'blocked', [what, 'Set it to on; the boundary refuses to start.']);
  }
  if (missing > 0 && !seen.has('store_identity')) {
    return ok(ID, `${version}. It holds no store yet; the first start makes it.`);
  }
  const identity = seen.text('store_identity');
  if (missing > 0) {
    const what = `${version}, store ${identity}. It lacks ${missing} migrations.`;
    return problem(ID, 'degraded', [what, 'Back it up; the next start applies them.']);
  }
  if (seen.value('is_superuser') === true && !isOnDevelopmentMachine) {
    const what = `${version}, store ${identity}. Its role is a superuser.`;
    return problem(ID, 'degraded', [what, 'Give the boundary a role of its own.']);
  }
  return ok(ID, `${version}, store ${identity}, all migrations applied.`);
}

function judgeFailure(kind: 'unreachable' | 'unfit', reason: string): Finding {
  const fix =
    kind === 'unreachable'
      ? 'See that DATABASE_URL is right, that the server runs, and that it lets this role in.'
      : 'Use the version that made the store, or restore a backup.';
  return problem(ID, 'blocked', [`DATABASE_URL: ${reason}`, fix]);
}
