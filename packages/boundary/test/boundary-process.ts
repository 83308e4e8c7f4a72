/** The boundary as the process that it is in production. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Process {
  readonly child: ChildProcess;
  readonly out: string[];
  readonly err: string[];
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts it in a folder, with this environment and nothing else. Whoever starts it ends it. */
export function startProcess(folder: string, environment: Record<string, string>): Process {
  const child = spawn(process.execPath, [MAIN], {
    env: environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, out, err, ended };
}

/** The address of the ready line, which is all that standard output holds. */
export async function ready({ out, err, ended }: Process): Promise<string> {
  const failed = ended.then((code) => {
    throw new Error(`It ended with ${String(code)}: ${err.join('')}`);
  });
  failed.catch(() => undefined);
  for (;;) {
    const [, address] =
      /^craton-boundary ready (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(out.join('')) ?? [];
    if (address !== undefined) return address;
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), failed]);
  }
}
