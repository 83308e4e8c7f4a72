import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goldenCase } from '../../test/golden.ts';
import { siteModel } from '../../test/models.ts';
import { EXAMPLE_REQUEST } from '../example.ts';
import { curlExample, PLACEHOLDER_KEY, pythonExample, typescriptExample } from './api-examples.ts';

const allow = goldenCase('allow').expected;
const constrain = goldenCase('constrain_raw_unicode').expected;
/** While the golden decisions last. */
const NOW = '2026-11-21T18:01:00.000Z';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let answer: { status: number; body: unknown };
let received: Received | undefined;
let site = siteModel;
let folder: string;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'craton-example-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  site = { ...siteModel, baseUrl: `http://127.0.0.1:${port}` };
  answer = { status: 200, body: { verdict: 'allow', receipt: allow.receipt } };
  received = undefined;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** Runs a program and answers with what it said when it ended; its own clock stands at NOW. */
async function run(
  program: string,
  args: readonly string[],
): Promise<{ code: number; said: string }> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd: folder });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
}

async function runTypescript(): Promise<{ code: number; said: string }> {
  const source = `const request: object = ${EXAMPLE_REQUEST};
    const pinnedKey = ${JSON.stringify(allow.jwk)};
    Date.now = () => Date.parse('${NOW}');
    ${typescriptExample(site)}
    console.log('acts');`;
  await writeFile(join(folder, 'host.mjs'), transformSync(source, { loader: 'ts' }).code);
  return run(process.execPath, ['host.mjs']);
}

async function runPython(): Promise<{ code: number; said: string }> {
  const source = `request = ${EXAMPLE_REQUEST}\n${pythonExample(site)}\nprint("acts")\n`;
  await writeFile(join(folder, 'host.py'), source);
  return run('python3', ['host.py']);
}

function has(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const PROGRAMS = [
  ['TypeScript', runTypescript, true],
  ['Python', runPython, has('python3', '--version')],
] as const;

for (const [language, runExample, isThere] of PROGRAMS) {
  describe.skipIf(!isThere)(`the ${language} example`, () => {
    it('asks as the page says, and acts on an allow', async () => {
      expect(await runExample()).toMatchObject({ code: 0, said: 'acts\n' });
      expect(received?.headers.authorization).toBe(`Bearer ${PLACEHOLDER_KEY}`);
      expect(received?.headers['idempotency-key']).toBe('payment-4711');
      expect(JSON.parse(received!.body)).toEqual(JSON.parse(EXAMPLE_REQUEST));
    });

    it('stops at a constrain that says allow outside of the signature', async () => {
      answer.body = { verdict: 'allow', receipt: constrain.receipt };
      const { code, said } = await runExample();
      expect(code).not.toBe(0);
      expect(said).toContain('Stopped: constrain');
    });

    it('stops where there is no verdict', async () => {
      answer = { status: 503, body: { code: 'ERR_QUEUE_FULL' } };
      expect((await runExample()).code).not.toBe(0);
    });
  });
}

describe.skipIf(!has('python3', '--version'))('the Python example', () => {
  it('keeps the whole answer for the verifier', async () => {
    await runPython();
    expect(JSON.parse(await readFile(join(folder, 'response.json'), 'utf8'))).toEqual(answer.body);
  });
});

describe('the TypeScript example', () => {
  it('stops at a payload that was changed', async () => {
    const payload = allow.payload.replace('sample-threshold', 'other-threshold');
    const payload_b64 = Buffer.from(payload).toString('base64');
    answer.body = { receipt: { ...allow.receipt, payload_b64 } };
    expect((await runTypescript()).said).toContain('The receipt is not signed');
  });
});

describe.skipIf(!has('curl', '--version'))('the curl example', () => {
  it('sends the request of the page', async () => {
    await writeFile(join(folder, 'host.sh'), curlExample(site));
    const { said } = await run('sh', ['host.sh']);
    expect(JSON.parse(said)).toEqual(answer.body);
    expect(JSON.parse(received!.body)).toEqual(JSON.parse(EXAMPLE_REQUEST));
  });
});
