import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Attestation,
  decodeBase64,
  keyFingerprint,
  parseKeySet,
  parseVerifierKey,
  readAttestation,
  thumbprint,
  verifyEd25519,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  readGolden,
  writeText,
} from '../../test/fake-context.ts';
import { attestKey } from '../keys/attest-key.ts';
import { keyPairOf } from '../keys/key-pair.ts';

const golden = readGolden('001-allow');

interface KeyDocument {
  readonly private_key_file: string;
  readonly public_key_file: string;
  readonly kid: string;
  readonly fingerprint_sha256: string;
  readonly public_key_b64: string;
  readonly root_key_id?: string;
  readonly verifier_key?: string;
}

async function makeKey(context: FakeContext, ...args: string[]): Promise<KeyDocument> {
  return jsonOf(await craton(context, 'keys', ...args, '--json')) as KeyDocument;
}

function textOf(context: FakeContext, name: string): string {
  return readFileSync(join(context.cwd, name), 'utf8');
}

describe('craton keys: making', () => {
  it.each(['root', 'signing', 'log', 'posture'])('makes a %s key', async (role) => {
    const context = fakeContext();
    const made = await makeKey(context, role, '--out', 'key.txt');
    const seed = decodeBase64(textOf(context, 'key.txt').trim());
    const { publicKey } = keyPairOf(seed);
    expect(made.kid).toBe(thumbprint(publicKey));
    expect(made.fingerprint_sha256).toBe(keyFingerprint(publicKey));
    expect(decodeBase64(made.public_key_b64)).toEqual(publicKey);
    expect(statSync(join(context.cwd, 'key.txt')).mode & 0o777).toBe(0o600);
    const jwk = JSON.parse(textOf(context, 'key.public.json')) as never;
    expect(parseKeySet({ keys: [jwk] }).get(made.kid)).toEqual(publicKey);
    expect(Object.keys(jwk)).not.toContain('d');
  });

  it('prints kid and fingerprint, and never the private part', async () => {
    const context = fakeContext();
    const { code, out, err } = await craton(context, 'keys', 'root', '--out', 'root.txt');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/kid +[A-Za-z0-9_-]{43}/);
    expect(out).toMatch(/fingerprint +([0-9a-f]{4} ){15}[0-9a-f]{4}/);
    expect(out).not.toContain(textOf(context, 'root.txt').trim());
  });

  it('agrees with the golden cases on the key of a seed', () => {
    const { publicKey } = keyPairOf(new Uint8Array(32).fill(2));
    expect(thumbprint(publicKey)).toBe(golden.expected.jwk.kid);
  });

  it('never overwrites a private or a public file', async () => {
    const context = fakeContext();
    writeText(context, 'a.txt', 'precious');
    const first = await craton(context, 'keys', 'signing', '--out', 'a.txt');
    expect(first.code).toBe(1);
    expect(first.err).toContain('exists already and is never overwritten');
    expect(textOf(context, 'a.txt')).toBe('precious');
    expect(existsSync(join(context.cwd, 'a.public.json'))).toBe(false);
  });

  it('says what is wrong with a folder that is not there', async () => {
    const ran = await craton(fakeContext(), 'keys', 'log', '--out', 'gone/key.txt');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('cannot be written (ENOENT)');
  });

  it('names a root by the id given, else by its fingerprint', async () => {
    const context = fakeContext();
    const named = await makeKey(context, 'root', '--out', 'a.txt', '--id', 'acme-root-1');
    expect(named.root_key_id).toBe('acme-root-1');
    const unnamed = await makeKey(context, 'root', '--out', 'b.txt');
    expect(unnamed.root_key_id).toBe(`root-${unnamed.fingerprint_sha256.slice(0, 12)}`);
    const bad = await craton(context, 'keys', 'root', '--out', 'c.txt', '--id', 'Acme Root');
    expect(bad.code).toBe(64);
    expect(existsSync(join(context.cwd, 'c.txt'))).toBe(false);
  });

  it('prints the policy line of a log', async () => {
    const origin = 'craton.example/production';
    const made = await makeKey(fakeContext(), 'log', '--out', 'log.txt', '--origin', origin);
    const key = parseVerifierKey(made.verifier_key ?? '');
    expect(key.name).toBe(origin);
    expect(key.publicKey).toEqual(decodeBase64(made.public_key_b64));
  });
});

const ATTEST = 'keys attest --root-key root.txt --issuer craton.example --environment'.split(' ');

