import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalize,
  commitmentId,
  decodeBase64,
  decodeBase64url,
  parseStrict,
  utf8,
  verifyEd25519,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  EXAMPLE_KEY_X,
  EXAMPLE_OPENING,
  EXAMPLE_PAYLOAD,
  EXAMPLE_REQUEST,
  EXAMPLE_SIGNATURE,
} from './example.ts';

describe('the example on the pages', () => {
  it('is signed by the key that it names', async () => {
    const key = decodeBase64url(EXAMPLE_KEY_X);
    const signature = decodeBase64(EXAMPLE_SIGNATURE);
    await expect(verifyEd25519(key, utf8(EXAMPLE_PAYLOAD), signature)).resolves.toBe(true);
    await expect(verifyEd25519(key, utf8(EXAMPLE_PAYLOAD + ' '), signature)).resolves.toBe(false);
  });

  it('is in canonical form', () => {
    for (const text of [EXAMPLE_OPENING, EXAMPLE_PAYLOAD]) {
      expect(canonicalize(parseStrict(utf8(text), { numbers: 'safe', depthMax: 8 }))).toBe(text);
    }
  });

  it('commits to its opening', () => {
    expect(JSON.parse(EXAMPLE_PAYLOAD).commitment_id).toBe(
      commitmentId(JSON.parse(EXAMPLE_OPENING)),
    );
  });

  const golden = join(import.meta.dirname, '../../../spec/vectors/golden/golden.json');
  it.skipIf(!existsSync(golden))('is the golden case `allow`', () => {
    const text = readFileSync(golden, 'utf8');
    const [first] = JSON.parse(text).cases;
    expect(first).toMatchObject({
      body_text: EXAMPLE_REQUEST,
      opening: EXAMPLE_OPENING,
      payload: EXAMPLE_PAYLOAD,
      signature: EXAMPLE_SIGNATURE,
    });
  });
});
