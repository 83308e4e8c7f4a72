import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeySha256, composeApiKey, CratonError } from '@craton/protocol';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readKeyFile } from './key-file.ts';
import { WatchedKeys } from './watched-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-watched-keys-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const path = join(folder, 'keys.json');
const keyText = (number: number): string =>
  composeApiKey({
    kind: 'ssv',
    environment: 'development',
    random: new Uint8Array(32).fill(number),
  });
const [ada, ben] = [keyText(1), keyText(2)];

/** One more character each time, so that no clock has to tell two files apart. */
let length = 0;
function write(keys: readonly string[], after = ''): void {
  const entries = keys.map((text) => ({
    key_id: `key-${apiKeySha256(text).slice(0, 8)}`,
    sha256: apiKeySha256(text),
    person: 'Somebody',
    organisation: 'northstar',
    scopes: ['read'],
    expires_at: '2099-01-01T00:00:00.000Z',
  }));
  length += 1;
  writeFileSync(path, JSON.stringify({ keys: entries }) + after + ' '.repeat(length));
}

let elapsedMs: number;
let told: (number | CratonError)[];
let keys: WatchedKeys;
beforeEach(() => {
  write([ada]);
  elapsedMs = 0;
  told = [];
  keys = new WatchedKeys({
    path,
    keys: readKeyFile(path),
    nowMs: () => 0,
    monotonicMs: () => elapsedMs,
    onRead: (result) => told.push(result),
  });
});

const isAccepted = (text: string): boolean => {
  try {
    return keys.accept(text, 'read').kind === 'person';
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED') return false;
    throw error;
  }
};

describe('a file of keys that changes', () => {
  it('is read again, once and at most a second later: new keys work, old ones do not', () => {
    expect([isAccepted(ada), isAccepted(ben)]).toEqual([true, false]);
    write([ben]);
    elapsedMs = 999;
    expect([isAccepted(ada), isAccepted(ben)]).toEqual([true, false]);
    elapsedMs = 1_000;
    expect([isAccepted(ada), isAccepted(ben)]).toEqual([false, true]);
    elapsedMs = 2_000;
    expect(isAccepted(ben)).toBe(true);
    expect(told).toEqual([1]);
  });

  it.each([
    ['is no JSON', () => write([ada], ',')],
    ['is not there', () => rmSync(path)],
  ])('and %s lets nobody in until it is mended', (_what, damage) => {
    damage();
    elapsedMs = 1_000;
    expect(() => keys.accept(ada, 'read')).toThrow(
      expect.objectContaining({ code: 'ERR_DRAFT_STORE_UNAVAILABLE' }) as Error,
    );
    expect(told).toEqual([expect.objectContaining({ code: 'ERR_CONFIG' })]);
    write([ada, ben]);
    elapsedMs = 2_000;
    expect([isAccepted(ada), isAccepted(ben)]).toEqual([true, true]);
  });
});
