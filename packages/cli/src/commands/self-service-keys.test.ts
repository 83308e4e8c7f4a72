import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeySha256 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { craton, fakeContext, jsonOf, writeText } from '../../test/fake-context.ts';

const MAKE = ['api-keys', 'make', '--environment', 'production', '--kind'];
const ADA = ['ssv', '--person', 'Ada Lovelace', '--organisation', 'northstar'];

interface KeyFile {
  readonly keys: readonly { readonly sha256: string; readonly key_id: string }[];
}

describe('craton api-keys make', () => {
  it('adds digests to the file of keys, and never a key', async () => {
    const context = fakeContext();
    const files = ['--keys-file', 'keys.json', '--out'];
    expect(await craton(context, ...MAKE, ...ADA, ...files, 'ada.txt')).toMatchObject({ code: 0 });
    expect(await craton(context, ...MAKE, 'pull', ...files, 'pull.txt')).toMatchObject({ code: 0 });
    const text = readFileSync(join(context.cwd, 'keys.json'), 'utf8');
    const keys = ['ada.txt', 'pull.txt'].map((name) =>
      readFileSync(join(context.cwd, name), 'utf8').trim(),
    );
    expect(keys[0]).toMatch(/^craton_ssv_production_/);
    expect(keys[1]).toMatch(/^craton_pull_production_/);
    expect(JSON.parse(text)).toMatchObject({
      keys: [
        {
          person: 'Ada Lovelace',
          organisation: 'northstar',
          scopes: ['read', 'draft', 'request_review'],
        },
        { scopes: ['pull'] },
      ],
    });
    expect((JSON.parse(text) as KeyFile).keys.map(({ sha256 }) => sha256)).toEqual(
      keys.map((key) => apiKeySha256(key)),
    );
    for (const key of keys) expect(text + context.written.out).not.toContain(key);
    for (const name of ['keys.json', 'ada.txt']) {
      expect(statSync(join(context.cwd, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('prints the key once, with the entry, where no file is named', async () => {
    const ran = await craton(fakeContext(), ...MAKE, ...ADA, '--scopes', 'read', '--json');
    const { key, entry } = jsonOf(ran) as { key: string; entry: { sha256: string } };
    expect(entry).toMatchObject({ sha256: apiKeySha256(key), scopes: ['read'] });
  });

  it.each([
    ['nobody', ['ssv', '--organisation', 'northstar']],
    ['a blank name', ['ssv', '--person', ' ', '--organisation', 'northstar']],
    ['an organisation that is no label', ['ssv', '--person', 'Ada', '--organisation', 'N S']],
    ['an unknown scope', [...ADA, '--scopes', 'read,admin']],
    ['more than a year', [...ADA, '--days', '367']],
    ['a pull key of a person', ['pull', '--person', 'Ada']],
  ])('refuses %s', async (_what, flags) => {
    const context = fakeContext();
    const ran = await craton(context, ...MAKE, ...flags, '--out', 'key.txt');
    expect(ran.code).toBe(64);
    expect(existsSync(join(context.cwd, 'key.txt'))).toBe(false);
  });

  it('changes nothing where the file of keys is none', async () => {
    const context = fakeContext();
    const name = writeText(context, 'keys.json', '{"keys": [}');
    const ran = await craton(context, ...MAKE, ...ADA, '--keys-file', name, '--out', 'key.txt');
    expect(ran.code).toBe(1);
    expect(existsSync(join(context.cwd, 'key.txt'))).toBe(false);
    expect(readFileSync(join(context.cwd, name), 'utf8')).toBe('{"keys": [}');
  });
});
