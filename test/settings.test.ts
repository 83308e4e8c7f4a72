import { describe, expect, it } from 'vitest';
import { BOUNDARY_SETTINGS } from '../packages/boundary/src/settings.ts';
import { boundaryEnvironment, unknownVariables } from '../packages/cli/src/settings.ts';
import { variablesOf } from '../packages/service/src/index.ts';

const variables = Object.values(BOUNDARY_SETTINGS).flatMap((setting) => variablesOf(setting));
const environment = Object.fromEntries(variables.map((name) => [name, 'value']));

describe('the command and the server', () => {
  it('agree on the settings: every one is passed on, and nothing else', () => {
    const given = boundaryEnvironment({ ...environment, AWS_SECRET_ACCESS_KEY: 'x', HOME: 'x' });
    expect(Object.keys(given).sort()).toEqual([...variables].sort());
  });

  it('agree on what is unknown', () => {
    expect(unknownVariables(environment)).toEqual([]);
    expect(unknownVariables({ ...environment, CRATON_SINGING_KEY: 'x' })).toEqual([
      'CRATON_SINGING_KEY',
    ]);
  });
});
