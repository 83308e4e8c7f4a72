/** `craton serve`: one server in the foreground, with nothing made for it and nothing shown. */
import { spawn } from 'node:child_process';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { RUNTIME_ENVIRONMENT, SERVER_FLAGS } from '../servers/node-runtime.ts';
import { aborted } from '../servers/server-process.ts';
import { selfServiceEntryFile } from '../servers/self-service.ts';
import {
  assertNoUnknownVariables,
  boundaryEnvironment,
  lonelySelfServiceEnvironment,
} from '../settings.ts';
import { boundaryEntryFile } from './start.ts';

/** Runs the boundary until it ends or is asked to stop; its output is this command's output. */
export function serveBoundary(context: CliContext): Promise<void> {
  return serve(context, {
    name: 'boundary',
    entryFile: boundaryEntryFile(context),
    environment: boundaryEnvironment(context.env),
  });
}

/** The same for self-service, apart from any boundary. */
export function serveSelfService(context: CliContext): Promise<void> {
  return serve(context, {
    name: 'self-service',
    entryFile: selfServiceEntryFile(context),
    environment: lonelySelfServiceEnvironment(context.env),
  });
}

interface Served {
  readonly name: string;
  readonly entryFile: string;
  readonly environment: Record<string, string>;
}

async function serve(context: CliContext, { name, entryFile, environment }: Served): Promise<void> {
  assertNoUnknownVariables(context.env);
  const stop = context.listenForStop();
  const child = spawn(process.execPath, [...SERVER_FLAGS, entryFile], {
    env: { ...RUNTIME_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A terminal sends Ctrl-C to its whole group: apart from it, the server gets it once, from here.
    detached: true,
  });
  void aborted(stop).then((reason) => child.kill(reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM'));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code === 0 || stop.aborted) return;
  throw new CommandFailure(`The ${name} ended with exit code ${code ?? 'unknown'}.`, {
    code: 'server_ended',
    nextStep: 'See what it wrote above, or run: craton doctor',
  });
}
