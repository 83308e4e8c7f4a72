import type { FastifyInstance } from 'fastify';
import type { Logger } from './logger.ts';

/** Time for answering what was taken, in milliseconds; what lasts longer is cut off. */
export const SHUTDOWN_DEADLINE_MS = 10_000;

/**
 * Stops listening, answers every request that was taken, and closes all connections; those that are
 * still busy at the deadline are cut off. Resolves when none is left.
 */
export async function closeHttpServer(
  server: FastifyInstance,
  deadlineMs: number = SHUTDOWN_DEADLINE_MS,
): Promise<void> {
  const deadline = setTimeout(() => {
    server.server.closeAllConnections();
  }, deadlineMs);
  try {
    await server.close();
  } finally {
    clearTimeout(deadline);
  }
}

/**
 * Runs `stop` at the first SIGTERM or SIGINT, or when the process that started this one with a
 * channel is gone, and then ends the process: with 0, or with 1 if `stop` failed. A second signal
 * ends it at once.
 */
export function stopOnSignals(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('disconnect', () => {
    onSignal('disconnect');
  });
}
