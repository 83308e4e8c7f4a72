import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVerifierKey, formatVerifierKey, SIGNATURE_TYPE } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { signerOf } from '../test/test-log.ts';
import { parseOptions } from './options.ts';

const vkeys = ['a.example', 'b.example', 'c.example'].map((name) =>
  formatVerifierKey(signerOf(name).key),
);
const [vkey = '', other = '', third = ''] = vkeys;
const NEEDED = ['--name', 'w.example', '--key-file', 'k', '--state', 's'];
const withLog = (...args: string[]) => parseOptions([...NEEDED, '--log', vkey, ...args]);

function logFile(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'craton-witness-')), 'logs.txt');
  writeFileSync(path, text);
  return path;
}

describe('the command line', () => {
  it('has safe defaults', () => {
    expect(withLog()).toMatchObject({
      host: '127.0.0.1',
      port: 8090,
      mayCreate: false,
      requestsPerSecond: 10,
      isBehindProxy: false,
      json: false,
      logs: [{ name: 'a.example' }],
    });
  });

  it.each([
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:8090', '::1', 8090],
    ['witness.internal:65535', 'witness.internal', 65_535],
  ])('listens on %s', (text, host, port) => {
    expect(withLog('--listen', text)).toMatchObject({ host, port });
  });

  it('takes logs from options and from a file of keys or policy lines', () => {
    const file = logFile(`# logs\n\n${other}\nlog ${third} https://c.example/log\n`);
    const names = withLog('--logs', file).logs.map(({ name }) => name);
    expect(names).toEqual(['a.example', 'b.example', 'c.example']);
  });

  it.each<[string, string[], string]>([
    ['an unknown option', ['--verbose'], 'unknown'],
    ['a word more', ['more'], 'unknown'],
    ['no port', ['--listen', '127.0.0.1'], '--listen'],
    ['a port beyond 65535', ['--listen', '127.0.0.1:65536'], '--listen'],
    ['no rate', ['--rate', '0'], '--rate'],
    ['too high a rate', ['--rate', '100001'], '--rate'],
    ['a name with a space', ['--name', 'w example'], '--name'],
    ['a name with a plus sign', ['--name', 'w+example'], '--name'],
    ['an empty state', ['--state', ''], '--state'],
    ['a log twice', ['--log', vkey], 'twice'],
    ['a file that is not there', ['--logs', 'absent.txt'], '--logs'],
    ['a line that is no key', ['--logs', logFile('witness a b\n')], 'line 1'],
  ])('refuses %s', (_, args, message) => {
    expect(() => withLog(...args)).toThrow(message);
  });

  it('refuses a log that is none', () => {
    expect(() => parseOptions(NEEDED)).toThrow('at least one log');
    const { name, publicKey } = signerOf('w2.example').key;
    const cosigner = createVerifierKey(name, SIGNATURE_TYPE.cosignature, publicKey);
    const args = [...NEEDED, '--log', formatVerifierKey(cosigner)];
    expect(() => parseOptions(args)).toThrow('type 0x01');
    expect(() => parseOptions([...NEEDED, '--log', `${vkey}x`])).toThrow('verifier key');
  });
});
