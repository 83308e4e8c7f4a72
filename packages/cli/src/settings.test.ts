import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../test/fake-context.ts';
import {
  assertNoUnknownVariables,
  BOUNDARY_VARIABLES,
  boundaryEnvironment,
  KEY_VARIABLES,
} from './settings.ts';

describe('the environment of the boundary', () => {
  it('holds what the boundary reads and nothing else', () => {
    const env = {
      CRATON_ENV: 'test',
      PORT: '0',
      CRATON_API_KEY: 'secret',
      SELF_SERVICE_DATABASE_URL: 'sqlite:drafts.db',
      AWS_SECRET_ACCESS_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
      HOST: undefined,
    };
    expect(boundaryEnvironment(env, { CRATON_ISSUER: 'a.example' })).toEqual({
      CRATON_ENV: 'test',
      PORT: '0',
      CRATON_ISSUER: 'a.example',
    });
  });

  it('names exactly the variables of the boundary’s own table', () => {
    const table = readFileSync(join(PROJECT_DIR, 'packages/boundary/src/settings.ts'), 'utf8');
    const named = table.matchAll(/(?:name: |seed\('\w+', |path\(\s*)'([A-Z][A-Z0-9_]+)'/g);
    const known = [...named].map(([, name = '']) => name);
    expect(known.length).toBeGreaterThan(10);
    // Secrets may stand in files.
    const files = known
      .filter((name) => name.endsWith('_KEY') || name === 'DATABASE_URL')
      .map((name) => `${name}_FILE`);
    expect(new Set<string>(BOUNDARY_VARIABLES)).toEqual(new Set([...known, ...files]));
  });

  it('knows which variables bring keys', () => {
    expect(KEY_VARIABLES).toContain('CRATON_SIGNING_KEY_FILE');
    expect(KEY_VARIABLES).toContain('CRATON_ATTESTATIONS_FILE');
    expect(KEY_VARIABLES).not.toContain('CRATON_ENV');
  });
});

describe('misspelt settings', () => {
  it('are refused by name, whatever else is set', () => {
    expect(() => assertNoUnknownVariables({ CRATON_ENV: 'a', PATH: 'b' })).not.toThrow();
    expect(() => assertNoUnknownVariables({ CRATON_SIGNNG_KEY: 'hidden' })).toThrow(
      'Not a known setting: CRATON_SIGNNG_KEY.',
    );
  });
});
