import { CratonError } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function recorder(secrets: readonly string[] = []) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ name: 'test', level: 'trace', secrets, destination }) };
}

const KEY = 'craton_bnd_development_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAabcdef';
const credentials: readonly [title: string, text: string, canary: string][] = [
  ['an API key', `key ${KEY} used`, 'AAAAAAAA'],
  ['a URL with a password', 'postgres://craton:canary-pw@db.example:5432/x', 'canary-pw'],
  ['a password with odd characters', 'postgres://u:cana+r_y%40pw@h/x', 'cana+r_y'],
  ['a bearer token', 'Authorization: Bearer canarycanary123', 'canarycanary'],
  ['a JWS', 'eyJhbGciOiJFZERTQSJ9.eyJjYW5hcnkiOjF9.c2ln', 'eyJjYW5hcnkiOjF9'],
  ['a PEM block', '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----', 'canary'],
  ['a PEM block cut short', '-----BEGIN PRIVATE KEY-----\ncanary', 'canary'],
];

describe('a log line', () => {
  it('is JSON with level, time, name and message', () => {
    const { log, lines } = recorder();
    log.info({ request_id: 'req_1' }, 'answered');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      name: 'test',
      request_id: 'req_1',
      msg: 'answered',
    });
    expect(lines).toHaveLength(1);
  });

  it.each(credentials)('never holds %s', (_title, text, canary) => {
    const { log, lines } = recorder();
    log.error({ detail: text }, text);
    log.error({ deep: { list: [text] } });
    log.error(new CratonError('ERR_INTERNAL', text));
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain(canary);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('never holds a configured secret, however it got there', () => {
    const { log, lines } = recorder(['s3cr3t"with\nodd\\parts', 'short']);
    log.info({ path: 's3cr3t"with\nodd\\parts' }, 'x s3cr3t"with\nodd\\parts y, a short word');
    expect(lines[0]).not.toContain('s3cr3t');
    expect(lines[0]).toContain('a short word');
  });

  it('drops headers and bodies whole', () => {
    const { log, lines } = recorder();
    log.info({ headers: { cookie: 'canary' }, body: 'canary', req: { url: '/canary' } }, 'x');
    expect(lines[0]).not.toContain('canary');
  });

  it('shows the message of our own errors and of no other, down the causes', () => {
    const { log, lines } = recorder();
    const foreign = Object.assign(new SyntaxError('Unexpected "canary"\n    canary line'), {
      code: 'ERR_SQLITE_ERROR',
      input: 'canary',
    });
    log.error({ err: new CratonError('ERR_STORE_UNAVAILABLE', 'No store.', { cause: foreign }) });
    log.error(foreign);
    log.error({ err: foreign });
    log.error({ err: 'canary thrown as a string' }, 'x');
    expect(lines.join()).not.toContain('canary');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      err: {
        code: 'ERR_STORE_UNAVAILABLE',
        message: 'No store.',
        cause: { type: 'SyntaxError', code: 'ERR_SQLITE_ERROR' },
      },
    });
  });
});
