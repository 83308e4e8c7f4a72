import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Environment, ConfigError, parseConfig, secretTexts } from './config.ts';
import { choiceSetting, integerSetting, secretSetting, textSetting } from './setting.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const table = {
  port: integerSetting({
    name: 'PORT',
    unit: 'TCP port',
    default: 8080,
    min: 0,
    max: 65_535,
    why: 'x',
  }),
  level: choiceSetting({
    name: 'CRATON_LEVEL',
    default: 'info',
    choices: ['info', 'warn'],
    why: 'x',
  }),
  issuer: textSetting({
    name: 'CRATON_ISSUER',
    unit: 'DNS name',
    default: 'none',
    limit: 'a lower-case name',
    why: 'x',
    parse: (text) => (/^[a-z.]+$/.test(text) ? text : undefined),
  }),
  key: secretSetting({
    name: 'CRATON_KEY',
    unit: 'base64',
    default: 'none',
    limit: 'eight letters',
    why: 'x',
    parse: (text) => (/^[a-z]{8}$/.test(text) ? text : undefined),
  }),
};

function problemsOf(environment: Environment): string[] {
  try {
    parseConfig(environment, table);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).code).toBe('ERR_CONFIG');
    return (error as ConfigError).problems.map(
      ({ variable, message }) => `${variable}: ${message}`,
    );
  }
  throw new Error('The configuration was accepted.');
}

describe('parseConfig', () => {
  it('answers defaults, frozen', () => {
    const config = parseConfig({}, table);
    expect(config).toEqual({ port: 8080, level: 'info', issuer: undefined, key: undefined });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads every setting', () => {
    const config = parseConfig(
      { PORT: '0', CRATON_LEVEL: 'warn', CRATON_ISSUER: 'a.b', CRATON_KEY: 'abcdefgh', HOME: '/x' },
      table,
    );
    expect(config).toMatchObject({ port: 0, level: 'warn', issuer: 'a.b' });
    expect(config.key?.expose()).toBe('abcdefgh');
  });

  it('reads a secret from a file, without the line feed that ends it', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'abcdefgh\n');
    const environment = { CRATON_KEY_FILE: path };
    expect(parseConfig(environment, table).key?.expose()).toBe('abcdefgh');
    expect(secretTexts(environment, table)).toEqual(['abcdefgh']);
  });

  it.each([
    ['an unknown variable of ours', { CRATON_ISSUERS: 'canary' }, 'CRATON_ISSUERS'],
    ['a file for what is no secret', { CRATON_ISSUER_FILE: 'canary' }, 'CRATON_ISSUER_FILE'],
    ['a word outside the choices', { CRATON_LEVEL: 'canary' }, 'CRATON_LEVEL'],
    ['a text of the wrong form', { CRATON_ISSUER: 'CANARY' }, 'CRATON_ISSUER'],
    ['a secret of the wrong form', { CRATON_KEY: 'canary' }, 'CRATON_KEY'],
    ['an empty value', { CRATON_ISSUER: '' }, 'CRATON_ISSUER'],
    ['white space for a value', { CRATON_ISSUER: ' \t' }, 'CRATON_ISSUER'],
    ['a file that is not there', { CRATON_KEY_FILE: '/canary/none' }, 'CRATON_KEY_FILE'],
    ['value and file at once', { CRATON_KEY: 'abcdefgh', CRATON_KEY_FILE: 'canary' }, 'CRATON_KEY'],
    ['a number with a sign', { PORT: '+1' }, 'PORT'],
    ['a number with a leading zero', { PORT: '01' }, 'PORT'],
    ['a number in another base', { PORT: '0x10' }, 'PORT'],
    ['a fraction', { PORT: '1.0' }, 'PORT'],
    ['a number out of range', { PORT: '65536' }, 'PORT'],
    ['white space around a number', { PORT: ' 1' }, 'PORT'],
  ])('refuses %s by name and without its value', (_title, environment, variable) => {
    const problems = problemsOf(environment);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${variable}: ${variable} `));
    expect(problems[0]).not.toMatch(/canary/i);
  });

  it('refuses a secret file that is too large', () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'a'.repeat(65_537));
    expect(problemsOf({ CRATON_KEY_FILE: path })[0]).toContain('65536 bytes');
  });

  it('says everything that is wrong at once', () => {
    const problems = problemsOf({ CRATON_A: '1', CRATON_LEVEL: 'x', PORT: 'x' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'CRATON_A',
      'PORT',
      'CRATON_LEVEL',
    ]);
  });
});
