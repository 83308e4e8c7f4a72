/** What a command sees of the world: made once in `main.ts`, or by a test. */
import { isAbsolute, relative, resolve } from 'node:path';
import type { Paint } from './text.ts';

export interface CliContext {
  /** Writes a text and a line break to standard output. */
  readonly out: (text: string) => void;
  /** Writes a text and a line break to standard error. */
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Absolute path of the project. */
  readonly projectDir: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Shows one line that the next one replaces; absent where standard error is no terminal. */
  readonly showProgress?: (line: string) => void;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Asks the person for one line; absent where standard input is no terminal. */
  readonly ask?: (question: string) => Promise<string>;
  /**
   * From the first call on, SIGTERM and SIGINT no longer end the process but abort the answer, whose
   * reason is the signal's name.
   */
  readonly listenForStop: () => AbortSignal;
}

/** The folder that holds keys, database and credentials: `CRATON_DATA_DIR`, else `.craton`. */
export function dataDirOf(context: CliContext): string {
  const configured = context.env['CRATON_DATA_DIR'];
  if (configured !== undefined && configured !== '') return resolve(context.cwd, configured);
  return resolve(context.projectDir, '.craton');
}

/** A path as it is best typed from the working directory. */
export function shownPath(context: CliContext, path: string): string {
  const fromHere = relative(context.cwd, path);
  return fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere;
}

/** How the command itself is typed from the working directory. */
export function shownCommand(context: CliContext): string {
  const path = shownPath(context, resolve(context.projectDir, 'craton'));
  return isAbsolute(path) ? shellWord(path) : shellWord(`./${path}`);
}

/** One word of a POSIX shell command line. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
