import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFingerprint, parseTlogPolicy, parseTrustPolicy } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  readGolden,
  writeText,
} from '../../test/fake-context.ts';
import { keyPairOf } from '../keys/key-pair.ts';
import { fingerprintGroups, fingerprintWords } from '../trust/words.ts';

const golden = readGolden('001-allow');
const ROOT_B64 = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=';
const LOG = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
const WITNESS = 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2';
const MAKE = 'trust make --issuer golden.example --environment development'.split(' ');

describe('craton trust make', () => {
  it('makes a policy that verifies receipts of that root', async () => {
    const context = fakeContext();
    const root = ['--root-key', ROOT_B64, '--root-id', 'golden-root-1'];
    expect((await craton(context, ...MAKE, ...root, '--out', 'trust.txt')).code).toBe(0);
    writeText(context, 'bundle.json', JSON.stringify(golden.full.bundle));
    const flags = ['--trust', 'trust.txt', '--at', golden.full.checked_at];
    expect((await craton(context, 'verify', 'bundle.json', ...flags)).code).toBe(0);
  });

  it('prints the policy, with what is required and the log', async () => {
    const more = ['--require', 'signature,issuer,commitment', '--log', LOG];
    const ran = await craton(fakeContext(), ...MAKE, '--root-key', ROOT_B64, ...more);
    const policy = parseTrustPolicy(Buffer.from(ran.out));
    expect(policy.require.map(({ line }) => line)).toEqual(['signature', 'issuer', 'commitment']);
    expect(policy.tlog.logs[0]?.key.name).toBe('example.com/log/testdata');
    expect(policy.roots[0]?.publicKey).toEqual(keyPairOf(new Uint8Array(32).fill(1)).publicKey);
  });

  it('takes the public file of a root, and gives it the id that keys attest gives it', async () => {
    const context = fakeContext();
    await craton(context, 'keys', 'root', '--out', 'root.txt');
    const ran = await craton(context, ...MAKE, '--root-key', 'root.public.json', '--json');
    const { text } = jsonOf(ran) as { text: string };
    const [root] = parseTrustPolicy(Buffer.from(text)).roots;
    const fingerprint = keyFingerprint(root?.publicKey ?? new Uint8Array());
    expect(root?.keyId).toBe(`root-${fingerprint.slice(0, 12)}`);
  });

  it('never overwrites, and refuses secret files and unknown lines', async () => {
    const context = fakeContext();
    await craton(context, 'keys', 'root', '--out', 'root.txt');
    const secret = await craton(context, ...MAKE, '--root-key', 'root.txt');
    expect(secret.err).toContain('looks like a secret key file');
    writeText(context, 'trust.txt', 'mine');
    const out = await craton(context, ...MAKE, '--root-key', ROOT_B64, '--out', 'trust.txt');
    expect(out.code).toBe(1);
    expect(readFileSync(join(context.cwd, 'trust.txt'), 'utf8')).toBe('mine');
    const unknown = await craton(context, ...MAKE, '--root-key', ROOT_B64, '--require', 'luck');
    expect(unknown.code).toBe(64);
    expect(unknown.err).toContain('A required line must be one of');
  });
});

describe('craton trust show', () => {
  function policyFile(context: FakeContext): string {
    return writeText(
      context,
      'trust.txt',
      [
        golden.full.trust_policy.split('\n').slice(0, 3).join('\n'),
        'require signature',
        'issuer-operated remora',
        `log ${LOG} https://log.example/`,
        `witness remora ${WITNESS}`,
        'quorum remora',
        '',
      ].join('\n'),
    );
  }

  it('says whom a policy trusts', async () => {
    const context = fakeContext();
    const { code, out } = await craton(context, 'trust', 'show', policyFile(context));
    expect(code).toBe(0);
    expect(out).toMatch(/Root golden-root-1\n +speaks for +golden.example\n +in +development/);
    expect(out).toContain('3475 0f98 bd59 fcfc');
    expect(out).toContain('Always required: signature.');
    expect(out).toContain('Log example.com/log/testdata, key id 33d7b496.');
    expect(out).toContain('Witness remora, run by the issuer itself.');
    expect(out).toContain('Witness quorum: remora.');
  });

  it('spells fingerprints in words', async () => {
    const context = fakeContext();
    const file = policyFile(context);
    const { out } = await craton(context, 'trust', 'show', '--words', file);
    expect(out).toContain('three four seven five zero Foxtrot nine eight\n');
    const json = jsonOf(await craton(context, 'trust', 'show', '--words', '--json', file));
    expect(json).toMatchObject({ roots: [{ words: { length: 8 } }], quorum: 'remora' });
  });

  it('names the line that is wrong', async () => {
    const context = fakeContext();
    writeText(context, 'trust.txt', 'craton-policy v1\ntrust everybody\n');
    const { code, err } = await craton(context, 'trust', 'show', 'trust.txt');
    expect(code).toBe(1);
    expect(err).toContain('Line 2 of the policy: the keyword is not known.');
  });

  it('prints the C2SP part alone', async () => {
    const context = fakeContext();
    const { code, out } = await craton(context, 'trust', 'tlog', policyFile(context));
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `log ${LOG} https://log.example/`,
      `witness remora ${WITNESS}`,
      'quorum remora',
      '',
    ]);
    expect(parseTlogPolicy(out).quorum).toBe('remora');
    writeText(context, 'bare.txt', 'craton-policy v1\n');
    expect((await craton(context, 'trust', 'tlog', 'bare.txt')).code).toBe(1);
  });
});

describe('fingerprints to read aloud', () => {
  it('give every digit a word of its own', () => {
    const words = fingerprintWords('0123456789abcdef'.repeat(4)).join(' ').split(' ');
    expect(words).toHaveLength(64);
    expect(new Set(words).size).toBe(16);
    expect(new Set(words.map((word) => word.slice(0, 3))).size).toBe(16);
    expect(fingerprintGroups('0123456789')).toBe('0123 4567 89');
  });
});
