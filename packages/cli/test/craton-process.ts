/** The real command as processes, in a folder of its own with an environment of its own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_DIR } from './fake-context.ts';

const MAIN = join(PROJECT_DIR, 'packages/cli/src/main.ts');

export interface Finished {
  readonly code: number | string | undefined;
  readonly out: string;
  readonly err: string;
}

/** A command that keeps running. */
export interface Running {
  readonly process: ChildProcess;
  readonly written: { out: string; err: string };
  /** Waits until standard output or standard error holds the text; fails if the process ends. */
  readonly waitFor: (text: string) => Promise<void>;
  /** Sends a signal and answers the exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Runs `craton` to its end. */
export function runCraton(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  return finish(process.execPath, [MAIN, ...args], { cwd, env });
}

/** Pastes a text into a POSIX shell. */
export function paste(cwd: string, text: string): Promise<Finished> {
  return finish('/bin/sh', ['-e', '-c', text], { cwd, env: { PATH: process.env['PATH'] ?? '' } });
}

export const HAS_CURL = ((): boolean => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

function finish(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? undefined), out, err });
    });
  });
}

/** Starts `craton` and lets it run. */
export function startCraton(
  cwd: string,
  args: readonly string[],
  env: Record<string, string>,
): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: 'pipe' });
  const written = { out: '', err: '' };
  const changed = new Set<() => void>();
  const notify = (): void => {
    for (const listener of changed) listener();
  };
  for (const name of ['out', 'err'] as const) {
    child[`std${name}`].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
      notify();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  void exited.then(notify);
  return {
    process: child,
    written,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if ((written.out + written.err).includes(text)) resolve();
          else if (child.exitCode !== null) reject(new Error(`It ended: ${written.err}`));
          else return;
          changed.delete(look);
        };
        changed.add(look);
        look();
      }),
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
