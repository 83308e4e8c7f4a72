/** Doctor: the runtime and the environment variables. */
import type { CliContext } from '../context.ts';
import { environmentName, hasDevelopmentPrivileges, portOf } from '../development/privileges.ts';
import { CommandFailure } from '../failure.ts';
import { unknownVariables } from '../settings.ts';
import { type Finding, ok, problem } from './finding.ts';

const NODE_MAJOR_MIN = 24;
const KNOWN_ENVIRONMENTS = ['development', 'local', 'test', 'staging', 'preview', 'production'];

export function checkNodeVersion(version: string): Finding {
  if (Number.parseInt(version, 10) >= NODE_MAJOR_MIN) {
    return ok('node_version', `Node ${version}.`);
  }
  return problem('node_version', 'blocked', [
    `Node ${version} is too old.`,
    `Run npm ci, which brings Node ${NODE_MAJOR_MIN}, and start Craton with ./craton or npm.`,
  ]);
}

/** Spelling, the environment's name, and whether this is a development machine. */
export function checkSettings({ env }: CliContext): Finding[] {
  const unknown = unknownVariables(env);
  const spelling = unknown.map((name) =>
    problem('setting_known', 'blocked', [
      `${name} is not a known setting, so a server would refuse to start.`,
      'Correct the spelling, or remove it from the environment.',
    ]),
  );
  return [
    ...spelling,
    checkEnvironmentName(env),
    checkPrivileges(env),
    ...checkRequired(env),
    checkPortForm(env),
  ];
}

/** What has a default on a development machine and nowhere else. */
const REQUIRED = [
  ['CRATON_ISSUER', 'Set it to the issuer’s lower-case DNS name.'],
  ['DATABASE_URL', 'Set it to sqlite:PATH or postgres://...'],
] as const;

function checkRequired(env: Environment): Finding[] {
  if (isDevelopment(env)) return [];
  return REQUIRED.filter(
    ([name]) => env[name] === undefined && env[`${name}_FILE`] === undefined,
  ).map(([name, fix]) =>
    problem(name.toLowerCase(), 'missing', [`${name} is not set, and has no default here.`, fix]),
  );
}

/** True where keys may be generated; false, too, where nobody said what this is. */
export function isDevelopment(env: Environment): boolean {
  return checkPrivileges(env).status === 'ok' && hasDevelopmentPrivileges(env);
}

type Environment = CliContext['env'];

function checkEnvironmentName(env: Environment): Finding {
  const name = environmentName(env);
  if (KNOWN_ENVIRONMENTS.includes(name)) return ok('environment', `The environment is ${name}.`);
  return problem('environment', 'degraded', [
    'CRATON_ENV is none of the usual names, so it is treated like production.',
    `If that is a spelling mistake, use one of: ${KNOWN_ENVIRONMENTS.join(', ')}.`,
  ]);
}

function checkPrivileges(env: Environment): Finding {
  try {
    return ok(
      'development',
      hasDevelopmentPrivileges(env)
        ? 'This is a development machine: keys may be generated.'
        : 'This is no development start: keys come from the environment.',
    );
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return problem('development', 'blocked', [error.message, error.nextStep ?? '']);
  }
}

function checkPortForm(env: Environment): Finding {
  try {
    return ok('port_setting', `PORT is ${portOf(env)}.`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return problem('port_setting', 'blocked', [error.message, 'Set PORT to 8080, or remove it.']);
  }
}
