/** Doctor: the data directory, the trust policy, the database, the clock. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CratonError, parseTrustPolicy } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { DataPaths } from '../development/data-directory.ts';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { isDevelopment } from './check-settings.ts';
import { type Finding, ok, problem } from './finding.ts';

const CLOCK_TOLERANCE_MS = 5_000;

export function checkDataDirectory({ directory }: DataPaths): Finding {
  const id = 'data_directory';
  if (!existsSync(directory)) {
    return problem(id, 'missing', [
      `${directory} does not exist.`,
      'Run craton start: it makes the directory. Or set CRATON_DATA_DIR to where it is.',
    ]);
  }
  const { mode } = statSync(directory);
  if ((mode & 0o022) !== 0) {
    return problem(id, 'blocked', [
      `Other users of this machine can write to ${directory}.`,
      `Run: chmod 700 ${directory}`,
    ]);
  }
  if ((mode & 0o055) !== 0) {
    return problem(id, 'degraded', [
      `Other users of this machine can look into ${directory}.`,
      `Run: chmod 700 ${directory}`,
    ]);
  }
  if (!isWritable(directory)) return notWritable(id, directory);
  return ok(id, `${directory} is private and writable.`);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function notWritable(id: string, path: string): Finding {
  return problem(id, 'blocked', [
    `You may not write to ${path}.`,
    'Change its owner, or run Craton as the user who owns it.',
  ]);
}

/** The trust policy of development. Elsewhere verifiers keep their own. */
export function checkTrustPolicy({ trustPolicy }: DataPaths): Finding {
  const id = 'trust_policy';
  if (!existsSync(trustPolicy)) {
    return problem(id, 'missing', [
      `${trustPolicy} does not exist.`,
      'Run craton start: it writes it. Or make one with craton trust make.',
    ]);
  }
  try {
    const { roots } = parseTrustPolicy(readFileOrFail(trustPolicy));
    return ok(id, `It trusts ${roots.map(({ keyId }) => keyId).join(', ')}.`);
  } catch (error) {
    if (!(error instanceof CratonError) && !(error instanceof CommandFailure)) throw error;
    return problem(id, 'blocked', [
      error.message,
      'Correct that line, or move the file away and make one with craton trust make.',
    ]);
  }
}

/** The SQLite file, or undefined where there is none: another kind of store, or no setting. */
export function databaseFileOf({ env }: CliContext, paths: DataPaths): string | undefined {
  const url = env['DATABASE_URL'];
  if (url === undefined) return isDevelopment(env) ? paths.database : undefined;
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined;
}

/** Whether the database can be written, and by whom it is used. */
export function checkDatabase(context: CliContext, paths: DataPaths, isRunning: boolean): Finding {
  const file = databaseFileOf(context, paths);
  if (file === undefined) {
    return problem('database', 'degraded', [
      'DATABASE_URL names no SQLite file, and other stores are not asked here.',
      'The boundary checks its store when it starts.',
    ]);
  }
  const folder = dirname(file);
  if (!existsSync(file)) {
    if (existsSync(folder) && !isWritable(folder)) return notWritable('database', folder);
    return ok('database', `${file} does not exist yet; it is made at the first start.`);
  }
  if (!isWritable(file) || !isWritable(folder)) return notWritable('database', file);
  return checkWriter(file, isRunning);
}

function checkWriter(file: string, isRunning: boolean): Finding {
  const states = [writerState(`${file}.lock`), writerState(file)];
  if (states.includes('unreadable')) {
    return problem('database', 'blocked', [
      `${file} cannot be opened as a SQLite database.`,
      'Put back a copy of it, or set DATABASE_URL to the right file.',
    ]);
  }
  if (!states.includes('taken')) return ok('database', `${file} is writable and not in use.`);
  if (isRunning) return ok('database', `${file} is in use by the boundary that runs here.`);
  return problem('database', 'blocked', [
    `${file} is locked by another process, and no boundary answers here.`,
    'Stop that process: only one may write to the file.',
  ]);
}

const SQLITE_BUSY = 5;

/** Asks for the writer's place and gives it back at once; nothing is written. */
function writerState(file: string): 'free' | 'taken' | 'unreadable' {
  if (!existsSync(file)) return 'free';
  try {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return 'free';
    } finally {
      database.close();
    }
  } catch (error) {
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    return isBusy ? 'taken' : 'unreadable';
  }
}

/** The clock must not be behind what was already written: receipts would go back in time. */
export function checkClock(context: CliContext, paths: DataPaths): Finding {
  const database = databaseFileOf(context, paths);
  const written = [
    paths.attestations,
    ...(database === undefined ? [] : [database, `${database}-wal`]),
  ];
  const newest = written.filter(existsSync).map((path) => statSync(path).mtimeMs);
  const aheadMs = Math.max(0, ...newest) - context.now();
  if (aheadMs <= CLOCK_TOLERANCE_MS) {
    return ok('clock', `${new Date(context.now()).toISOString()}, not behind anything written.`);
  }
  return problem('clock', 'blocked', [
    `The clock is ${Math.ceil(aheadMs / 1000)} s behind files that were written here.`,
    'Set the clock. The boundary issues nothing with a clock that goes back.',
  ]);
}
