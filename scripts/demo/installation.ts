/** A development installation of the demo's own: servers, a folder, and the command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runProgram } from '../runners/process.ts';

const MAIN = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
const START_MS_MAX = 120_000;
const COMMAND_MS_MAX = 300_000;
/** Characters of what a failed command wrote. */
const OUTPUT_SHOWN = 600;

export type Json = Readonly<Record<string, unknown>>;

export interface Credentials {
  readonly base_url: string;
  readonly staging_api_key?: string;
  readonly people?: readonly { readonly name: string; readonly act_id: string }[];
}

/** One run of the command, as it should end. */
export interface CommandLine {
  readonly args: readonly string[];
  /** Exit codes; 0 unless others are the point. */
  readonly ends?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Everything below one temporary folder. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'craton-demo-'));
  readonly data = join(this.folder, 'data');
  #server: ChildProcess | undefined;

  /** Starts the servers on a free port and waits until they are ready. */
  async start(settings: Readonly<Record<string, string>>): Promise<void> {
    const env = { PORT: String(await freePort()), CRATON_DATA_DIR: this.data, ...settings };
    const args = [MAIN, 'start', '--json'];
    const server = spawn(process.execPath, args, { cwd: this.folder, env, stdio: 'pipe' });
    this.#server = server;
    await untilReady(server);
  }

  /** Ends the servers; nothing answers afterwards. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await ended;
  }

  /** Stops, and leaves nothing behind. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get credentials(): Credentials {
    const text = readFileSync(join(this.data, 'dev-credentials.json'), 'utf8');
    return JSON.parse(text) as Credentials;
  }

  get trustPolicy(): string {
    return join(this.data, 'trust-policy.txt');
  }

  /** Writes a file into the folder that only its owner reads, and answers its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Runs `craton` with `--json` and answers its last document. Throws if it ends otherwise. */
  async craton(...args: readonly string[]): Promise<Json> {
    return (await this.run({ args })).document;
  }

  /** As `craton`, for a command whose failure is the point. */
  async run(line: CommandLine): Promise<{ readonly document: Json; readonly output: string }> {
    const { args, ends = [0], cwd = this.folder } = line;
    const env = line.env ?? { CRATON_DATA_DIR: this.data };
    const command = [MAIN, ...args, '--json'];
    const ran = await runProgram(process.execPath, command, {
      cwd,
      env,
      timeoutMs: COMMAND_MS_MAX,
    });
    const document = parseLast(ran.stdout);
    if (ends.some((code) => code === ran.code)) return { document, output: ran.output };
    const { message, next_step: next } = document;
    const said = typeof message === 'string' ? message : ran.output.trim().slice(-OUTPUT_SHOWN);
    const how = `ended with ${ran.code ?? 'a signal'}, not ${ends.join(' or ')}: ${said}`;
    const lines = [`craton ${args.join(' ')}`, how, ...(typeof next === 'string' ? [next] : [])];
    throw new Error(lines.join('\n'));
  }
}

/** The last line that is a document; nothing for a command that printed none. */
function parseLast(stdout: string): Json {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Json) : {};
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = '';
    const timer = setTimeout(() => reject(new Error('The servers did not start.')), START_MS_MAX);
    const onText = (text: Buffer): void => {
      written += text.toString();
      if (!written.includes('craton.start.v1')) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout?.on('data', onText);
    server.stderr?.on('data', onText);
    server.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The servers ended with ${code ?? 'a signal'}: ${written.trim()}`));
    });
  });
}
