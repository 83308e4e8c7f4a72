/**
 * The log: JSON lines that never hold a secret. Two layers keep it so. Objects are reduced to named
 * members by serialisers, and every finished line is searched for what looks like a credential and
 * for the configured secrets themselves.
 */
import { CratonError } from '@craton/protocol';
import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export interface LogOptions {
  /** Name of the program, in every line. */
  readonly name: string;
  readonly level: Level;
  /** Texts that must never appear: the secrets that this process was given. */
  readonly secrets?: readonly string[];
  readonly destination: DestinationStream;
}

/** Shorter secrets are not searched for: they would blank out ordinary words. */
const SECRET_CHARACTERS_MIN = 8;
const CAUSES_MAX = 4;

const CREDENTIALS: readonly [pattern: RegExp, replacement: string][] = [
  [/craton_[a-z]{3,8}_[a-z0-9]{1,32}_[A-Za-z0-9_-]{8,}/g, '[api key]'],
  [/([a-zA-Z][a-zA-Z0-9+.-]{0,31}:\/\/)[^\s/@"]{1,512}@/g, '$1[credentials]@'],
  // Ends before a quotation mark, escaped or not: the line stays JSON.
  [/-----BEGIN (?:[^"\\]|\\[^"])*?(?:-----END [A-Z ]*-----|(?=\\?"|$))/g, '[pem]'],
  [/e[wy][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[token]'],
  [/\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [credentials]'],
];

export function createLogger({ name, level, secrets = [], destination }: LogOptions): Logger {
  const scrub = createScrubber(secrets);
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, req: describeNothing, res: describeNothing },
      redact: { paths: ['authorization', '*.authorization', 'headers', '*.headers', 'body'] },
      hooks: { streamWrite: scrub, logMethod: withOwnMessage },
    },
    destination,
  );
}

/** Without this, an error that is logged alone lends its message to the line. */
function withOwnMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, ...others] = args;
  const alone = typeof first === 'object' && others.length === 0;
  if (alone) method.call(this, first, '');
  else method.apply(this, args);
}

/** A function that replaces credentials, and the given secrets, in a text. */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const spellings = secrets
    .filter((secret) => secret.length >= SECRET_CHARACTERS_MIN)
    // In a JSON line a quotation mark or a line feed of the secret is escaped.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return (text) => {
    let scrubbed = text;
    for (const spelling of spellings) scrubbed = scrubbed.replaceAll(spelling, '[secret]');
    for (const [pattern, replacement] of CREDENTIALS) {
      scrubbed = scrubbed.replace(pattern, replacement);
    }
    return scrubbed;
  };
}

interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly field?: string;
  readonly message?: string;
  readonly frames?: readonly string[];
  readonly cause?: DescribedError;
}

/**
 * Our own errors name fields and hold no value, so their message is logged. Messages of others quote
 * what they failed on (a JSON fragment, a URL, a row), so only their type, code and frames are.
 */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const { cause } = error;
  const nested = cause !== undefined &&
    depth < CAUSES_MAX && { cause: describeError(cause, depth + 1) };
  if (error instanceof CratonError) {
    const { code, field, message } = error;
    return { type: error.name, code, ...(field !== undefined && { field }), message, ...nested };
  }
  const frames = stackFrames(error);
  return { type: error.constructor.name, ...codeOf(error), ...(frames && { frames }), ...nested };
}

function codeOf(error: Error): { code?: string } {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? { code } : {};
}

const STACK_FRAMES_MAX = 12;

/** The lines after the message, which may itself have several. */
function stackFrames(error: Error): string[] | undefined {
  return error.stack
    ?.split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, STACK_FRAMES_MAX)
    .map((line) => line.trim());
}

function describeNothing(): undefined {
  return undefined;
}
