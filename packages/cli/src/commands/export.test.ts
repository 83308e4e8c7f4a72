import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditWorld, exportText } from '../../test/audit-world.ts';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeText,
} from '../../test/fake-context.ts';
import { sampleRank } from '../audit/sample.ts';

const TOKEN = 'craton_ops_development_token';

let context: FakeContext;
let server: Server;
let url: string;
let asked: { url: string; authorization: string }[];
let answer: (response: ServerResponse) => void;
let text: string;

beforeEach(async () => {
  context = fakeContext();
  text = exportText((await AuditWorld.make()).export());
  asked = [];
  answer = (response) => response.end(text);
  server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    asked.push({ url: request.url ?? '', authorization });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeText(context, 'token.txt', TOKEN);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const run = (...flags: string[]): Promise<Ran> =>
  craton(
    context,
    'export',
    '--out',
    'e.jsonl',
    '--url',
    url,
    '--token-file',
    'token.txt',
    ...flags,
  );

describe('craton export', () => {
  it('writes the answer as it came, for its owner only', async () => {
    const { code, out } = await run();
    expect([code, out.split('\n')[0]]).toEqual([
      0,
      `18 receipts of 2 streams: ${join(context.cwd, 'e.jsonl')}`,
    ]);
    expect(readFileSync(join(context.cwd, 'e.jsonl'), 'utf8')).toBe(text);
    expect(statSync(join(context.cwd, 'e.jsonl')).mode & 0o777).toBe(0o600);
    expect(asked).toEqual([{ url: '/operator/api/export', authorization: `Bearer ${TOKEN}` }]);
    expect(jsonOf(await run('--json'))).toMatchObject({
      object: 'craton.export.written.v1',
      receipts: 18,
      streams: 2,
      bytes: Buffer.byteLength(text),
    });
  });

  it('asks for a partner, a path and a period', async () => {
    await run('--partner', 'northstar_controls', '--path', 'sample-threshold');
    await run('--from', '2026-01-01T00:00:00Z', '--to', '2026-02-01T00:00:00.000Z');
    expect(asked.map((request) => decodeURIComponent(request.url))).toEqual([
      '/operator/api/export?partner=northstar_controls&path=sample-threshold',
      '/operator/api/export?from=2026-01-01T00:00:00.000Z&to=2026-02-01T00:00:00.000Z',
    ]);
    expect((await run('--from', 'now')).code).toBe(64);
    const ends = ['--from', '2026-02-01T00:00:00Z', '--to', '2026-02-01T00:00:00Z'];
    expect((await run(...ends)).code).toBe(64);
  });

  it.each([
    ['the connection ends', (response: ServerResponse) => breakOff(response, 1000)],
    ['the answer ends before its last line', (response: ServerResponse) => response.end(before())],
    ['the last line ends', (response: ServerResponse) => response.end(text.slice(0, -40))],
    ['a byte is another', (response: ServerResponse) => response.end(text.replace('T18', 'T19'))],
  ])('keeps nothing where %s', async (_title, wrong) => {
    answer = wrong;
    const { code, err } = await run();
    expect([code, err]).toEqual([1, expect.stringContaining('broke off')]);
    expect(readdirSync(context.cwd)).toEqual(['token.txt']);
  });

  it('leaves an older file as it is where the server refuses', async () => {
    writeText(context, 'e.jsonl', 'older');
    answer = (response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' });
      response.end('{"code":"ERR_FORBIDDEN","detail":"No.","status":403}');
    };
    const { code, err } = await run();
    expect([code, err]).toEqual([1, expect.stringContaining('ERR_FORBIDDEN')]);
    expect(readFileSync(join(context.cwd, 'e.jsonl'), 'utf8')).toBe('older');
    expect(existsSync(join(context.cwd, 'token.txt'))).toBe(true);
  });

  it('says where it cannot write', async () => {
    const flags = ['--url', url, '--token-file', 'token.txt'];
    const { code, err } = await craton(context, 'export', '--out', 'no/e.jsonl', ...flags);
    expect([code, err]).toEqual([1, expect.stringContaining('cannot be written')]);
  });
});

const before = (): string => text.slice(0, text.lastIndexOf('{"trailer"'));

function breakOff(response: ServerResponse, at: number): void {
  response.writeHead(200, { 'content-length': text.length });
  response.write(text.slice(0, at), () => response.destroy());
}

interface Printed {
  readonly population: number;
  readonly receipts: readonly { readonly rank: string; readonly digest: string }[];
}

describe('craton sample', () => {
  const sample = (...flags: string[]): Promise<Ran> =>
    craton(context, 'sample', 'e.jsonl', ...flags);

  beforeEach(() => {
    writeText(context, 'e.jsonl', text);
  });

  it('draws the same again, as documented, and another one with another seed', async () => {
    const drawn = jsonOf(await sample('--seed', 's', '--size', '5', '--json')) as Printed;
    expect(drawn).toMatchObject({ object: 'craton.audit.sample.v1', seed: 's', population: 18 });
    const all = jsonOf(await sample('--seed', 's', '--size', '99', '--json')) as Printed;
    expect(all.receipts).toHaveLength(18);
    const ranks = all.receipts.map(({ digest }) => sampleRank('s', digest));
    expect(ranks).toEqual([...ranks].sort());
    expect(all.receipts.map(({ rank }) => rank)).toEqual(ranks);
    expect(drawn.receipts).toEqual(all.receipts.slice(0, 5));
    const other = jsonOf(await sample('--seed', 't', '--size', '5', '--json')) as Printed;
    expect(other.receipts).not.toEqual(drawn.receipts);
  });

  it('prints a table', async () => {
    const { code, out, err } = await sample('--seed', 's', '--size', '3');
    expect([code, out.trimEnd().split('\n').length]).toEqual([0, 4]);
    expect(err).toContain('3 of 18 receipts, seed s');
  });

  it('ranks as the documentation says', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(sampleRank('seed', digest)).toBe(
      '7dd304460c8bec107b270eb31df8a5aea59ebf099612c85e49c7e9e659c129a9',
    );
  });

  it('refuses a part of an export, other files, and wrong flags', async () => {
    writeText(context, 'e.jsonl', before());
    expect((await sample('--seed', 's', '--size', '3')).code).toBe(3);
    writeText(context, 'e.jsonl', 'nothing');
    expect((await sample('--seed', 's', '--size', '3')).code).toBe(3);
    for (const flags of [
      ['--seed', '', '--size', '3'],
      ['--seed', 's', '--size', '0'],
      ['--seed', 's', '--size', '10001'],
      ['--seed', 's', '--size', 'many'],
    ]) {
      expect((await sample(...flags)).code).toBe(64);
    }
  });
});
