/** Keeps a server running until it is asked to stop. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  aborted,
  describeExit,
  type ReadyServer,
  type ServerProgram,
  startServer,
} from './server-process.ts';

const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 30_000;
/** After so long a run the next restart is quick again. */
const STEADY_MS = 60_000;

export interface Supervision {
  readonly program: ServerProgram;
  readonly stop: AbortSignal;
  /** Called once, when the server is ready for the first time. */
  readonly onReady: (server: ReadyServer) => void;
  /** Told about restarts, one sentence each. */
  readonly onEvent: (sentence: string) => void;
}

/**
 * Runs the server until `stop` is aborted. A server that never was ready is not started again:
 * whatever is wrong would be wrong again, and its words would scroll away.
 */
export async function superviseServer(supervision: Supervision): Promise<void> {
  const { stop, onReady, onEvent } = supervision;
  const first = await stoppable(stop, startServer(supervision.program, stop));
  if (first === undefined) return;
  try {
    onReady(first);
  } catch (error) {
    await first.stop('SIGTERM');
    throw error;
  }
  // A port chosen by the system is kept, so that addresses already given out stay right.
  const { port } = new URL(first.baseUrl);
  const environment = { ...supervision.program.environment, PORT: port };
  const program = { ...supervision.program, environment };
  let server: ReadyServer | undefined = first;
  let backoffMs = BACKOFF_MS_MIN;
  while (!stop.aborted) {
    if (server !== undefined && (await ranSteadily(server, stop, onEvent))) {
      backoffMs = BACKOFF_MS_MIN;
    }
    if (stop.aborted) return;
    onEvent(`It is started again in ${backoffMs / 1000} s.`);
    await stoppable(stop, delay(backoffMs, undefined, { signal: stop }));
    backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX);
    server = await restart(program, stop, onEvent);
  }
}

/** Waits until the server ends, or stops it. Answers whether it had run for a good while. */
async function ranSteadily(
  server: ReadyServer,
  stop: AbortSignal,
  onEvent: (sentence: string) => void,
): Promise<boolean> {
  const startedAt = performance.now();
  const exit = await Promise.race([server.exited, aborted(stop).then(() => undefined)]);
  if (exit === undefined) {
    await server.stop(stop.reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
  } else {
    onEvent(`The server ended by itself (${describeExit(exit)}).`);
  }
  return performance.now() - startedAt >= STEADY_MS;
}

async function restart(
  program: ServerProgram,
  stop: AbortSignal,
  onEvent: (sentence: string) => void,
): Promise<ReadyServer | undefined> {
  if (stop.aborted) return undefined;
  try {
    const server = await startServer(program, stop);
    onEvent('The server is ready again.');
    return server;
  } catch (error) {
    if (!stop.aborted) onEvent(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** The result, or undefined if it was given up because of `stop`. */
async function stoppable<T>(stop: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}
