import { CratonError } from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { expect, it } from 'vitest';
import { describeStartFailure } from './start-failure.ts';

it('says every problem of a configuration in a line of its own', () => {
  const error = new ConfigError([
    { variable: 'PORT', message: 'PORT must be a number.' },
    { variable: 'HOST', message: 'HOST is empty.' },
  ]);
  expect(describeStartFailure(error)).toEqual([
    'ERR_CONFIG: PORT must be a number.',
    'ERR_CONFIG: HOST is empty.',
  ]);
});

it('says what our own errors say', () => {
  const error = new CratonError('ERR_STORE_LOCKED', 'Another process writes.');
  expect(describeStartFailure(error)).toEqual(['ERR_STORE_LOCKED: Another process writes.']);
});

it.each(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOSPC', 'EROFS', 'ENOENT'])(
  'names what to change for %s, without the message of the system',
  (code) => {
    const error = Object.assign(new Error('canary /path'), { code });
    const [line = '', ...others] = describeStartFailure(error) ?? [];
    expect(line).toMatch(/^ERR_CONFIG: .*(PORT|HOST|DATABASE_URL)/);
    expect([others, line.includes('canary')]).toEqual([[], false]);
  },
);

it.each([[new TypeError('canary')], ['canary'], [Object.assign(new Error('x'), { code: 1 })]])(
  'says nothing about what nobody foresaw',
  (error) => {
    expect(describeStartFailure(error)).toBeUndefined();
  },
);
