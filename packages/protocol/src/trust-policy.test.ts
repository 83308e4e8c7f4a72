import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { utf8 } from './bytes.ts';
import { CratonError } from './errors.ts';
import { createVerifierKey, formatVerifierKey, SIGNATURE_TYPE } from './tlog/index.ts';
import { parseRequirements, parseTrustPolicy } from './trust-policy.ts';

/** RFC 8032 section 7.1: public keys of tests 1 to 3. */
const KEYS = [
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
const [A, B, C] = KEYS.map(encodeBase64);
const logKey = formatVerifierKey(
  createVerifierKey('a.example/production', SIGNATURE_TYPE.ed25519, KEYS[1]!),
);
const witnessKey = formatVerifierKey(
  createVerifierKey('w.example', SIGNATURE_TYPE.cosignature, KEYS[2]!),
);
const KID = 'aVBtapLd11SUVKIMGJfPzOEDuN0sXcmzJQNVT-_sKEU';
const TREE = encodeBase64(new Uint8Array(32));

const policy = (...lines: string[]) =>
  parseTrustPolicy(utf8(['craton-policy v1', ...lines, ''].join('\n')));

describe('parseTrustPolicy', () => {
  it('reads every kind of line', () => {
    const read = policy(
      '# kept by the auditor',
      '',
      `root root-1 ${A} a.example production,staging`,
      'root-quorum 1',
      'require\tsignature,witnesses:2',
      `compromised ${KID} before a.example/production 42 ${TREE}`,
      `log ${logKey} https://a.example/log`,
      `witness wally ${witnessKey}`,
      'issuer-operated wally',
      'quorum wally',
    );
    expect(read.roots).toEqual([
      {
        keyId: 'root-1',
        publicKey: KEYS[0],
        issuer: 'a.example',
        environments: ['production', 'staging'],
      },
    ]);
    expect(read.rootQuorum).toBe(1);
    expect(read.require).toEqual([{ line: 'signature' }, { line: 'witnesses', count: 2 }]);
    expect(read.compromised).toEqual([
      { kid: KID, origin: 'a.example/production', size: 42, root: TREE },
    ]);
    expect(read.issuerOperated).toEqual(['wally']);
    expect(read.tlog.quorum).toBe('wally');
  });

  it('asks for nothing more than one root when it says nothing', () => {
    expect(policy()).toMatchObject({
      roots: [],
      rootQuorum: 1,
      require: [],
      tlog: { quorum: 'none' },
    });
  });

  it.each([
    ['no header', ''],
    ['another header', 'craton-policy v2\n'],
    ['a header after a comment', '# hello\ncraton-policy v1\n'],
    ['a carriage return', 'craton-policy v1\r\n'],
    ['a BOM', '\ufeffcraton-policy v1\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parseTrustPolicy(utf8(text))).toThrow(CratonError);
  });

  it.each([
    ['an unknown keyword', ['trust everybody']],
    ['a root without environments', [`root root-1 ${A} a.example`]],
    ['a root with a surplus word', [`root root-1 ${A} a.example production now`]],
    ['an environment twice', [`root root-1 ${A} a.example production,production`]],
    ['an upper-case issuer', [`root root-1 ${A} A.example production`]],
    [
      'a key in base64url',
      [
        `root root-1 ${A?.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')} a.example production`,
      ],
    ],
    [
      'a small-order root',
      [`root root-1 ${encodeBase64(new Uint8Array(32))} a.example production`],
    ],
    [
      'a root id twice',
      [`root root-1 ${A} a.example production`, `root root-1 ${B} a.example production`],
    ],
    [
      'one key as two roots',
      [`root root-1 ${A} a.example production`, `root root-2 ${A} b.example production`],
    ],
    [
      'one key as root and log',
      [`root root-1 ${B} a.example production`, `log ${logKey}`, 'quorum none'],
    ],
    [
      'one key as root and witness',
      [`root root-1 ${C} a.example production`, `witness w ${witnessKey}`, 'quorum w'],
    ],
    ['a quorum that no roots meet', [`root root-1 ${A} a.example production`, 'root-quorum 2']],
    [
      'a root quorum twice',
      [`root root-1 ${A} a.example production`, 'root-quorum 1', 'root-quorum 1'],
    ],
    ['a root quorum of none', ['root-quorum 0']],
    ['a log without a quorum line', [`log ${logKey}`]],
    ['a required line that does not exist', ['require everything']],
    ['a count on another line', ['require signature:2']],
    ['a cut-off without a tree', [`compromised ${KID} before a.example/production 42`]],
    ['a cut-off twice', Array(2).fill(`compromised ${KID} before a.example/production 42 ${TREE}`)],
    [
      'a cut-off beyond safe integers',
      [`compromised ${KID} before a.example/production 9007199254740992 ${TREE}`],
    ],
    ['an unknown issuer-operated witness', ['issuer-operated wally']],
    ['too much text', ['#'.repeat(70_000)]],
  ])('refuses %s', (_, lines: string[]) => {
    expect(() => policy(...lines)).toThrow(expect.objectContaining({ code: 'ERR_TRUST_POLICY' }));
  });

  it('names the line', () => {
    expect(() => policy('', 'nonsense')).toThrow('Line 3');
  });
});

describe('parseRequirements', () => {
  it('reads lines and a number of witnesses', () => {
    expect(parseRequirements('payload,witnesses:12')).toEqual([
      { line: 'payload' },
      { line: 'witnesses', count: 12 },
    ]);
  });

  it.each(['', 'payload,', 'payload, signature', 'witnesses:0', 'witnesses:', 'Payload'])(
    'refuses %j',
    (text) => {
      expect(() => parseRequirements(text)).toThrow(CratonError);
    },
  );
});
