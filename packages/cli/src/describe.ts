/** What every command has: a summary, a description, examples, and `--json`. */
import { type Command, Option } from 'commander';
import type { ExitName } from './exit-codes.ts';

export interface CommandText {
  readonly summary: string;
  readonly description: string;
  /** Command lines to copy. */
  readonly examples: readonly string[];
  /** Flags that must be given, each with its description, and what they may be. */
  readonly needs?: readonly (readonly [
    flags: string,
    description: string,
    choices?: readonly string[],
  ])[];
}

/** How the command line ends; set by the command that ran. */
export interface RunState {
  exit: ExitName;
}

/** Wraps a command's work so that what it answers becomes the exit code. */
export type Run = (
  work: () => ExitName | undefined | Promise<ExitName | undefined> | Promise<void>,
) => () => Promise<void>;

/** Adds a command below `parent`. */
export function describe(parent: Command, name: string, text: CommandText): Command {
  const examples = text.examples.map((line) => `  ${line}`).join('\n');
  const command = parent
    .command(name)
    .summary(text.summary)
    .description(text.description)
    .option('--json', 'print JSON for programs')
    .addHelpText('after', `\nExamples:\n${examples}`);
  for (const [flags, description, choices] of text.needs ?? []) {
    const option = new Option(flags, `${description} (required)`);
    needsOption(command, choices === undefined ? option : option.choices(choices));
  }
  return command;
}

/** Asked for after unknown flags were refused, so that a misspelt flag is named as such. */
function needsOption(command: Command, option: Option): void {
  command.addOption(option).hook('preAction', (_command, action) => {
    if (action.getOptionValue(option.attributeName()) === undefined) {
      action.error(`error: the option '${option.flags}' is missing`);
    }
  });
}
