import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attestation, parseKeySet, readAttestation } from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeText,
} from '../../test/fake-context.ts';

let context: FakeContext;
/** Of the key in use. */
let oldKid: string;

const textOf = (name: string): string => readFileSync(join(context.cwd, name), 'utf8');
const jsonIn = (name: string) => JSON.parse(textOf(name)) as never;
const exists = (name: string): boolean => existsSync(join(context.cwd, name));
const keys = (...args: string[]): Promise<Ran> => craton(context, 'keys', ...args);

const ROTATE = [
  ...['rotate', '--key', 'signing-key.public.json', '--out', 'signing-key-2.txt'],
  ...['--retired', 'retired-keys.json'],
];
const ROOT = [
  ...['--root-key', 'root.txt', '--issuer', 'craton.example', '--environment', 'production'],
  ...['--attestations', 'attestations.json'],
];

beforeEach(async () => {
  context = fakeContext();
  const made = jsonOf(await keys('signing', '--out', 'signing-key.txt', '--json'));
  oldKid = (made as { kid: string }).kid;
});

describe('craton doctor, about retired keys', () => {
  interface Found {
    readonly id: string;
    readonly status: string;
    readonly detail: string;
  }

  async function find(env: Record<string, string>): Promise<Found | undefined> {
    const production = {
      CRATON_ENV: 'production',
      CRATON_ISSUER: 'craton.example',
      CRATON_SIGNING_KEY_FILE: 'signing-key-2.txt',
      CRATON_ATTESTATIONS_FILE: 'attestations.json',
      ...env,
    };
    const ran = await craton({ ...context, env: production }, 'doctor', '--json');
    const { findings } = jsonOf(ran) as { findings: Found[] };
    return findings.find(({ id }) => id === 'retired_keys');
  }

  const ATTEST = ['attest', ...ROOT.slice(0, -2), '--out', 'attestations.json', '--key'];

  it('follows a rotation from its first step to its last', async () => {
    await keys('root', '--out', 'root.txt');
    const set = { CRATON_RETIRED_KEYS_FILE: 'retired-keys.json' };
    expect(await find({})).toBeUndefined();
    expect(await find(set)).toMatchObject({ status: 'blocked' });
    await keys(...ROTATE);
    expect(await find(set)).toMatchObject({
      status: 'blocked',
      detail: `No attestation is of ${oldKid}.`,
    });
    await keys(...ATTEST, 'signing-key.public.json');
    expect(await find(set)).toMatchObject({ status: 'ok' });
    writeText(context, 'retired-keys.json', '[]');
    expect(await find(set)).toMatchObject({ status: 'blocked' });
  });
});

