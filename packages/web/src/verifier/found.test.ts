import { describe, expect, it } from 'vitest';
import { fullBundle, goldenCase } from '../../test/golden.ts';
import { findOut, type Found } from './found.ts';

const { expected } = goldenCase('allow');
const full = fullBundle('allow');
const policy = full.bundle['policy'];
const opening: unknown = JSON.parse(expected.opening);

const CASES: readonly (readonly [string, unknown, Found['kind']])[] = [
  ['an envelope', expected.receipt, 'receipt'],
  ['an answer of the check', { verdict: 'allow', opening, receipt: expected.receipt }, 'response'],
  ['an answer of the receipts route', { receipt: expected.receipt, linked: [] }, 'response'],
  ['a bundle', full.bundle, 'bundle'],
  ['a JWKS', { keys: [expected.jwk] }, 'keys'],
  ['an offline bundle', { key_bundle: { keys: [expected.jwk] }, attestations: [] }, 'keys'],
  ['a path document', policy, 'path_document'],
  ['another object', { hello: 'world' }, 'unknown'],
  ['a list', [1, 2], 'unknown'],
  ['an answer without a receipt', { verdict: 'allow', receipt: null }, 'unknown'],
];

describe('what a text is', () => {
  it.each(CASES)('%s', (_, value, kind) => {
    expect(findOut(JSON.stringify(value)).kind).toBe(kind);
  });

  it('tells a trust policy by its first line that is not a comment', () => {
    expect(findOut(full.trust_policy).kind).toBe('trust_policy');
    expect(findOut('# mine\n\ncraton-policy v1\n').kind).toBe('trust_policy');
    expect(findOut('root golden-root-1 x y z\n').kind).toBe('unknown');
  });

  it('refuses JSON that two readers could read differently', () => {
    const twice = JSON.stringify(expected.receipt).replace('{', '{"kid":"other",');
    expect(findOut(twice)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('twice'),
    });
    expect(findOut('{"kid": 1e3}').kind).toBe('unknown');
    expect(findOut('no json at all').kind).toBe('unknown');
  });

  it('keeps opening and linked receipts of an answer, and nothing else', () => {
    const linked = [{ receipt: expected.receipt }];
    const answer = { receipt: expected.receipt, opening, linked, verdict: 'reject', log: {} };
    const found = findOut(JSON.stringify(answer));
    expect(found).toEqual({
      kind: 'response',
      parts: { receipt: expected.receipt, opening, linked },
    });
  });

  it('collects every attestation beside the keys', () => {
    const bundle = { keys: [], attestation: { a: 1 }, attestations: [{ b: 2 }] };
    expect(findOut(JSON.stringify(bundle))).toEqual({
      kind: 'keys',
      keyBundle: { keys: [] },
      attestations: [{ a: 1 }, { b: 2 }],
    });
  });
});
