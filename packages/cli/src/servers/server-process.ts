/** One server as a child process: started, waited for, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../failure.ts';
import { RUNTIME_ENVIRONMENT, SERVER_FLAGS } from './node-runtime.ts';

/** A server that is not ready by then is stopped. */
export const READY_MS_MAX = 60_000;
/** A server that has not ended by then, after it was asked to, is killed. */
export const STOP_MS_MAX = 20_000;
const POLL_MS = 50;
const PROBE_MS_MAX = 5_000;
/** Lines kept to be shown if the server ends before it is ready. */
const LAST_LINES_MAX = 40;

const READY_LINE = /^craton-[a-z-]+ ready (https?:\/\/\S+)$/;

/** What is started. */
export interface ServerProgram {
  /** Absolute path of its entry file. */
  readonly entryFile: string;
  /** Its whole environment, besides what Node itself reads. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with every line that it writes, but for the one that says where it listens. */
  readonly onLine: (line: string) => void;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ReadyServer {
  /** Where it listens, without a final slash. */
  readonly baseUrl: string;
  readonly exited: Promise<ServerExit>;
  /** Passes the signal on and waits until the process has ended. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
}

/**
 * Starts a server and waits until `/readyz` answers 200. Fails with what the server wrote if it ends
 * before that. If `stop` is aborted meanwhile, the server is stopped and it fails as well.
 */
export async function startServer(program: ServerProgram, stop: AbortSignal): Promise<ReadyServer> {
  const child = spawn(process.execPath, [...SERVER_FLAGS, program.entryFile], {
    env: { ...RUNTIME_ENVIRONMENT, ...program.environment },
    // The channel lets the server see that its supervisor has died.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A terminal sends Ctrl-C to its whole group: apart from it, the server gets it once, from here.
    detached: true,
  });
  const server = watch(child, program.onLine);
  const settled = new AbortController();
  const deadline = AbortSignal.timeout(READY_MS_MAX);
  try {
    const baseUrl = await Promise.race([
      server.announced.then((url) => waitUntilReady(url, settled.signal)),
      server.exited.then((exit) => Promise.reject(endedTooSoon(exit, server.lastLines))),
      aborted(stop).then((reason) => Promise.reject(stopped(reason))),
      aborted(deadline).then(() => Promise.reject(notReady())),
    ]);
    return { baseUrl, exited: server.exited, stop: (signal) => endChild(child, server, signal) };
  } catch (error) {
    await endChild(child, server, 'SIGTERM');
    throw error;
  } finally {
    settled.abort();
  }
}

interface WatchedChild {
  readonly announced: Promise<string>;
  readonly exited: Promise<ServerExit>;
  readonly lastLines: readonly string[];
}

function watch(child: ChildProcess, onLine: (line: string) => void): WatchedChild {
  const lastLines: string[] = [];
  const announced = new Promise<string>((resolve) => {
    readLines(child, (line) => {
      const [, url] = READY_LINE.exec(line) ?? [];
      if (url !== undefined) {
        resolve(url.replace(/\/$/, ''));
        return;
      }
      lastLines.push(line);
      if (lastLines.length > LAST_LINES_MAX) lastLines.shift();
      onLine(line);
    });
  });
  // `close` comes after the last line, `exit` may come before it.
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  return { announced, exited, lastLines };
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }
}

async function waitUntilReady(baseUrl: string, givenUp: AbortSignal): Promise<string> {
  while (!givenUp.aborted && !(await isReady(baseUrl))) await delay(POLL_MS);
  return baseUrl;
}

/** Resolves to the reason once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The address of a server, without a final slash. */
export function addressOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** True if the server there says that it can answer checks. */
export async function isReady(baseUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(PROBE_MS_MAX) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}

async function endChild(
  child: ChildProcess,
  { exited }: WatchedChild,
  signal: NodeJS.Signals,
): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await exited;
  clearTimeout(timer);
}

function endedTooSoon(exit: ServerExit, lines: readonly string[]): CommandFailure {
  return new CommandFailure(`The server ended before it was ready (${describeExit(exit)}).`, {
    code: 'server_not_started',
    nextStep: lines.length === 0 ? 'It wrote nothing.' : ['It wrote:', ...lines].join('\n'),
  });
}

function stopped(reason: unknown): CommandFailure {
  return new CommandFailure(`It was stopped (${String(reason)}) before it was ready.`);
}

function notReady(): CommandFailure {
  return new CommandFailure(`The server was not ready within ${READY_MS_MAX / 1000} s.`, {
    code: 'server_not_ready',
    nextStep: 'See what it wrote above, and run: craton doctor',
  });
}

/** How a process ended, in words. */
export function describeExit({ code, signal }: ServerExit): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}
