/** Expected failures of the command, and how every failure is told. */
import { CommanderError } from 'commander';
import { CratonError } from '@craton/protocol';
import type { CliContext } from './context.ts';
import { exitCode, type ExitName } from './exit-codes.ts';
import { printable } from './text.ts';

/** What a failure adds to its message. */
export interface FailureDetails {
  /** What to do next, one sentence or command per line. */
  readonly nextStep?: string;
  readonly exit?: ExitName;
  /** Stable name for scripts, snake_case. */
  readonly code?: string;
  /** Labels: why a server refused. */
  readonly reasons?: readonly string[];
  readonly cause?: unknown;
}

/** An expected failure: shown as one message and what to do next, without a stack trace. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  readonly exit: ExitName;
  readonly code: string;
  readonly nextStep: string | undefined;
  readonly reasons: readonly string[] | undefined;

  constructor(message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.exit = details.exit ?? 'failed';
    this.code = details.code ?? this.exit;
    this.nextStep = details.nextStep;
    this.reasons = details.reasons;
  }
}

/** A wrong command line: exit code 64. */
export function usageFailure(message: string, nextStep?: string): CommandFailure {
  return new CommandFailure(message, {
    exit: 'usage',
    ...(nextStep !== undefined && { nextStep }),
  });
}

interface Told {
  readonly exit: ExitName;
  readonly code: string;
  readonly message: string;
  readonly nextStep?: string | undefined;
  readonly reasons?: readonly string[] | undefined;
}

/** Prints a failure and answers its exit code. With `json` one document goes to standard output. */
export function tellFailure(context: CliContext, error: unknown, json: boolean): number {
  const { exit, code, message, nextStep, reasons } = told(error);
  if (json) {
    context.out(
      JSON.stringify({
        object: 'craton.cli.failure.v1',
        code,
        message,
        ...(reasons !== undefined && { reasons }),
        ...(nextStep !== undefined && { next_step: nextStep }),
        exit_code: exitCode(exit),
      }),
    );
  } else {
    context.err(`${context.paint('red', 'craton:')} ${printable(message)}`);
    for (const line of nextStep?.split('\n') ?? []) context.err(`  ${printable(line)}`);
  }
  return exitCode(exit);
}

function told(error: unknown): Told {
  if (error instanceof CommandFailure) return error;
  if (error instanceof CratonError) {
    return { exit: 'failed', code: error.code, message: error.message };
  }
  if (error instanceof CommanderError) return toldUsage(error);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exit: 'internal',
    code: 'internal',
    message: `This is a fault in Craton itself: ${trace}`,
    nextStep: 'Please report it with this message and the command line.',
  };
}

function toldUsage(error: CommanderError): Told {
  const [first = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  const said = error.code === 'commander.help' ? 'A command is missing.' : sentence(first);
  return {
    exit: 'usage',
    code: 'usage',
    message: [said, ...suggestions.map((text) => text.replace(/^\((.*)\)$/, '$1'))].join(' '),
    nextStep: 'Run the command with --help to see what it takes, with examples.',
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}
