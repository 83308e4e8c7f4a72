import { decodeUtf8 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { fullBundle, goldenCase } from '../../test/golden.ts';
import { findOut } from './found.ts';
import { gather } from './gather.ts';

const { expected } = goldenCase('allow');
const full = fullBundle('allow');
const found = (value: unknown) => findOut(JSON.stringify(value));
const bundle = findOut(JSON.stringify(full.bundle, null, 2));
const trust = findOut(full.trust_policy);
const receipt = found(expected.receipt);
const keys = found({ keys: [expected.jwk], attestations: expected.attestations });
const path = found(full.bundle['policy']);

describe('what is verified', () => {
  it('is nothing while there is no receipt', () => {
    expect(gather([])).toEqual({ state: 'nothing' });
    expect(gather([trust, keys, path], keys)).toEqual({ state: 'nothing' });
  });

  it('is the given bundle, byte for byte', () => {
    const gathered = gather([bundle, trust], keys);
    expect(gathered).toMatchObject({ state: 'ready', usesKeysOfPage: false });
    expect(gathered.state === 'ready' && decodeUtf8(gathered.bundle)).toBe(
      JSON.stringify(full.bundle, null, 2),
    );
    expect(gathered.state === 'ready' && gathered.trustPolicy).toBe(full.trust_policy);
  });

  it('asks for keys where a receipt comes without', () => {
    expect(gather([receipt, trust])).toEqual({ state: 'keys_missing' });
  });

  it('takes the keys of the page only where the reader gave none', () => {
    const other = found({ keys: [] });
    expect(gather([receipt], keys)).toMatchObject({ usesKeysOfPage: true });
    const given = gather([receipt, other], keys);
    expect(given).toMatchObject({ usesKeysOfPage: false });
    expect(given.state === 'ready' && JSON.parse(decodeUtf8(given.bundle)).key_bundle).toEqual({
      keys: [],
    });
  });

  it('puts a bundle together from all parts', () => {
    const response = found({ receipt: expected.receipt, opening: JSON.parse(expected.opening) });
    const gathered = gather([response, keys, path]);
    expect(gathered.state === 'ready' && JSON.parse(decodeUtf8(gathered.bundle))).toEqual(
      full.bundle,
    );
  });

  it('takes the last of two', () => {
    const gathered = gather([receipt, bundle]);
    expect(gathered).toMatchObject({ state: 'ready', usesKeysOfPage: false });
  });
});
