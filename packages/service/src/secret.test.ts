import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from './secret.ts';

it('shows its value to nobody who did not ask', () => {
  const secret = new Secret('canary-secret-value');
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    inspect(secret),
    Object.values(secret).join(),
  ];
  expect(shown.join()).not.toContain('canary');
  expect(secret.expose()).toBe('canary-secret-value');
});
