/** What `craton doctor` says of statements about compromised keys, as a start would judge them. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attestation, encodeBase64, formatVerifierKey } from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeJson,
  writeText,
} from '../../test/fake-context.ts';
import { logSigner, ServedLog } from '../../test/served-log.ts';
import { keyPairOf } from '../keys/key-pair.ts';

const ORIGIN = 'craton.example/production';
const ROOT = keyPairOf(new Uint8Array(32).fill(33));
const ROOT_SEED = `${encodeBase64(new Uint8Array(32).fill(33))}\n`;

interface Found {
  readonly id: string;
  readonly status: string;
  readonly detail: string;
}

let context: FakeContext;

const keys = async (...args: string[]): Promise<Ran> => {
  const ran = await craton(context, 'keys', ...args);
  expect([ran.err, ran.code]).toEqual([expect.any(String), 0]);
  return ran;
};

const read = (name: string): unknown => JSON.parse(readFileSync(join(context.cwd, name), 'utf8'));

const ATTEST = [
  ...['attest', '--root-key', 'root.txt', '--issuer', 'craton.example'],
  ...['--environment', 'production', '--out', 'attestations.json', '--key'],
];

/** A key that was rotated, and a statement that others may have the old one. */
beforeEach(async () => {
  context = fakeContext();
  chmodSync(join(context.cwd, writeText(context, 'root.txt', ROOT_SEED)), 0o600);
  await keys('signing', '--out', 'signing-key.txt');
  await keys(...ATTEST, 'signing-key.public.json');
  await keys(
    ...['rotate', '--key', 'signing-key.public.json', '--out', 'signing-key-2.txt'],
    ...['--retired', 'retired-keys.json'],
  );
  await keys(...ATTEST, 'signing-key-2.public.json');
  const [{ root_key_id: rootKeyId } = { root_key_id: '' }] = read(
    'attestations.json',
  ) as Attestation[];
  const log = new ServedLog(ORIGIN);
  await log.growTo(3);
  writeText(context, 'checkpoint.txt', log.note);
  writeText(context, 'trust.txt', policyOf(rootKeyId));
  await state('signing-key.public.json', 'lost.json');
});

const policyOf = (rootKeyId: string, root = ROOT): string =>
  [
    'craton-policy v1',
    `root ${rootKeyId} ${encodeBase64(root.publicKey)} craton.example production`,
    `log ${formatVerifierKey(logSigner(ORIGIN).key)}`,
    'quorum none\n',
  ].join('\n');

const state = (key: string, out: string): Promise<Ran> =>
  keys(
    ...['compromise', '--key', key, '--checkpoint', 'checkpoint.txt', '--trust', 'trust.txt'],
    ...['--root-key', 'root.txt', '--out', out],
  );

async function find(env: Record<string, string>): Promise<Found | undefined> {
  const production = {
    CRATON_ENV: 'production',
    CRATON_ISSUER: 'craton.example',
    CRATON_SIGNING_KEY_FILE: 'signing-key-2.txt',
    CRATON_ATTESTATIONS_FILE: 'attestations.json',
    CRATON_RETIRED_KEYS_FILE: 'retired-keys.json',
    ...env,
  };
  const ran = await craton({ ...context, env: production }, 'doctor', '--json');
  const { findings } = jsonOf(ran) as { findings: Found[] };
  return findings.find(({ id }) => id === 'key_compromises');
}

const BOTH = { CRATON_KEY_COMPROMISES_FILE: 'lost.json', CRATON_TRUST_POLICY_FILE: 'trust.txt' };

describe('craton doctor, about compromised keys', () => {
  it('says nothing where nothing is set, and is content with what a start takes', async () => {
    expect(await find({})).toBeUndefined();
    expect(await find(BOTH)).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^1 /) });
    writeJson(context, 'list.json', [read('lost.json'), read('lost.json')]);
    expect(await find({ ...BOTH, CRATON_KEY_COMPROMISES_FILE: 'list.json' })).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^2 /),
    });
  });

  it('looks at the trust policy alone as well', async () => {
    const alone = (file: string) => find({ CRATON_TRUST_POLICY_FILE: file });
    expect(await alone('trust.txt')).toMatchObject({ status: 'ok' });
    expect(await alone('lost.json')).toMatchObject({ status: 'blocked' });
    expect(await alone('none.txt')).toMatchObject({ status: 'blocked' });
  });

  it('misses the trust policy beside statements', async () => {
    expect(await find({ CRATON_KEY_COMPROMISES_FILE: 'lost.json' })).toMatchObject({
      status: 'blocked',
      detail: expect.stringContaining('CRATON_TRUST_POLICY_FILE'),
    });
  });

  it('refuses files that are none, and statements of roots that the policy does not name', async () => {
    const of = (file: string) => find({ ...BOTH, CRATON_KEY_COMPROMISES_FILE: file });
    for (const file of ['none.json', 'trust.txt', 'attestations.json']) {
      expect([file, (await of(file))?.status]).toEqual([file, 'blocked']);
    }
    writeText(context, 'trust.txt', policyOf('another-root'));
    expect(await find(BOTH)).toMatchObject({ status: 'blocked' });
  });

  it('refuses a statement of a root that attested no key here', async () => {
    writeJson(context, 'attestations.json', []);
    expect(await find(BOTH)).toMatchObject({
      status: 'blocked',
      detail: expect.stringContaining('attested no key here'),
    });
  });

  it('refuses a key that is not retired, and one that signs although it stands in the set', async () => {
    const blocked = { status: 'blocked', detail: expect.stringContaining('or signs here') };
    expect(await find({ ...BOTH, CRATON_RETIRED_KEYS_FILE: 'none.json' })).toMatchObject(blocked);
    expect(await find({ ...BOTH, CRATON_SIGNING_KEY_FILE: 'signing-key.txt' })).toMatchObject(
      blocked,
    );
  });
});
