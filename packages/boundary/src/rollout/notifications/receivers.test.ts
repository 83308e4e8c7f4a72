import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadReceivers } from './receivers.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-webhooks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const SECRET = Buffer.alloc(32, 3).toString('base64');

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const good = () => ({
  name: 'incidents',
  url: 'https://hooks.example/craton',
  secret_file: fileOf('secret', `whsec_${SECRET}\n`),
});
const load = (...receivers: object[]) =>
  loadReceivers(fileOf('webhooks.json', JSON.stringify({ receivers })));

describe('receivers', () => {
  it('are read with their secrets, which nobody prints', () => {
    expect(loadReceivers(undefined)).toEqual([]);
    const [one, other] = load(
      { ...good(), kinds: ['deployed'] },
      { ...good(), name: 'local', url: 'http://127.0.0.1:9/x', secret_file: fileOf('b', SECRET) },
    );
    expect([one?.name, one?.kinds, other?.kinds]).toEqual(['incidents', ['deployed'], undefined]);
    expect(Buffer.from(other?.secret.expose() ?? []).toString('base64')).toBe(SECRET);
    expect(JSON.stringify(one)).not.toContain(SECRET);
  });

  it.each<[what: string, change: () => object, member: string]>([
    ['a name that is none', () => ({ name: 'On call' }), 'name'],
    ['http over a network', () => ({ url: 'http://hooks.example/' }), 'url'],
    ['a password in the address', () => ({ url: 'https://u:pass-word@hooks.example/' }), 'url'],
    ['another scheme', () => ({ url: 'file:///etc/passwd' }), 'url'],
    ['a host that only looks local', () => ({ url: 'http://127.0.0.1.example/' }), 'url'],
    ['a kind that there is not', () => ({ kinds: ['everything'] }), 'kinds'],
    ['no file of a secret', () => ({ secret_file: join(folder, 'none') }), 'secret_file'],
    ['a short secret', () => ({ secret_file: fileOf('short', 'c2hvcnQ=') }), 'secret_file'],
    ['a secret in the file itself', () => ({ secret: SECRET }), 'secret'],
  ])('with %s are refused by member', (_what, change, member) => {
    const attempt = () => load({ ...good(), ...change() });
    expect(attempt).toThrow(new RegExp(`CRATON_WEBHOOKS_FILE.*${member}`));
    expect(attempt).not.toThrow(/pass-word|hooks\.example|c2hvcnQ/);
  });

  it('are refused twice under one name, in too great a number, and from no file', () => {
    expect(() => load(good(), good())).toThrow('two receivers alike');
    const many = Array.from({ length: 21 }, (_, index) => ({ ...good(), name: `r${index}` }));
    expect(() => load(...many)).toThrow('more than 20');
    expect(() => loadReceivers(join(folder, 'missing.json'))).toThrow('cannot be read');
    expect(() => loadReceivers(fileOf('big', ' '.repeat(70_000)))).toThrow('more than 65536 bytes');
  });
});
