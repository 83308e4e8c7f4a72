/** Doctor: the data directory, the trust policy, the database, the clock. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CratonError, parseTrustPolicy } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { DataPaths } from '../development/data-directory.ts';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
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

/** Whether the database can be written, and by whom it is used. */
export function checkDatabase(context: CliContext, paths: DataPaths, isRunning: boolean): Finding {
  const id = 'database';
  const url = context.env['DATABASE_URL'];
  if (url !== undefined && !url.startsWith('sqlite:')) {
    return problem(id, 'degraded', [
      'DATABASE_URL names a database server, which is not asked here.',
      'The boundary checks it when it starts.',
    ]);
  }
  const file = url === undefined ? paths.database : url.slice('sqlite:'.length);
  if (!existsSync(file)) {
    if (!existsSync(dirname(file)) || isWritable(dirname(file))) {
      return ok(id, `${file} does not exist yet; it is made at the first start.`);
    }
    return notWritable(id, dirname(file));
  }
  if (!isWritable(file) || !isWritable(dirname(file))) return notWritable(id, file);
  const locked = isLocked(`${file}.lock`) || isLocked(file);
  if (!locked) return ok(id, `${file} is writable and not in use.`);
  if (isRunning) return ok(id, `${file} is in use by the boundary that runs here.`);
  return problem(id, 'blocked', [
    `${file} is locked by another process, and no boundary answers here.`,
    'Stop that process: only one may write to the file.',
  ]);
}

/** Asks for the writer's place and gives it back at once; nothing is written. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}

/** The clock must not be behind what was already written: receipts would go back in time. */
export function checkClock(context: CliContext, paths: DataPaths): Finding {
  const newest = [paths.database, `${paths.database}-wal`, paths.attestations]
    .filter(existsSync)
    .map((path) => statSync(path).mtimeMs);
  const aheadMs = Math.max(0, ...newest) - context.now();
  if (aheadMs <= CLOCK_TOLERANCE_MS) {
    return ok('clock', `${new Date(context.now()).toISOString()}, not behind anything written.`);
  }
  return problem('clock', 'blocked', [
    `The clock is ${Math.ceil(aheadMs / 1000)} s behind files in ${paths.directory}.`,
    'Set the clock. The boundary issues nothing with a clock that goes back.',
  ]);
}
