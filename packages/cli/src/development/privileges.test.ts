import { describe, expect, it } from 'vitest';
import { environmentName, hasDevelopmentPrivileges, isLoopback, portOf } from './privileges.ts';

describe('development privileges', () => {
  it.each([
    [{}, true],
    [{ CRATON_ENV: ' Development ' }, true],
    [{ CRATON_ENV: 'test', HOST: '::1', DATABASE_URL: 'sqlite:/data/boundary.db' }, true],
    [{ NODE_ENV: 'local', DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/craton' }, true],
    [{ NODE_ENV: 'production' }, false],
    [{ CRATON_ENV: 'staging', NODE_ENV: 'development' }, false],
    [{ CRATON_ENV: 'prodution' }, false],
    [{ CRATON_ENV: 'development', HOST: '0.0.0.0' }, false],
    [{ CRATON_ENV: 'development', DATABASE_URL: 'postgres://db.example/craton' }, false],
    [{ CRATON_ENV: 'development', DATABASE_URL: 'nonsense' }, false],
    [{ CRATON_ENV: 'development', DATABASE_URL_FILE: 'url.txt' }, false],
    [{ CRATON_ENV: 'test', SELF_SERVICE_DATABASE_URL: 'postgres://db.example/drafts' }, false],
  ])('of %j: %s', (env, expected) => {
    expect(hasDevelopmentPrivileges(env)).toBe(expected);
  });

  it.each([
    [{ HOST: '0.0.0.0' }, 'HOST'],
    [{ DATABASE_URL: 'postgres://db.example/craton' }, 'DATABASE_URL'],
    [{ HOST: '10.0.0.1', DATABASE_URL: 'postgres://db.example/x' }, 'HOST and DATABASE_URL'],
  ])('refuses %j as long as nobody names the environment', (env, names) => {
    expect(() => hasDevelopmentPrivileges(env)).toThrow(
      `CRATON_ENV is not set, but ${names} points away from this machine.`,
    );
  });

  it('knows loopback addresses', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]']) {
      expect([host, isLoopback(host)]).toEqual([host, true]);
    }
    for (const host of ['0.0.0.0', '::', '127.0.0.1.example', 'localhost.example', '']) {
      expect([host, isLoopback(host)]).toEqual([host, false]);
    }
  });

  it('names the environment and the port', () => {
    expect(environmentName({ CRATON_ENV: 'Test', NODE_ENV: 'production' })).toBe('test');
    expect([portOf({}), portOf({ PORT: '0' }), portOf({ PORT: '65535' })]).toEqual([
      8080, 0, 65535,
    ]);
    for (const PORT of ['', '-1', '65536', '08080', '8080 ', 'http']) {
      expect(() => portOf({ PORT })).toThrow('PORT is not a number');
    }
  });
});