describe('craton keys rotate', () => {
  it('makes a new key and retires the public part of the old one', async () => {
    const ran = await keys(...ROTATE, '--json');
    expect([ran.code, ran.err]).toEqual([0, '']);
    const rotation = jsonOf(ran) as { kid: string };
    expect(rotation).toMatchObject({
      object: 'craton.key_rotation.v1',
      retired_kid: oldKid,
      retired_keys_file: 'retired-keys.json',
      attested: false,
    });
    expect([...parseKeySet(jsonIn('retired-keys.json')).keys()]).toEqual([oldKid]);
    expect(Object.keys(jsonIn('retired-keys.json'))).toEqual(['keys']);
    const jwk = jsonIn('signing-key-2.public.json');
    expect([...parseKeySet({ keys: [jwk] }).keys()]).toEqual([rotation.kid]);
    expect(rotation.kid).not.toBe(oldKid);
    expect(statSync(join(context.cwd, 'signing-key-2.txt')).mode & 0o777).toBe(0o600);
  });

  it('says what to attest and what to change, in this order', async () => {
    const { out } = await keys(...ROTATE);
    const steps = [
      'craton keys attest --root-key ROOT --key signing-key-2.public.json',
      'CRATON_ATTESTATIONS_FILE',
      'CRATON_RETIRED_KEYS_FILE=retired-keys.json',
      'CRATON_SIGNING_KEY_FILE=signing-key-2.txt',
      'Restart',
      'Destroy the old private key',
    ];
    const places = steps.map((step) => out.indexOf(step));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(out).not.toContain(textOf('signing-key-2.txt').trim());
  });

  it('keeps the keys that were retired before', async () => {
    await keys(...ROTATE);
    const again = ROTATE.map((text) => text.replace('key-2.txt', 'key-3.txt'));
    again[2] = 'signing-key-2.public.json';
    expect((await keys(...again)).code).toBe(0);
    const kids = [...parseKeySet(jsonIn('retired-keys.json')).keys()];
    expect(kids).toHaveLength(2);
    expect(kids[0]).toBe(oldKid);
  });

  it('opens no private file: the old one may be gone', async () => {
    writeText(context, 'signing-key.txt', 'damaged');
    expect((await keys(...ROTATE)).code).toBe(0);
    expect(textOf('signing-key.txt')).toBe('damaged');
  });

  it('attests the new key too, if a root is named', async () => {
    await keys('root', '--out', 'root.txt');
    const ran = await keys(...ROTATE, ...ROOT, '--json');
    expect(jsonOf(ran)).toMatchObject({ attested: true });
    const [attestation] = jsonIn('attestations.json') as Attestation[];
    const { payload } = readAttestation({ ...attestation! });
    expect(payload).toMatchObject({
      issuer: 'craton.example',
      environments: ['production'],
      subject: { kid: (jsonOf(ran) as { kid: string }).kid },
    });
    const next = ROTATE.map((text) => text.replace('key-2.txt', 'key-3.txt'));
    next[2] = 'signing-key-2.public.json';
    const { out } = await keys(...next, ...ROOT);
    expect(out).not.toContain('keys attest');
    expect(jsonIn('attestations.json')).toHaveLength(2);
  });

  const nothingWasMade = (): void => {
    expect([exists('signing-key-2.txt'), exists('signing-key-2.public.json')]).toEqual([
      false,
      false,
    ]);
  };

  it('makes nothing if the root cannot be used', async () => {
    expect((await keys(...ROTATE, ...ROOT)).code).toBe(1);
    nothingWasMade();
    await keys('root', '--out', 'root.txt');
    chmodSync(join(context.cwd, 'root.txt'), 0o644);
    expect((await keys(...ROTATE, ...ROOT)).code).toBe(1);
    chmodSync(join(context.cwd, 'root.txt'), 0o600);
    expect((await keys(...ROTATE, '--root-key', 'root.txt')).code).toBe(64);
    expect((await keys(...ROTATE, ...ROOT, '--issuer', 'No Name')).code).toBe(64);
    nothingWasMade();
    expect(exists('retired-keys.json')).toBe(false);
  });

  it('makes nothing if the key is retired already, or the set is none', async () => {
    writeText(context, 'retired-keys.json', '{"keys":[{"kty":"RSA"}]}');
    const broken = await keys(...ROTATE);
    expect([broken.code, broken.err.includes('is not a set of public keys')]).toEqual([1, true]);
    writeText(context, 'retired-keys.json', `{"keys":[${textOf('signing-key.public.json')}]}`);
    const twice = await keys(...ROTATE);
    expect([twice.code, twice.err.includes('already')]).toEqual([1, true]);
    nothingWasMade();
  });

  it('never overwrites a key, and retires none then', async () => {
    writeText(context, 'signing-key-2.txt', 'precious');
    expect((await keys(...ROTATE)).code).toBe(1);
    expect(textOf('signing-key-2.txt')).toBe('precious');
    expect(exists('retired-keys.json')).toBe(false);
  });

  it('refuses a private key file in the place of the public one', async () => {
    const args = ROTATE.map((text) => (text.endsWith('.public.json') ? 'signing-key.txt' : text));
    const ran = await keys(...args);
    expect([ran.code, ran.err.includes('looks like a secret key file')]).toEqual([1, true]);
    nothingWasMade();
  });
});
