/**
 * Settings as data: one table per server says how each variable is read and, for the operator, what
 * it is for. The reference page, `.env.example` and the parser all come from that table.
 */
import { Secret } from './secret.ts';

/** What an operator is told about a setting. */
export interface SettingText {
  /** Name of the environment variable. */
  readonly name: string;
  /** What is counted or written: `ms`, `TCP port`, `path`. */
  readonly unit: string;
  /** The accepted values, to follow the words "must be". */
  readonly limit: string;
  /** Why the setting exists and what changes with it. */
  readonly why: string;
}

/** One setting; `parse` answers undefined for a text that is not within the limit. */
export interface Setting<T> extends SettingText {
  /** The default as shown to the operator: a value, or in words where it depends on others. */
  readonly default: string;
  /** What the setting is when its variable is not there. */
  readonly absent: T;
  /** Secrets may also be named by a file, in the variable `<name>_FILE`. */
  readonly isSecret: boolean;
  readonly parse: (text: string) => T | undefined;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** A whole number in decimal digits, from `min` to `max`. */
export function integerSetting(
  text: Omit<SettingText, 'limit'> & { default: number; min: number; max: number },
): Setting<number> {
  const { min, max } = text;
  return {
    ...text,
    limit: `a whole number from ${min} to ${max}`,
    default: String(text.default),
    absent: text.default,
    isSecret: false,
    parse: (given) => {
      if (!/^(?:0|[1-9][0-9]{0,14})$/.test(given)) return undefined;
      const value = Number(given);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of a few words. */
export function choiceSetting<T extends string>(
  text: Omit<SettingText, 'limit' | 'unit'> & { default: T; choices: readonly T[] },
): Setting<T> {
  return {
    ...text,
    unit: 'word',
    limit: `one of ${text.choices.join(', ')}`,
    absent: text.default,
    isSecret: false,
    parse: (given) => text.choices.find((choice) => choice === given),
  };
}

/** Text without a default of its own; `default` says in words what happens without it. */
export function textSetting<T = string>(
  text: SettingText & { default: string; parse: (given: string) => T | undefined },
): Setting<T | undefined> {
  return { ...text, absent: undefined, isSecret: false };
}

/** A value that is never shown, read from the variable or from the file that `<name>_FILE` names. */
export function secretSetting<T>(
  text: SettingText & { default: string; parse: (given: string) => T | undefined },
): Setting<Secret<T> | undefined> {
  return {
    ...text,
    absent: undefined,
    isSecret: true,
    parse: (given) => {
      const value = text.parse(given);
      return value === undefined ? undefined : new Secret(value);
    },
  };
}
