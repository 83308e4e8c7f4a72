/** Load by `wrk`, which measures three times closer to the truth here than load generators in JavaScript. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What is sent; `%s` in the body becomes a text that is new for each request. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and connections that broke: any makes a round worthless. */
  readonly errors: number;
}

const run = promisify(execFile);

/** Installs wrk where the machine's packages have it; throws a sentence that says what to do. */
export function ensureWrk(): void {
  try {
    // wrk ends with 1 after printing its version.
    execFileSync('sh', ['-c', 'command -v wrk'], { stdio: 'ignore' });
  } catch {
    if (process.getuid?.() !== 0) throw new Error('Install wrk (Debian: apt-get install wrk).');
    execFileSync('sh', ['-c', 'apt-get update -qq && apt-get install -y -qq wrk'], {
      stdio: 'ignore',
    });
  }
}

/** One round against one address. */
export async function measure(
  load: Load,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Measurement> {
  const script = join(mkdtempSync(join(tmpdir(), 'craton-wrk-')), 'load.lua');
  writeFileSync(script, scriptFor(load));
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, load.url];
  const { stdout } = await run('wrk', args);
  return readMeasurement(stdout);
}

function scriptFor({ headers, body }: Load): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  const [before = '', after] = body.split('%s');
  const composed =
    after === undefined
      ? JSON.stringify(body)
      : `${JSON.stringify(before)} .. prefix .. counter .. ${JSON.stringify(after)}`;
  return `${lines.join('\n')}
local prefix = "bench-" .. os.time() .. "-" .. math.random(1e9) .. "-"
local counter = 0
local errors = 0
request = function()
  counter = counter + 1
  return wrk.format("POST", nil, nil, ${composed})
end
done = function(summary, latency)
  local failed = summary.errors
  io.write(string.format("RESULT %f %f %f %d\\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    failed.status + failed.connect + failed.read + failed.write + failed.timeout))
end
math.randomseed(os.time())
`;
}

function readMeasurement(output: string): Measurement {
  const [, perSecond, p50Ms, p99Ms, errors] = /RESULT (\S+) (\S+) (\S+) (\S+)/.exec(output) ?? [];
  if (errors === undefined) throw new Error(`wrk gave no result:\n${output}`);
  return {
    perSecond: Number(perSecond),
    p50Ms: Number(p50Ms),
    p99Ms: Number(p99Ms),
    errors: Number(errors),
  };
}
