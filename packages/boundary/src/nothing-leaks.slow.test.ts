/** Secrets go into the real process by every way there is; nothing that comes out holds one. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Process, ready, startProcess } from '../test/boundary-process.ts';
import { Explorer } from '../test/explorer.ts';
import { attest } from '../test/harness.ts';
import { SecretSearch } from '@craton/policy';
import { composeApiKey } from './api-key.ts';
import { BOUNDARY_SETTINGS } from './settings.ts';
import { createSigner } from './signing/signer.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** In every refused value; the rest of a value says where it was sent. */
const REFUSED = `canary${randomBytes(8).toString('hex')}`;
const STORE_WORD = `store${randomBytes(8).toString('hex')}`;
const PASSWORD = `pass${randomBytes(8).toString('hex')}`;
const CLIENT_SECRET = `client${randomBytes(8).toString('hex')}`;
const CREDENTIALS = 'dev-credentials.json';

interface Installation {
  readonly folder: string;
  readonly data: string;
  /** The text of every secret variable. */
  readonly given: Readonly<Record<string, string>>;
  /** What must not come out. */
  readonly secrets: ReadonlyMap<string, string | Uint8Array>;
}

function install(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'craton-leaks-'));
  const data = join(folder, 'data');
  mkdirSync(join(folder, 'secrets'));
  mkdirSync(data);
  const [signing, staging] = [randomBytes(32), randomBytes(32)];
  const pullKey = composeApiKey('pull', 'development', randomBytes(32));
  const seeds: readonly [name: string, seed: Buffer][] = [
    ['CRATON_SIGNING_KEY', signing],
    ['CRATON_STAGING_SIGNING_KEY', staging],
    ['CRATON_LOG_KEY', randomBytes(32)],
    ['CRATON_POSTURE_KEY', randomBytes(32)],
  ];
  const attestations = [
    attest(createSigner(signing).publicKey),
    attest(createSigner(staging).publicKey, { environments: ['staging'] }),
  ];
  writeFileSync(join(folder, 'attestations.json'), JSON.stringify(attestations));
  return {
    folder,
    data,
    given: {
      ...Object.fromEntries(seeds.map(([name, seed]) => [name, seed.toString('base64')])),
      CRATON_REVIEW_PULL_KEY: pullKey,
      DATABASE_URL: `sqlite:${join(data, `${STORE_WORD}.db`)}`,
      CRATON_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    },
    secrets: new Map<string, string | Uint8Array>([
      ...seeds,
      ['CRATON_REVIEW_PULL_KEY', pullKey.slice(-49, -6)],
      ['DATABASE_URL', STORE_WORD],
      ['CRATON_OIDC_CLIENT_SECRET', CLIENT_SECRET],
    ]),
  };
}

function settingsOf({ folder, data, given }: Installation, way: string): Record<string, string> {
  const secrets = Object.entries(given).map(([name, text]) => {
    if (way === 'variables') return [name, text];
    const file = join(folder, 'secrets', name);
    writeFileSync(file, `${text}\n`);
    return [`${name}_FILE`, file];
  });
  return {
    PORT: '0',
    CRATON_DATA_DIR: data,
    CRATON_ATTESTATIONS_FILE: join(folder, 'attestations.json'),
    CRATON_LOG_LEVEL: 'trace',
    // Nobody answers there: a sign-in that fails tells no secret either.
    CRATON_OIDC_ISSUER: 'http://127.0.0.1:1',
    CRATON_OIDC_CLIENT_ID: 'craton',
    ...(Object.fromEntries(secrets) as Record<string, string>),
  };
}

function addFiles(search: SecretSearch, { data }: Installation, when: string): void {
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    search.add(`file ${entry.name.replace(STORE_WORD, 'store')} ${when}`, readFileSync(path));
  }
}

/** Everything that came out of one run, and what must not be in it. */
interface Outcome {
  readonly search: SecretSearch;
  readonly secrets: ReadonlyMap<string, string | Uint8Array>;
  readonly explorer: Explorer;
}

type Credentials = Readonly<Record<string, string>> & {
  readonly people?: readonly { readonly act_id: string; readonly token: string }[];
};