describe('craton keys attest', () => {
  async function withKeys(): Promise<FakeContext> {
    const context = fakeContext();
    await makeKey(context, 'root', '--out', 'root.txt');
    await makeKey(context, 'signing', '--out', 'signing.txt');
    return context;
  }

  it('makes an attestation that verifies under the root', async () => {
    const context = await withKeys();
    const window = ['--from', '2026-01-01', '--to', '2026-12-31T23:59:59Z'];
    const args = [...ATTEST, 'production,staging', '--key', 'signing.public.json', ...window];
    const attestation = jsonOf(await craton(context, ...args)) as Attestation;
    const { payload, payloadBytes, signature } = readAttestation({ ...attestation });
    const root = keyPairOf(decodeBase64(textOf(context, 'root.txt').trim()));
    expect(await verifyEd25519(root.publicKey, payloadBytes, signature)).toBe(true);
    expect(payload).toMatchObject({
      root_key_id: `root-${keyFingerprint(root.publicKey).slice(0, 12)}`,
      issuer: 'craton.example',
      environments: ['production', 'staging'],
      not_before: '2026-01-01T00:00:00.000Z',
      not_after: '2026-12-31T23:59:59.000Z',
    });
  });

  it('makes the attestation of the golden cases, byte for byte', async () => {
    const root = keyPairOf(new Uint8Array(32).fill(1));
    const from = Date.UTC(2026, 0, 1);
    const attestation = await attestKey(root, {
      rootKeyId: 'golden-root-1',
      subjectPublicKey: keyPairOf(new Uint8Array(32).fill(2)).publicKey,
      issuer: 'golden.example',
      environments: ['development'],
      issuedAtMs: from,
      notBeforeMs: from,
      notAfterMs: Date.UTC(2027, 0, 1),
    });
    expect(attestation).toEqual(golden.full.bundle.attestation);
  });

  it('adds to a file, keeping what is there', async () => {
    const context = await withKeys();
    await makeKey(context, 'signing', '--out', 'next.txt');
    for (const key of ['signing.public.json', 'next.public.json']) {
      const ran = await craton(context, ...ATTEST, 'test', '--key', key, '--out', 'list.json');
      expect(ran.code).toBe(0);
      expect(ran.out).toContain('Added an attestation to list.json.');
    }
    const list = JSON.parse(textOf(context, 'list.json')) as Attestation[];
    expect(list.map((item) => readAttestation({ ...item }).payload.subject.kid)).toHaveLength(2);
    expect(new Set(list.map(({ payload_b64 }) => payload_b64)).size).toBe(2);
  });

  it('refuses a secret key file in the place of a public key', async () => {
    const context = await withKeys();
    const ran = await craton(context, ...ATTEST, 'test', '--key', 'signing.txt');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('looks like a secret key file');
    expect(ran.err).not.toContain(textOf(context, 'signing.txt').trim());
  });

  it('refuses a root file that others can read', async () => {
    const context = await withKeys();
    chmodSync(join(context.cwd, 'root.txt'), 0o644);
    const ran = await craton(context, ...ATTEST, 'test', '--key', 'signing.public.json');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('chmod 600');
  });

  it('refuses a root that attests itself, and a file that is no seed', async () => {
    const context = await withKeys();
    const self = await craton(context, ...ATTEST, 'test', '--key', 'root.public.json');
    expect(self.code).toBe(1);
    expect(self.err).toContain('A root never attests itself');
    writeText(context, 'root.txt', 'not a seed\n');
    const ran = await craton(context, ...ATTEST, 'test', '--key', 'signing.public.json');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('does not hold a key');
  });

  it('refuses a generated root for anything but development', async () => {
    const context = await withKeys();
    writeText(context, 'root.txt', `development:${textOf(context, 'root.txt')}`);
    const args = [...ATTEST, 'production', '--key', 'signing.public.json'];
    const ran = await craton(context, ...args);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('root.txt was generated for development, not for production');
    const own = [...ATTEST, 'development,test', '--key', 'signing.public.json'];
    expect((await craton(context, ...own)).code).toBe(0);
  });

  it.each([
    [['Test'], []],
    [['test'], ['--from', '2027-01-01', '--to', '2026-01-01']],
    [['test'], ['--from', 'soon']],
    [['test'], ['--root-id', 'No Id']],
  ])('refuses %j %j as a wrong command line', async (environment, flags) => {
    const context = await withKeys();
    const args = [...ATTEST, ...environment, '--key', 'signing.public.json', ...flags];
    expect((await craton(context, ...args)).code).toBe(64);
  });
});

describe('craton keys list', () => {
  it('lists keys by their public files, and says who may read the private ones', async () => {
    const context = fakeContext();
    await makeKey(context, 'root', '--out', 'root.txt');
    await makeKey(context, 'signing', '--out', 'signing.txt');
    const attested = [...ATTEST, 'test', '--key', 'signing.public.json'];
    await craton(context, ...attested, '--out', 'attestations.json');
    chmodSync(join(context.cwd, 'signing.txt'), 0o640);
    const listed = jsonOf(await craton(context, 'keys', 'list', '.', '--json')) as {
      keys: { public_key_file: string; private_key_file: string }[];
      attestations: { issuer: string }[];
    };
    const files = listed.keys.map((key) => [key.public_key_file, key.private_key_file]);
    expect(files).toEqual([
      ['root.public.json', 'mode_0600'],
      ['signing.public.json', 'readable_by_others'],
    ]);
    expect(listed.attestations).toMatchObject([{ issuer: 'craton.example' }]);
    const { out } = await craton(context, 'keys', 'list', '.');
    expect(out).toMatch(/private file +readable by others/);
    expect(out).toMatch(/root-[0-9a-f]{12} attests \S+ from/);
  });

  it('opens no private file', async () => {
    const context = fakeContext();
    await makeKey(context, 'root', '--out', 'root.txt');
    writeText(context, 'root.txt', 'damaged');
    expect((await craton(context, 'keys', 'list', '.')).code).toBe(0);
  });

  it('says that a folder is not there', async () => {
    const { code, err } = await craton(fakeContext(), 'keys', 'list', 'gone');
    expect(code).toBe(1);
    expect(err).toContain('does not exist');
  });
});
