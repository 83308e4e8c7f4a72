/** `craton leak-search` against the real servers, and against one that leaks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type LeakReport, parseLeakReport } from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import { describe, expect, it, vi } from 'vitest';
import { craton, fakeContext, jsonOf } from '../../test/fake-context.ts';
import { newFolder } from '../../test/temporary-folder.ts';
import { secretVariables } from '../leaks/planted-secrets.ts';

vi.setConfig({ testTimeout: 240_000 });

const reportOf = (ran: { out: string; code: number; err: string }): LeakReport =>
  parseLeakReport(jsonOf(ran) as JsonObject);

/** Serves what is asked for as long as it lives, and leaks in a page, an asset and a log line. */
const LEAKING = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
const env = process.env;
const seed = Buffer.from((env.CRATON_LOG_KEY ?? '').replace('development:', ''), 'base64');
const answers = {
  '/readyz': ['application/json', '{}'],
  '/openapi.json': ['application/json', '{"paths":{"/v1/boundary/check":{"post":{}}}}'],
  '/': ['text/html', '<script src="/asset.js"></script>' + seed.toString('hex')],
  '/asset.js': ['text/javascript', 'const x = "' + (env.DATABASE_URL ?? '') + '";'],
};
const server = createServer((request, response) => {
  const [type, text] = answers[new URL(request.url, 'http://x').pathname] ?? ['text/plain', ''];
  response.writeHead(text === '' ? 404 : 200, { 'content-type': type }).end(text);
});
server.listen(0, '127.0.0.1', () => {
  const url = 'http://127.0.0.1:' + server.address().port;
  const key = 'craton_bnd_development_' + 'k'.repeat(49);
  const credentials = { base_url: url, boundary_api_key: key, operator_token: key.replace('bnd', 'ops') };
  writeFileSync(join(env.CRATON_DATA_DIR, 'dev-credentials.json'), JSON.stringify(credentials));
  process.stderr.write('pulled with ' + env.CRATON_REVIEW_PULL_KEY + '\\n');
  process.stdout.write('craton-boundary ready ' + url + '\\n');
});
process.on('SIGTERM', () => process.exit(0));
`;

/** A project whose servers are all this one. */
function projectWith(server: string): string {
  const projectDir = newFolder();
  for (const name of ['boundary', 'self-service']) {
    const folder = join(projectDir, 'packages', name, 'src');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'main.ts'), server);
    writeFileSync(join(projectDir, 'packages', name, 'package.json'), '{"type":"module"}');
  }
  return projectDir;
}

/** Where reports are sent. */
async function recorder() {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/operator/api/leak-searches') {
        bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { url: `http://127.0.0.1:${port}`, bodies, close };
}

describe('craton leak-search', () => {
  it('plants a secret in every secret variable, and nothing comes out of this version', async () => {
    const ran = await craton(fakeContext(), 'leak-search', '--env', 'production', '--json');
    const report = reportOf(ran);
    expect([ran.code, report.found]).toEqual([0, []]);
    expect(report).toMatchObject({ environment: 'production', build: '0.0.0' });
    expect(report.planted).toEqual([...secretVariables(), 'SELF_SERVICE_DATABASE_URL'].sort());
    expect(report.searched).toBeGreaterThan(2_000);
    expect(report.searched_bytes).toBeGreaterThan(1_000_000);
  });

  it('fails for a page, an asset and a log line that leak, and names place and variable', async () => {
    const context = fakeContext({ projectDir: projectWith(LEAKING) });
    const ran = await craton(context, 'leak-search', '--env', 'production', '--json');
    const { found } = reportOf(ran);
    expect(ran.code).toBe(1);
    expect(found).toEqual(
      expect.arrayContaining([
        'CRATON_LOG_KEY in GET / 200 as nobody',
        expect.stringMatching(/^CRATON_REVIEW_PULL_KEY in log line \d+$/) as string,
        'DATABASE_URL in GET /asset.js 200 as nobody',
      ]),
    );
    expect(found.join()).not.toMatch(/CRATON_SIGNING_KEY|CRATON_OIDC/);
  });

  it('is recorded with what it found, and not begun without somebody to record it', async () => {
    const bare = fakeContext({ projectDir: projectWith(LEAKING) });
    const record = ['leak-search', '--env', 'production', '--record'] as const;
    expect((await craton(bare, ...record, '--url', 'http://127.0.0.1:1')).code).toBe(64);
    const { url, bodies, close } = await recorder();
    const env = { CRATON_OPERATOR_TOKEN: `craton_ops_production_${'o'.repeat(49)}` };
    const context = fakeContext({ env, projectDir: projectWith(LEAKING) });
    const ran = await craton(context, ...record, '--json', '--url', url);
    await close();
    expect(ran.code).toBe(1);
    expect(bodies).toEqual([reportOf(ran)]);
  });

  it('fails where nothing can be explored, and takes no environment that is none', async () => {
    const silent = LEAKING.replace("'/openapi.json'", "'/nothing.json'");
    const context = fakeContext({ projectDir: projectWith(silent) });
    const ran = await craton(context, 'leak-search', '--env', 'production');
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('nothing was explored')]);
    const wrong = await craton(fakeContext(), 'leak-search', '--env', 'Production');
    expect(wrong.code).toBe(64);
  });
});
