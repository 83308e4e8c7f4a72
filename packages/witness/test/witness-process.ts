/** The witness as a process of its own, started by its entry file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ENTRY_FILE = resolve(import.meta.dirname, '../src/main.ts');

export interface WitnessProcess {
  readonly url: string;
  readonly vkey: string;
  /** The line to paste into a trust policy. */
  readonly policyLine: string;
  /** Sends the signal and waits for the end; answers the exit code, null after SIGKILL. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

interface ReadyLine {
  readonly event: string;
  readonly url: string;
  readonly vkey: string;
  readonly trust_policy_line: string;
}

/** Starts a witness on a port that the system chooses; throws with its words if it ends. */
export async function startWitness(args: readonly string[]): Promise<WitnessProcess> {
  const child = spawn(
    process.execPath,
    [ENTRY_FILE, '--listen', '127.0.0.1:0', '--json', ...args],
    // With the channel it ends even when the test's process is killed.
    { env: {}, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = once(child, 'close') as Promise<[number | null]>;
  const ready = await Promise.race([readyLine(child), exited.then(() => undefined)]);
  if (ready === undefined) throw new Error(errors);
  return {
    url: ready.url,
    vkey: ready.vkey,
    policyLine: ready.trust_policy_line,
    end: async (signal) => {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** Runs a witness that is expected to end by itself. */
export async function runWitness(
  args: readonly string[],
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [ENTRY_FILE, ...args], { env: {} });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

async function readyLine(child: ChildProcess): Promise<ReadyLine | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  return new Promise((done) => {
    // Every line is read, or the pipe would fill.
    lines.on('line', (line) => {
      const document = JSON.parse(line) as ReadyLine;
      if (document.event === 'ready') done(document);
    });
  });
}
