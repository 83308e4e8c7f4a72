import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CompromiseTerms,
  composeKeyCompromise,
  encodeBase64,
  publicJwk,
} from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { afterAll, describe, expect, it } from 'vitest';
import { attest, ENVIRONMENT, ISSUER } from '../test/harness.ts';
import { withKeyCompromises } from './key-compromises.ts';
import { createKeySigning } from './signing/signer.ts';
import { loadVerificationMaterial } from './verification-material.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-statements-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const [signing, retired] = [1, 2].map(
  (seed) => createKeySigning(Buffer.alloc(32, seed)).publicKey,
) as [Uint8Array, Uint8Array];
const KID = publicJwk(retired).kid;
const ROOT = createKeySigning(Buffer.alloc(32, 9));
const SECOND_ROOT = createKeySigning(Buffer.alloc(32, 5));
const lineOf = (id: string, root: typeof ROOT) =>
  `root ${id} ${encodeBase64(root.publicKey)} ${ISSUER} ${ENVIRONMENT},staging,production\n`;
const TRUST = `craton-policy v1\n${lineOf('test-root', ROOT)}${lineOf('second-root', SECOND_ROOT)}`;

let count = 0;
function write(content: unknown): string {
  const path = join(folder, `${++count}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function state(terms: Partial<CompromiseTerms> = {}, root = ROOT) {
  const cutOff = { size: 7, root: encodeBase64(new Uint8Array(32)), checkpoint: 'note' };
  const who = { rootKeyId: 'test-root', rootPublicKey: root.publicKey, kid: KID };
  const where = { issuer: ISSUER, environment: ENVIRONMENT, issuedAtMs: Date.now() };
  return composeKeyCompromise({ ...who, ...where, ...cutOff, ...terms }, root.sign);
}

const material = loadVerificationMaterial(
  {
    attestationsFile: write([attest(signing), attest(retired)]),
    retiredKeysFile: write({ keys: [publicJwk(retired)] }),
  },
  { publicKey: signing, issuer: ISSUER, environment: ENVIRONMENT, nowMs: Date.now() },
);

const accept = (statements: unknown, trust: string | undefined = TRUST) =>
  withKeyCompromises(
    material,
    {
      keyCompromisesFile: write(statements),
      trustPolicyFile: trust === '' ? undefined : write(trust),
    },
    { issuer: ISSUER, environments: [ENVIRONMENT, 'staging'], retiredKids: [KID] },
  );

async function refusedBy(statements: unknown, trust?: string): Promise<string | undefined> {
  const error = await accept(statements, trust).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigError)) throw new Error('It was accepted.');
  expect(error.message).not.toContain(folder);
  return error.field;
}

describe('withKeyCompromises', () => {
  it('takes one statement or a list, and publishes only what was verified', async () => {
    const statement = state();
    const { keyCompromises } = await accept({ ...statement, note: 'canary' });
    expect(keyCompromises.map((one) => one.statement)).toEqual([statement]);
    expect(keyCompromises[0]?.said).toMatchObject({ kid: KID, size: 7, checkpoint: 'note' });
    const staging = state({ environment: 'staging' });
    const both = await accept([statement, staging]);
    expect(both.keyCompromises.map((one) => one.statement)).toEqual([statement, staging]);
  });

  it('changes nothing without the setting', async () => {
    const scope = { issuer: ISSUER, environments: [ENVIRONMENT], retiredKids: [KID] };
    expect(await withKeyCompromises(material, {}, scope)).toBe(material);
  });

  const statements: readonly [title: string, statements: () => unknown][] = [
    ['no JSON', () => 'not json'],
    ['no statement', () => [{}]],
    ['an attestation', () => attest(signing)],
    ['a forged signature', () => ({ ...state(), signature: encodeBase64(new Uint8Array(64)) })],
    ['another root under the same id', () => state({}, createKeySigning(Buffer.alloc(32, 8)))],
    ['a root that nobody trusts', () => state({ rootKeyId: 'stranger' })],
    ['a root that attested nothing', () => state({ rootKeyId: 'second-root' }, SECOND_ROOT)],
    ['another environment', () => state({ environment: 'production' })],
    ['the key that signs here', () => state({ kid: publicJwk(signing).kid })],
    ['one bad beside a good one', () => [state(), state({ rootKeyId: 'stranger' })]],
  ];
  it.each(statements)('refuses %s', async (_title, make) => {
    expect(await refusedBy(make())).toBe('CRATON_KEY_COMPROMISES_FILE');
  });

  it.each([
    ['without a trust policy', ''],
    ['with a file that is none', 'root'],
  ])('refuses statements %s', async (_title, trust) => {
    expect(await refusedBy(state(), trust)).toBe('CRATON_TRUST_POLICY_FILE');
  });
});
