/** The context of the real process. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.ts';
import { FILE_BYTES_MAX } from './files.ts';
import { CommandFailure } from './failure.ts';
import { listenForStop } from './servers/stop-signals.ts';
import { paintAnsi, paintNothing } from './text.ts';

const COLUMNS_DEFAULT = 100;

/** What this process sees of the world; its environment comes from the entry file. */
export function processContext(env: CliContext['env']): CliContext {
  const { stdout } = process;
  const isColoured = stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    paint: isColoured ? paintAnsi : paintNothing,
    columns: stdout.isTTY ? stdout.columns : COLUMNS_DEFAULT,
    env,
    cwd: process.cwd(),
    projectDir: resolve(import.meta.dirname, '../../..'),
    now: Date.now,
    ...(process.stderr.isTTY && {
      showProgress: (line: string) => process.stderr.write(`\r\u001b[K${line}`),
    }),
    readStdin,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
    listenForStop: () => listenForStop(process),
  };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const input: AsyncIterable<Buffer> = process.stdin;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > FILE_BYTES_MAX) throw new CommandFailure('Standard input is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
