import * as protocol from '@craton/protocol';
import { expect, it } from 'vitest';
import { apiKeySha256, composeApiKey, isApiKeyText } from './api-key.ts';

it('the hash function of the runtime gives the same keys as the protocol’s own', () => {
  const random = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
  const key = composeApiKey('ops', 'production', random);
  expect(key).toBe(protocol.composeApiKey({ kind: 'ops', environment: 'production', random }));
  expect(apiKeySha256(key)).toBe(protocol.apiKeySha256(key));
  expect([isApiKeyText(key), isApiKeyText(`${key.slice(0, -1)}!`)]).toEqual([true, false]);
});
