/** Self-service beside the boundary: a process of its own, with an environment of its own. */
import { join } from 'node:path';
import type { CliContext } from '../context.ts';
import { selfServiceEnvironment } from '../settings.ts';
import { superviseServer } from './supervise.ts';

/** The entry file of the self-service process. */
export function selfServiceEntryFile({ projectDir }: CliContext): string {
  return join(projectDir, 'packages', 'self-service', 'src', 'main.ts');
}

/** Self-service while it runs. */
export interface BesideBoundary {
  /** Where it listens, without a final slash; undefined if it did not start. */
  readonly baseUrl: Promise<string | undefined>;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** What of its environment is not as it was found. */
export interface SelfServiceStart {
  readonly additions: Readonly<Record<string, string>>;
  /** Its end ends this server, too. */
  readonly stop: AbortSignal;
}

/** Only this machine reaches it: the boundary passes on what is asked of it. */
const BEHIND_BOUNDARY = {
  HOST: '127.0.0.1',
  PORT: '0',
  CRATON_SELF_SERVICE_BEHIND_BOUNDARY: 'true',
};

/** Starts it on a port that the system chooses. What becomes of it never ends the boundary. */
export function runBesideBoundary(context: CliContext, start: SelfServiceStart): BesideBoundary {
  const own = new AbortController();
  const stop = AbortSignal.any([start.stop, own.signal]);
  let ended: Promise<void> = Promise.resolve();
  const baseUrl = new Promise<string | undefined>((resolve) => {
    const additions = { ...start.additions, ...BEHIND_BOUNDARY };
    ended = superviseServer({
      stop,
      program: programOf(context, additions),
      onReady: (server) => resolve(server.baseUrl),
      onEvent: (sentence) => tell(context, sentence),
    }).catch((error: unknown) => {
      tell(context, `It did not start. ${error instanceof Error ? error.message : String(error)}`);
    });
    void ended.then(() => resolve(undefined));
  });
  return {
    baseUrl,
    stop: () => {
      own.abort('SIGTERM');
      return ended;
    },
  };
}

/** Runs it at the address that the boundary would have had, until `stop`. */
export function runInPlaceOfBoundary(context: CliContext, start: SelfServiceStart): Promise<void> {
  return superviseServer({
    stop: start.stop,
    program: programOf(context, start.additions),
    onReady: ({ baseUrl }) => tell(context, `It answers at ${baseUrl} alone.`),
    onEvent: (sentence) => tell(context, sentence),
  });
}

function programOf(context: CliContext, additions: Readonly<Record<string, string>>) {
  return {
    entryFile: selfServiceEntryFile(context),
    environment: selfServiceEnvironment(context.env, additions),
    onLine: context.err,
  };
}

function tell(context: CliContext, sentence: string): void {
  context.err(`${context.paint('yellow', 'craton:')} Self-service: ${sentence}`);
}
