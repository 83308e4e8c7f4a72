/** A boundary in this process, its export over HTTP, and the audit of it against the log it serves. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { encodeBase64, formatTime, formatVerifierKey } from '@craton/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, ISSUER } from '../packages/boundary/test/harness.ts';
import { createSigner } from '../packages/boundary/src/signing/signer.ts';
import type { PrintedReport } from '../packages/cli/test/audit-world.ts';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeText,
} from '../packages/cli/test/fake-context.ts';

/** As much of `ajv` as is used here. */
interface AjvModule {
  readonly Ajv2020: new (options: object) => {
    readonly addSchema: (schema: object) => void;
    readonly validate: (id: string, value: unknown) => boolean;
  };
}

const HOUR_MS = 3_600_000;
/** The root that the harness attests with. */
const ROOT_SEED = Buffer.alloc(32, 9);

let boundary: Harness;
let context: FakeContext;
let url: string;
let key: string;

beforeEach(async () => {
  boundary = await Harness.open();
  context = fakeContext();
  key = await boundary.makeKey();
  url = await boundary.server.listen({ host: '127.0.0.1', port: 0 });
  writeText(context, 'token.txt', await boundary.makeKey({ kind: 'ops', scopes: ['read'] }));
  writeText(context, 'trust.txt', trustPolicy());
});
afterEach(async () => {
  await boundary.close();
});

function trustPolicy(): string {
  const root = encodeBase64(createSigner(ROOT_SEED).publicKey);
  const logKey = boundary.log.signer?.key;
  if (logKey === undefined) throw new Error('The boundary has no log.');
  const lines = [
    'craton-policy v1',
    `root test-root ${root} ${ISSUER} ${ENVIRONMENT}`,
    `log ${formatVerifierKey(logKey)}`,
    'quorum none',
  ];
  return `${lines.join('\n')}\n`;
}

async function issue(count: number): Promise<string[]> {
  const requestIds: string[] = [];
  for (let at = 0; at < count; at++) {
    const answer = await boundary.check(key, { external_reference: `audit-${references++}` });
    requestIds.push(answer.json<{ request_id: string }>().request_id);
  }
  return requestIds;
}

let references = 0;

const exported = (): Promise<Ran> =>
  craton(context, 'export', '--out', 'e.jsonl', '--url', url, '--token-file', 'token.txt');

async function audited(): Promise<{ code: number; report: PrintedReport }> {
  const now = Date.now();
  const ran = await craton(
    context,
    ...['audit', 'e.jsonl', '--trust', 'trust.txt', '--log', `${url}/log`, '--json'],
    ...['--key-file', 'token.txt'],
    ...['--from', formatTime(now - HOUR_MS), '--to', formatTime(now + HOUR_MS)],
  );
  return { code: ran.code, report: jsonOf(ran) as PrintedReport };
}

it('holds for what a boundary exports, also when its log has grown since', async () => {
  const [requestId = ''] = await issue(5);
  await boundary.report('confirm', key, { request_id: requestId, outcome: 'executed' });
  await boundary.log.step();
  await issue(2);
  expect((await exported()).code).toBe(0);
  await issue(3);
  await boundary.log.step();
  const { code, report } = await audited();
  expect(report.exceptions).toMatchObject({ total: 0 });
  expect(report.totals).toMatchObject({ receipts: 8, verdicts_recomputed: 7 });
  expect(report.log).toMatchObject({ size: 6, receipts_in_log: 6, receipts_pending: 2 });
  // Nobody witnessed it.
  expect([code, report.outcome]).toEqual([2, 'insufficient']);
});

it('has the form of its schema, line by line', async () => {
  const [requestId = ''] = await issue(2);
  await boundary.report('confirm', key, { request_id: requestId, outcome: 'executed' });
  await boundary.log.step();
  await exported();
  const schemas = new URL('../spec/schemas/', import.meta.url);
  // It is a dependency of that package's tests, and of nothing else.
  const require = createRequire(new URL('../packages/policy/package.json', import.meta.url));
  const { Ajv2020 } = require('ajv/dist/2020.js') as AjvModule;
  const ajv = new Ajv2020({ strict: false });
  for (const name of readdirSync(schemas)) {
    ajv.addSchema(JSON.parse(readFileSync(new URL(name, schemas), 'utf8')) as object);
  }
  const isLine = (line: unknown) => ajv.validate('urn:craton:spec:v1:export', line);
  const lines = readFileSync(join(context.cwd, 'e.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(6);
  for (const text of lines) {
    const line = JSON.parse(text) as object;
    expect([text.slice(0, 40), isLine(line)]).toEqual([text.slice(0, 40), true]);
    expect(isLine({ ...line, extra: 1 })).toBe(false);
  }
});

it('fails for an export that lost its last receipts, whatever its last line says', async () => {
  await issue(6);
  await boundary.log.step();
  await exported();
  const file = join(context.cwd, 'e.jsonl');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const changed = [
    lines[0]?.replace('"last_seq":6', '"last_seq":4'),
    ...lines.slice(1, -3),
    lines.at(-1)?.replace('"receipts":6', '"receipts":4'),
  ];
  writeText(context, 'e.jsonl', `${changed.join('\n')}\n`);
  const { code, report } = await audited();
  expect(code).toBe(1);
  expect(report.exceptions.by_code).toEqual({ leaf_beyond: 2, trailer_mismatch: 1 });
});
