import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composeApiKey } from './api-key.ts';
import { parseBoundaryConfig } from './config.ts';
import { BOUNDARY_SETTINGS } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-origins-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const seed = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const PULL_KEY = composeApiKey('pull', 'development', Buffer.alloc(32, 5));
const GIVEN = { CRATON_SIGNING_KEY: seed(1), CRATON_ATTESTATIONS_FILE: 'attestations.json' };
const fileOf = (text: string) => {
  const file = join(folder, 'secret');
  writeFileSync(file, `${text}\n`);
  return file;
};

describe('where secrets are from', () => {
  it('is told of every secret that there is a setting for, and values are not shown', () => {
    const { secrets } = parseBoundaryConfig({
      ...GIVEN,
      CRATON_LOG_KEY_FILE: fileOf(seed(2)),
      CRATON_POSTURE_KEY: `development:${seed(3)}`,
      CRATON_REVIEW_PULL_KEY: PULL_KEY,
    });
    const told = Object.fromEntries(
      secrets.map(({ name, source, required }) => [name, [source, required]]),
    );
    expect(told).toMatchObject({
      CRATON_SIGNING_KEY: ['environment', true],
      CRATON_LOG_KEY: ['secret_file', false],
      CRATON_POSTURE_KEY: ['development', false],
      CRATON_REVIEW_PULL_KEY: ['environment', false],
      DATABASE_URL: ['absent', false],
    });
    const settings = Object.values(BOUNDARY_SETTINGS).filter(({ isSecret }) => isSecret);
    expect(Object.keys(told)).toEqual(settings.map(({ name }) => name));
    expect(JSON.stringify(secrets)).not.toContain(seed(1));
    expect(secrets.find(({ name }) => name === 'CRATON_LOG_KEY')?.text?.expose()).toBe(seed(2));
  });

  it('says that production needs its database', () => {
    const { secrets } = parseBoundaryConfig({
      ...GIVEN,
      CRATON_ENV: 'production',
      CRATON_ISSUER: 'craton.example',
      DATABASE_URL: 'sqlite:/data/boundary.db',
    });
    const database = secrets.find(({ name }) => name === 'DATABASE_URL');
    expect(database).toMatchObject({ source: 'environment', required: true });
  });

  it.each(['of no kind', PULL_KEY.slice(0, -1), composeApiKey('ops', 'test', Buffer.alloc(32))])(
    'is refused for a pull key that is none',
    (text) => {
      expect(() => parseBoundaryConfig({ ...GIVEN, CRATON_REVIEW_PULL_KEY: text })).toThrow(
        'CRATON_REVIEW_PULL_KEY must be a key of kind pull',
      );
    },
  );
});
