import { describe, expect, it } from 'vitest';
import { assertNoUnknownVariables, boundaryEnvironment, KEY_VARIABLES } from './settings.ts';

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

  it('knows which variables bring keys', () => {
    expect(KEY_VARIABLES).toContain('CRATON_SIGNING_KEY_FILE');
    expect(KEY_VARIABLES).toContain('CRATON_ATTESTATIONS_FILE');
    expect(KEY_VARIABLES).toContain('CRATON_RETIRED_KEYS_FILE');
    expect(KEY_VARIABLES).not.toContain('CRATON_ENV');
    // A limit for each API key brings no key.
    expect(KEY_VARIABLES).not.toContain('CRATON_RATE_LIMIT_PER_KEY');
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