async function explore(installation: Installation, process: Process): Promise<Outcome> {
  const search = new SecretSearch();
  const address = await ready(process);
  const credentials = JSON.parse(
    readFileSync(join(installation.data, CREDENTIALS), 'utf8'),
  ) as Credentials;
  const explorer = new Explorer(address, search, {
    canary: REFUSED,
    password: PASSWORD,
    key: credentials['boundary_api_key'] ?? '',
    stagingKey: credentials['staging_api_key'] ?? '',
    operatorToken: credentials['operator_token'] ?? '',
    people: credentials['people'] ?? [],
  });
  await explorer.explore();
  addFiles(search, installation, 'while it runs');
  process.child.kill('SIGTERM');
  expect(await process.ended).toBe(0);
  addFiles(search, installation, 'after its end');
  search.add('stdout', process.out.join(''));
  search.add('stderr', process.err.join(''));
  const secrets = new Map<string, string | Uint8Array>([
    ...installation.secrets,
    ['a refused value', REFUSED],
    ['the password of a URL', PASSWORD],
    // Without what is the same in all keys.
    ...[...explorer.keys].map(([name, text]) => [name, text.slice(-49, -6)] as const),
  ]);
  return { search, secrets, explorer };
}

/** Where an API key is meant to be: with whoever asked for it, and in the user's own file. */
function isMeant(secret: string, place: string): boolean {
  if (secret === 'the issued key') return place.startsWith('the answer with the issued key');
  return secret.startsWith('the key') && place.startsWith(`file ${CREDENTIALS}`);
}

function leaksOf({ search, secrets }: Outcome): string[] {
  return [...secrets].flatMap(([name, secret]) =>
    search
      .find(secret)
      .filter((place) => !isMeant(name, place))
      .map((place) => `${name} is in ${place}`),
  );
}

describe.each(['variables', 'files'])('secrets in %s', (way) => {
  let installation: Installation;
  let process: Process;
  let outcome: Outcome;

  beforeAll(async () => {
    installation = install();
    process = startProcess(installation.folder, settingsOf(installation, way));
    outcome = await explore(installation, process);
  });
  afterAll(async () => {
    if (process.child.exitCode === null && process.child.signalCode === null) {
      process.child.kill('SIGKILL');
      await once(process.child, 'exit');
    }
    rmSync(installation.folder, { recursive: true });
  });

  it('are all those that there are', () => {
    const names = Object.values(BOUNDARY_SETTINGS)
      .filter(({ isSecret }) => isSecret)
      .map(({ name }) => name);
    expect(Object.keys(installation.given).sort()).toEqual(names.sort());
  });

  it('were there while every route was asked well, badly and oddly', () => {
    const { explorer } = outcome;
    expect(explorer.notAnswered).toEqual([]);
    expect(explorer.acceptedCanaries).toEqual([]);
    expect([...explorer.statuses].sort()).toEqual(
      expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415, 422, 431]),
    );
    expect(explorer.asked).toBeGreaterThan(400);
    expect(outcome.search.size).toBeGreaterThan(500_000);
  });

  it('and refused values come out nowhere', () => {
    expect(leaksOf(outcome)).toEqual([]);
  });

  it('would be found: what is meant to come out is, in each kind of place', () => {
    const { search, explorer } = outcome;
    const kindsOf = (text: string) => search.find(text).map((place) => place.split(' ')[0]);
    // The name of an unknown member is told to its caller, and to nobody else.
    expect(new Set(kindsOf(explorer.memberName))).toEqual(new Set(['POST']));
    // An accepted reference is kept, and comes back to its partner.
    expect(new Set(kindsOf(explorer.reference))).toEqual(new Set(['POST', 'GET', 'file']));
    expect(search.find('/v1/receipts/:id')).toEqual(expect.arrayContaining(['stderr']));
    expect(search.find('craton-boundary ready')).toEqual(['stdout']);
    expect(search.find('craton_verdicts_total')).toContain('GET /metrics 200');
  });

  it('would be found: each one that is planted', () => {
    const { search, secrets } = outcome;
    const planted = { ...outcome, search: new SecretSearch() };
    for (const [name, secret] of secrets) {
      planted.search.add(name, Buffer.concat([Buffer.from('{"x":"'), Buffer.from(secret)]));
    }
    expect(leaksOf(planted)).toEqual([...secrets.keys()].map((name) => `${name} is in ${name}`));
    search.add('planted', `postgres://craton:${PASSWORD}@db.example/craton`);
    expect(leaksOf(outcome)).toEqual(['the password of a URL is in planted']);
  });
});

describe('a start that fails', () => {
  it('tells no password of the store', async () => {
    const installation = install();
    const failed = startProcess(installation.folder, {
      ...settingsOf(installation, 'variables'),
      DATABASE_URL: `postgres://craton:${PASSWORD}@127.0.0.1:1/craton`,
    });
    expect(await failed.ended).not.toBe(0);
    const search = new SecretSearch();
    search.add('stdout', failed.out.join(''));
    search.add('stderr', failed.err.join(''));
    addFiles(search, installation, 'after its end');
    expect(failed.err.join('').length).toBeGreaterThan(20);
    const secrets = [...installation.secrets.values(), PASSWORD];
    expect(secrets.flatMap((secret) => search.find(secret))).toEqual([]);
    rmSync(installation.folder, { recursive: true });
  });
});
