/** Where this process has each of its secrets from: names and words, and what to look for in answers. */
import { type Environment, givenSecrets, type Secret } from '@craton/service';
import { BOUNDARY_SETTINGS } from './settings.ts';

export interface SecretOrigin {
  /** Of the setting. */
  readonly name: string;
  readonly source: 'environment' | 'secret_file' | 'development' | 'absent';
  /** Whether the process does not start without it. */
  readonly required: boolean;
  /** As it was given; absent if it was not. */
  readonly text?: Secret<string>;
}

/** Judgements of the configuration about its secrets, by the names of settings. */
export interface SecretJudgement {
  readonly required: readonly string[];
  /** Keys that were generated on a development machine. */
  readonly development: readonly string[];
}

/** Every secret that there is a setting for. Throws as `parseConfig`. */
export function secretOriginsOf(
  environment: Environment,
  { required, development }: SecretJudgement,
): readonly SecretOrigin[] {
  const given = givenSecrets(environment, BOUNDARY_SETTINGS);
  return Object.values(BOUNDARY_SETTINGS)
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => {
      const secret = given.find((one) => one.name === name);
      const isRequired = required.includes(name);
      if (secret === undefined) return { name, source: 'absent', required: isRequired };
      const source = development.includes(name) ? 'development' : secret.source;
      return { name, source, required: isRequired, text: secret.text };
    });
}
