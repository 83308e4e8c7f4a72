/** Statements about compromised keys: what the vectors of bundles do not reach. */
import { describe, expect, it } from 'vitest';
import {
  CratonError,
  decodeUtf8,
  type Ed25519Verify,
  type JsonObject,
  parseTime,
  parseTrustPolicy,
  policyLineOf,
  readKeyCompromise,
  utf8,
  verifyBundle,
  verifyKeyCompromise,
  verifyWithWebCrypto,
  withVerifiedStatements,
} from '../src/index.ts';
import { readJson, specVectors } from './files.ts';

interface Stated {
  readonly trust_policy: string;
  readonly checked_at: string;
  readonly bundle: { readonly key_compromises: readonly JsonObject[] };
}

const stated = readJson<Stated>(new URL('logged/stated-key.json', specVectors));
const trust = parseTrustPolicy(utf8(stated.trust_policy));
const [statement] = stated.bundle.key_compromises;

describe('a statement about a compromised key', () => {
  it('says what its line in a trust policy says', async () => {
    const said = await verifyKeyCompromise(statement, trust);
    const line = policyLineOf(said);
    const { compromised } = parseTrustPolicy(utf8(`${stated.trust_policy}${line}\n`));
    expect(withVerifiedStatements(trust, [said])).toEqual({
      trust: { ...trust, compromised },
      checkpoints: [said.checkpoint],
    });
  });

  it('counts by the smaller size, whatever the order', () => {
    const said = readKeyCompromise(statement);
    const sizesOf = (...sizes: number[]): number[] =>
      withVerifiedStatements(
        trust,
        sizes.map((size) => ({ ...said, size })),
      ).trust.compromised.map(({ size }) => size);
    expect([sizesOf(3, 5), sizesOf(5, 3), sizesOf()]).toEqual([[3], [3], []]);
  });

  it('is made by a root for its own issuer and environment, or not at all', async () => {
    for (const environment of ['staging', 'production']) {
      const other = stated.trust_policy.replace(/ development$/m, ` ${environment}`);
      await expect(
        verifyKeyCompromise(statement, parseTrustPolicy(utf8(other))),
      ).rejects.toMatchObject({ code: 'ERR_VERIFICATION' });
    }
  });

  it('leaves the key in doubt where its signature cannot be checked', async () => {
    const ed25519: Ed25519Verify = (key, message, signature) => {
      if (decodeUtf8(message).startsWith('{"cut_off"')) {
        throw new CratonError('ERR_CRYPTO_UNAVAILABLE', 'No Ed25519 here.');
      }
      return verifyWithWebCrypto(key, message, signature);
    };
    const options = { atMs: parseTime(stated.checked_at), ed25519 };
    const report = await verifyBundle(utf8(JSON.stringify(stated.bundle)), trust, options);
    expect(report.checks.find(({ id }) => id === 'key_status')).toMatchObject({
      status: 'not_checked',
      code: 'crypto_unavailable',
    });
  });
});
