/** Who can sign: one module of the boundary, and nothing in self-service. */
import { describe, expect, it } from 'vitest';
import { isCode, listFiles, packageOf, readText } from './rules/source-tree.ts';

const NAMED_IMPORT = /import\s+\{([^}]*)\}\s+from\s+'node:crypto'/gu;
const SIGNING_NAMES = /^(?:sign|createSign|createPrivateKey|generateKeyPair\w*)$/u;
const OTHER_WAYS =
  /\bsubtle\s*\.\s*sign\b|crypto_sign_detached\(|from 'sodium-native'|import\s+(?:\*\s+as\s+)?\w+\s+from\s+'node:crypto'/u;

/** Whether source text holds a way to make a signature with a private key. */
function canSign(text: string): boolean {
  const imported = Array.from(text.matchAll(NAMED_IMPORT), ([, names = '']) => names.split(','));
  const names = imported.flat().map((name) => name.trim().split(/\s+as\s+/u)[0] ?? '');
  return names.some((name) => SIGNING_NAMES.test(name)) || OTHER_WAYS.test(text);
}

const sourceOf = (name: string): readonly string[] =>
  listFiles().filter(
    (path) =>
      packageOf(path) === name &&
      path.startsWith(`packages/${name}/src/`) &&
      isCode(path) &&
      !/\.test\.tsx?$|\.d\.ts$/u.test(path),
  );
const signing = (name: string): readonly string[] =>
  sourceOf(name).filter((path) => canSign(readText(path)));

describe('a signature', () => {
  it('of the boundary is made in one module', () => {
    expect(signing('boundary')).toEqual([
      'packages/boundary/src/signing/signer.ts',
      'packages/boundary/src/signing/sodium.ts',
    ]);
  });

  it.each(['self-service', 'policy', 'protocol', 'service', 'web'])(
    'is made by nothing in %s',
    (name) => {
      expect(sourceOf(name).length).toBeGreaterThan(5);
      expect(signing(name)).toEqual([]);
    },
  );

  it('is no matter of self-service, which imports no cryptography', () => {
    const users = sourceOf('self-service').filter((path) =>
      /'(?:node:crypto|sodium-native|jose|@noble\/\w+)/u.test(readText(path)),
    );
    expect(users).toEqual([]);
  });

  it.each([
    "import { sign } from 'node:crypto';",
    "import {\n  hash,\n  sign as make,\n} from 'node:crypto';",
    "import { createPrivateKey } from 'node:crypto';",
    "import * as crypto from 'node:crypto';",
    "import crypto from 'node:crypto';",
    "await crypto.subtle.sign('Ed25519', key, bytes);",
    "import sodium from 'sodium-native';",
  ])('would be found: %s', (text) => {
    expect(canSign(text)).toBe(true);
  });

  it.each([
    "import { hash, createPublicKey, verify } from 'node:crypto';",
    "import { createHmac } from 'node:crypto';",
    'signer.sign(payload);',
  ])('is not: %s', (text) => {
    expect(canSign(text)).toBe(false);
  });
});
