/**
 * The commands of `docs/how-to/api-keys.md` and `docs/how-to/rotate-a-signing-key.md`, run as they
 * stand there against a boundary in production: from no key at all to receipts of two signing keys
 * that verify offline.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Process, ready, startProcess } from '../packages/boundary/test/boundary-process.ts';
import { sampleBody } from '../packages/boundary/test/sample.ts';
import { readText, ROOT } from './rules/source-tree.ts';

const TEST_MS_MAX = 300_000;

let folder = '';
let boundary: Process | undefined;
/** What the boundary is told; the pages change it. */
let settings: Record<string, string> = {};
/** What the shell knows besides. */
let shell: Record<string, string> = {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-how-to-'));
  symlinkSync(join(ROOT, 'craton'), join(folder, 'craton'));
  settings = {
    CRATON_ENV: 'production',
    CRATON_ISSUER: 'craton.example',
    DATABASE_URL: `sqlite:${join(folder, 'boundary.db')}`,
    CRATON_SIGNING_KEY_FILE: 'signing-key.txt',
    CRATON_ATTESTATIONS_FILE: 'attestations.json',
    PORT: '0',
  };
  shell = {};
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

/** The shell blocks under one heading of a page. */
function blocksUnder(page: string, heading: string): readonly string[] {
  return [...sectionUnder(page, heading).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
    ([, block = '']) => block,
  );
}

function sectionUnder(page: string, heading: string): string {
  const section = readText(`docs/how-to/${page}.md`)
    .split(/^## /m)
    .find((part) => part.startsWith(heading));
  if (section === undefined) throw new Error(`${page} has no heading ${heading}.`);
  return section;
}

/** Runs commands and answers what they wrote; fails unless they end as they should. */
function run(commands: string, code = 0): string {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: folder, ...shell };
  const options = { cwd: folder, env, encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync('sh', ['-e', '-c', commands], options);
  expect([status, stderr], `${commands}\n${stdout}`).toEqual([code, code === 0 ? '' : stderr]);
  return stdout + stderr;
}

function runUnder(page: string, heading: string): readonly string[] {
  return blocksUnder(page, heading).map((block) => run(block));
}

async function start(): Promise<string> {
  boundary = startProcess(folder, settings);
  const address = await ready(boundary);
  shell = { ...shell, CRATON_BOUNDARY_URL: address };
  return address;
}

async function stop(): Promise<void> {
  if (boundary === undefined) return;
  boundary.child.kill('SIGTERM');
  await boundary.ended;
  boundary = undefined;
}

/** A root, its trust policy, and an attested signing key, as they stand before either page. */
function makeKeys(): void {
  run(
    [
      './craton keys root --out root-key.txt',
      './craton keys signing --out signing-key.txt',
      './craton keys log --out log-key.txt --origin craton.example/production --json > log.json',
      './craton keys attest --root-key root-key.txt --key signing-key.public.json \\',
      '  --issuer craton.example --environment production --out attestations.json',
      './craton trust make --root-key root-key.public.json --issuer craton.example \\',
      '  --environment production --out trust-policy.txt',
    ].join('\n'),
  );
  writeFileSync(join(folder, 'boundary.db'), '');
  writeFileSync(join(folder, 'request.json'), sampleBody());
}

async function admitOperator(): Promise<void> {
  const [make = '', issue = '', find = ''] = blocksUnder('api-keys', 'The first operator');
  const [, digest = ''] = /CRATON_OPERATOR_BOOTSTRAP_SHA256=(\S+)/.exec(run(make)) ?? [];
  settings = { ...settings, CRATON_OPERATOR_BOOTSTRAP_SHA256: digest };
  await start();
  expect(boundary?.err.join('')).toContain('lets that operator token in for one hour');
  run(issue);
  const { CRATON_OPERATOR_BOOTSTRAP_SHA256: used, ...others } = settings;
  expect(used).toMatch(/^[0-9a-f]{64}$/);
  settings = others;
  rmSync(join(folder, 'first-token.txt'));
  const [, file = ''] = /CRATON_OPERATOR_TOKEN_FILE=(\S+)/.exec(find) ?? [];
  shell = { ...shell, CRATON_OPERATOR_TOKEN_FILE: file };
}

const check = (bundle: string, key = 'api-key-2.txt') =>
  `./craton check request.json --trust trust-policy.txt --key-file ${key} --bundle ${bundle}`;

const kidIn = (file: string): string => readBundle(file).receipt.kid;

/** In the order in which they are published. */
async function publishedKids(address: string): Promise<string[]> {
  const answer = await fetch(`${address}/protocol/v1/jwks.json`);
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

it(
  'the pages lead from a new production boundary to two signing keys that both verify offline',
  async () => {
    makeKeys();
    await admitOperator();
    replacePartnerKey();
    await rotateSigningKey();
    await stop();
    // The block before asks the boundary by curl, as `publishedKids` did.
    const [, verify = ''] = blocksUnder('rotate-a-signing-key', '4. See that both verify');
    run(verify);
    for (const file of ['before.json', 'again.json', 'after.json']) {
      const report = run(`./craton verify ${file} --trust trust-policy.txt --json`);
      expect(JSON.parse(report)).toMatchObject({
        outcome: 'reached',
        subject: { kid: kidIn(file) },
      });
    }
    expect(verifyUnderOtherKid()).toMatchObject({ outcome: 'failed' });
    await sayThatTheKeyIsLost();
  },
  TEST_MS_MAX,
);

/** The report of the first receipt if it names the next key, with both keys in its bundle. */
function verifyUnderOtherKid(): unknown {
  const [before, after] = ['again.json', 'after.json'].map(readBundle);
  const bundle = {
    ...before,
    receipt: { ...before?.receipt, kid: after?.receipt.kid },
    key_bundle: { keys: [before, after].flatMap((one) => one?.key_bundle.keys) },
    attestations: [after?.attestation],
  };
  writeFileSync(join(folder, 'other.json'), JSON.stringify(bundle));
  const report = run('./craton verify other.json --trust trust-policy.txt --json', 1);
  return JSON.parse(report);
}

interface Bundle {
  readonly receipt: { readonly kid: string };
  readonly key_bundle: { readonly keys: readonly object[] };
  readonly attestation: object;
}

function readBundle(file: string): Bundle {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle;
}

/** `docs/how-to/api-keys.md`, from the first partner to the events. */
function replacePartnerKey(): void {
  runUnder('api-keys', 'A partner and its key');
  // No path is deployed yet: the verdict is a reject, and its receipt holds all the same.
  expect(run(check('before.json', 'api-key.txt'))).toContain('reject: no_live_boundary');
  const [issue = '', lookAndRevoke = ''] = blocksUnder('api-keys', 'Replace a key');
  run(issue);
  run(check('unused.json'));
  const { api_keys: keys } = JSON.parse(run('./craton api-keys list --json')) as {
    api_keys: { key_id: string; kind: string; partner_id?: string; last_used_at?: string }[];
  };
  const [first, second] = keys.filter(
    ({ kind, partner_id: partner }) => kind === 'bnd' && partner !== 'craton_sample',
  );
  expect([first, second].map((key) => key?.last_used_at !== undefined)).toEqual([true, true]);
  shell = { ...shell, KEY_ID: first?.key_id ?? '' };
  run(lookAndRevoke);
  expect(run(check('none.json', 'api-key.txt'), 1)).toContain('401 ERR_UNAUTHENTICATED');
  expect(existsSync(join(folder, 'none.json'))).toBe(false);
  const [events = ''] = runUnder('api-keys', 'A key is in the wrong hands');
  const rows = [...events.matchAll(/^(\d+) +\S+ +(\S+) +(\S+) +\{/gm)];
  expect(rows.map(([, number, , action]) => `${number ?? ''} ${action ?? ''}`)).toEqual([
    '1 api_key_issued',
    // The sample receipt of the first start.
    '2 partner_added',
    '3 api_key_issued',
    '4 api_key_issued',
    '5 partner_added',
    '6 api_key_issued',
    '7 api_key_issued',
    '8 api_key_revoked',
  ]);
  expect(rows[0]?.[2]).toBe('start');
}

/** `docs/how-to/rotate-a-signing-key.md`, with a restart between all its steps. */
async function rotateSigningKey(): Promise<void> {
  const page = 'rotate-a-signing-key';
  runUnder(page, '1. Make the next key');
  // The signing key may stand in the set.
  settings = { ...settings, CRATON_RETIRED_KEYS_FILE: 'retired-keys.json' };
  await stop();
  const oldKid = kidIn('before.json');
  expect(await publishedKids(await start())).toEqual([oldKid]);
  await stop();
  runUnder(page, '2. Attest it');
  settings = { ...settings, ...settingsUnder(page, '3. Change the settings') };
  const address = await start();
  run(check('after.json'));
  const newKid = kidIn('after.json');
  expect(newKid).not.toBe(oldKid);
  expect(await publishedKids(address)).toEqual([newKid, oldKid]);
  await saveBundleAgain(address);
  expect(kidIn('again.json')).toBe(oldKid);
}

/** `docs/how-to/rotate-a-signing-key.md`, its last part: the statement reaches the bundles. */
async function sayThatTheKeyIsLost(): Promise<void> {
  const [page, heading] = ['rotate-a-signing-key', 'The key may be in other hands'];
  settings = { ...settings, CRATON_LOG_KEY_FILE: 'log-key.txt' };
  const address = await start();
  await save(address, `/log/proof/${requestIdOf('before.json')}?wait=10`, 'proof.json');
  await save(address, '/log/checkpoint', 'checkpoint.txt');
  await stop();
  const log = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')) as {
    verifier_key: string;
  };
  const policy = readFileSync(join(folder, 'trust-policy.txt'), 'utf8');
  writeFileSync(join(folder, 'trust-policy.txt'), withLog(policy, log.verifier_key));
  const [compromise = ''] = blocksUnder(page, heading);
  run(`${compromise.trim()} --root-key root-key.txt --out compromise.json 2>&1`);
  const { CRATON_TRUST_POLICY_FILE: policyFile = '', ...withoutPolicy } = settingsUnder(
    page,
    heading,
  );
  const refused = startProcess(folder, { ...settings, ...withoutPolicy });
  expect([await refused.ended, refused.err.join('')]).toEqual([
    1,
    expect.stringContaining('CRATON_TRUST_POLICY_FILE'),
  ]);
  settings = { ...settings, ...withoutPolicy, CRATON_TRUST_POLICY_FILE: policyFile };
  const again = await start();
  for (const name of ['before.json', 'after.json']) {
    await save(again, `/v1/receipts/${requestIdOf(name)}/bundle`, `lost-${name}`);
  }
  const statusOf = (file: string): unknown => {
    const report = run(`./craton verify ${file} --trust trust-policy.txt --json`);
    const { checks } = JSON.parse(report) as { checks: { id: string; code: string }[] };
    return checks.find(({ id }) => id === 'key_status')?.code;
  };
  // Nobody witnessed this log, and the report does not hide it.
  expect(['before', 'lost-before', 'lost-after'].map((name) => statusOf(`${name}.json`))).toEqual([
    'ok',
    'key_compromised_unwitnessed',
    'ok',
  ]);
}

const withLog = (policy: string, vkey: string): string =>
  `${policy.replace(/^quorum .*\n/m, '')}log ${vkey}\nquorum none\n`;

const requestIdOf = (file: string): string =>
  (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { opening: { request_id: string } })
    .opening.request_id;

/** Asks as the partner does. */
async function save(address: string, path: string, file: string): Promise<void> {
  const key = readFileSync(join(folder, 'api-key-2.txt'), 'utf8').trim();
  const headers = { authorization: `Bearer ${key}` };
  let answer = await fetch(`${address}${path}`, { headers });
  // No checkpoint covers it yet; the test's own time limit ends this.
  while (answer.status === 503) answer = await fetch(`${address}${path}`, { headers });
  expect([path, answer.status]).toEqual([path, 200]);
  writeFileSync(join(folder, file), await answer.text());
}

/** The settings in the block under one heading of a page. */
function settingsUnder(page: string, heading: string): Record<string, string> {
  const section = sectionUnder(page, heading);
  const [, lines = ''] = /^```ini\n([\s\S]*?)^```/m.exec(section) ?? [];
  return Object.fromEntries(lines.trim().split('\n').map(pairOf));
}

function pairOf(line: string): [string, string] {
  const [name = '', value = ''] = line.split('=');
  return [name, value];
}

/** The bundle of the first receipt, made by the boundary that signs with the next key. */
async function saveBundleAgain(address: string): Promise<void> {
  await save(address, `/v1/receipts/${requestIdOf('before.json')}/bundle?form=full`, 'again.json');
}
