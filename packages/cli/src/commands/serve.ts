/** `craton serve`: one server in the foreground, with nothing made for it and nothing shown. */
import { spawn } from 'node:child_process';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { RUNTIME_ENVIRONMENT, SERVER_FLAGS } from '../servers/node-runtime.ts';
import { aborted } from '../servers/server-process.ts';
import { assertNoUnknownVariables, boundaryEnvironment } from '../settings.ts';
import { boundaryEntryFile } from './start.ts';

/** Runs the boundary until it ends or is asked to stop; its output is this command's output. */
export async function serveBoundary(context: CliContext): Promise<void> {
  assertNoUnknownVariables(context.env);
  const stop = context.listenForStop();
  const child = spawn(process.execPath, [...SERVER_FLAGS, boundaryEntryFile(context)], {
    env: { ...RUNTIME_ENVIRONMENT, ...boundaryEnvironment(context.env) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A terminal sends Ctrl-C to its whole group: apart from it, the server gets it once, from here.
    detached: true,
  });
  void aborted(stop).then((reason) => child.kill(reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM'));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code === 0 || stop.aborted) return;
  throw new CommandFailure(`The boundary ended with exit code ${code ?? 'unknown'}.`, {
    code: 'server_ended',
    nextStep: 'See what it wrote above, or run: craton doctor',
  });
}
