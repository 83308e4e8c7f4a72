import { describe, expect, it } from 'vitest';
import { BOUNDARY_SETTINGS } from '../packages/boundary/src/settings.ts';
import {
  boundaryEnvironment,
  lonelySelfServiceEnvironment,
  selfServiceEnvironment,
  unknownVariables,
} from '../packages/cli/src/settings.ts';
import { SELF_SERVICE_SETTINGS } from '../packages/self-service/src/settings.ts';
import { variablesOf } from '../packages/service/src/index.ts';

const variables = Object.values(BOUNDARY_SETTINGS).flatMap((setting) => variablesOf(setting));
const environment = Object.fromEntries(variables.map((name) => [name, 'value']));

describe('the command and the server', () => {
  it('agree on the settings: every one is passed on, and nothing else', () => {
    const given = boundaryEnvironment({ ...environment, AWS_SECRET_ACCESS_KEY: 'x', HOME: 'x' });
    expect(Object.keys(given).sort()).toEqual([...variables].sort());
  });

  it('agree on those of self-service, which gets no secret of the production side', () => {
    const own = Object.values(SELF_SERVICE_SETTINGS).flatMap((setting) => variablesOf(setting));
    const all = Object.fromEntries([...variables, ...own, 'HOME'].map((name) => [name, 'value']));
    expect(Object.keys(lonelySelfServiceEnvironment(all)).sort()).toEqual([...own].sort());
    const beside = Object.keys(selfServiceEnvironment(all));
    expect(beside.sort()).toEqual(own.filter((name) => !/^DATABASE_URL/.test(name)).sort());
    const secrets = Object.values(BOUNDARY_SETTINGS).filter(({ isSecret }) => isSecret);
    expect(secrets.length).toBeGreaterThan(4);
    for (const name of secrets.flatMap((setting) => variablesOf(setting))) {
      expect(beside).not.toContain(name);
    }
    expect(unknownVariables(all)).toEqual([]);
  });

  it('agree on what is unknown', () => {
    expect(unknownVariables(environment)).toEqual([]);
    expect(unknownVariables({ ...environment, CRATON_SINGING_KEY: 'x' })).toEqual([
      'CRATON_SINGING_KEY',
    ]);
  });
});
