/** Reads settings from the environment once, refusing whatever is unknown, doubtful or malformed. */
import { readFileSync, statSync } from 'node:fs';
import { CratonError } from '@craton/protocol';
import { Secret } from './secret.ts';
import type { Setting, SettingTable } from './setting.ts';

/** The environment of a process, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of a table of settings, frozen. */
export type Config<Table extends SettingTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Setting<infer Value> ? Value : never;
};

/** One thing that is wrong with the environment. Holds the variable's name, never its value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
}

/** `ERR_CONFIG`: everything that is wrong, at once, so that nobody mends one variable per start. */
export class ConfigError extends CratonError {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    super('ERR_CONFIG', problems.map(({ message }) => message).join('\n'), {
      field: problems[0].variable,
    });
    this.problems = problems;
  }
}

/** Variables with this prefix are ours alone: one that no setting knows is a spelling mistake. */
const OWN_PREFIX = 'CRATON_';
const FILE_SUFFIX = '_FILE';

/** Secret files are read up to this size. */
export const SECRET_FILE_BYTES_MAX = 65_536;

/** Throws `ConfigError` (`ERR_CONFIG`) with every problem found. */
export function parseConfig<Table extends SettingTable>(
  environment: Environment,
  table: Table,
): Config<Table> {
  const problems = unknownVariables(environment, table);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    try {
      values[key] = readSetting(environment, setting);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  refuseProblems(problems);
  return Object.freeze(values) as Config<Table>;
}

/** Throws `ConfigError` unless the list is empty. */
export function refuseProblems(problems: readonly ConfigProblem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError([first, ...others]);
}

/** A secret that is set. */
export interface GivenSecret {
  readonly name: string;
  readonly source: 'environment' | 'secret_file';
  readonly text: Secret<string>;
}

/** Every secret that is set, in the order of the table. Throws as `parseConfig`. */
export function givenSecrets(
  environment: Environment,
  table: SettingTable,
): readonly GivenSecret[] {
  return Object.values(table)
    .filter((setting) => setting.isSecret)
    .flatMap((setting) => {
      const { name } = setting;
      const text = givenText(environment, setting);
      const source = environment[name] === undefined ? 'secret_file' : 'environment';
      return text === undefined ? [] : [{ name, source, text: new Secret(text) }];
    });
}

/** The texts of all secrets that are set, so that the log can recognise them. */
export function secretTexts(environment: Environment, table: SettingTable): readonly string[] {
  return givenSecrets(environment, table).map(({ text }) => text.expose());
}

function unknownVariables(environment: Environment, table: SettingTable): ConfigProblem[] {
  const known = new Set(Object.values(table).flatMap(variablesOf));
  return Object.keys(environment)
    .filter((name) => name.startsWith(OWN_PREFIX) && !known.has(name))
    .map((variable) => ({
      variable,
      message: `${variable} is not a known setting. Correct its spelling or remove it.`,
    }));
}

/** The variables that a setting is read from. */
export function variablesOf(setting: Setting<unknown>): readonly string[] {
  return setting.isSecret ? [setting.name, setting.name + FILE_SUFFIX] : [setting.name];
}

function readSetting(environment: Environment, setting: Setting<unknown>): unknown {
  const text = givenText(environment, setting);
  if (text === undefined) return setting.absent;
  const value = setting.parse(text);
  if (value === undefined) throw refused(setting.name, `must be ${setting.limit}`);
  return value;
}

function givenText(environment: Environment, setting: Setting<unknown>): string | undefined {
  const { name } = setting;
  const fileVariable = name + FILE_SUFFIX;
  const direct = environment[name];
  const file = setting.isSecret ? environment[fileVariable] : undefined;
  if (direct !== undefined && file !== undefined) {
    throw refused(name, `and ${fileVariable} are both set. Keep one of them`);
  }
  const text = file === undefined ? direct : readSecretFile(fileVariable, file);
  if (text?.trim() === '') throw refused(name, 'is empty. Give it a value or remove it');
  return text;
}

function readSecretFile(variable: string, path: string): string {
  try {
    if (statSync(path).size > SECRET_FILE_BYTES_MAX) {
      throw refused(variable, `names a file of more than ${SECRET_FILE_BYTES_MAX} bytes`);
    }
    // Editors and `echo` end a file with a line feed that is not part of the secret.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw refused(variable, 'names a file that cannot be read');
  }
}

function refused(variable: string, what: string): ConfigError {
  return new ConfigError([{ variable, message: `${variable} ${what}.` }]);
}
