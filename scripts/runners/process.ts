import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** The root folder of the clone. */
export const ROOT = resolve(import.meta.dirname, '../..');

const OUTPUT_CHARACTERS_MAX = 4_000_000;
const running = new Set<ChildProcess>();

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Show the output while it comes. */
  readonly echo?: boolean;
}

export interface Finished {
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  /** Standard output alone. */
  readonly stdout: string;
  /** Standard output and error, as they came. */
  readonly output: string;
}

/**
 * Runs a program without standard input and waits for it. Throws if it cannot be started or
 * exceeds its time; it and everything that it started is then killed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = bounded(stdout + text);
    output = bounded(output + text);
    if (options.echo === true) process.stdout.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = bounded(output + text);
    if (options.echo === true) process.stderr.write(text);
  });
  try {
    const code = await exitOf(child, options.timeoutMs);
    return { code, stdout, output };
  } finally {
    running.delete(child);
  }
}

/** Runs a TypeScript or JavaScript file with the Node that runs this process. */
export async function runNode(args: readonly string[], options: RunOptions): Promise<Finished> {
  return runProgram(process.execPath, args, options);
}

/** The last characters of a failed program's output, for a message. */
export function tailOf(text: string, characters = 2000): string {
  return text.trimEnd().slice(-characters);
}

function bounded(text: string): string {
  return text.length <= OUTPUT_CHARACTERS_MAX ? text : text.slice(-OUTPUT_CHARACTERS_MAX);
}

async function exitOf(child: ChildProcess, timeoutMs: number): Promise<number | undefined> {
  return new Promise((done, refuse) => {
    const timer = setTimeout(() => {
      kill(child);
      refuse(new Error(`it took longer than ${timeoutMs / 1000} s and was stopped`));
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      refuse(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      done(code ?? undefined);
    });
  });
}

/** A detached child leads a process group of its own: the group's id is its negative pid. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) kill(child);
    process.exit(1);
  });
}
