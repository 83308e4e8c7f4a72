/** What `--require` says. */
import { CratonError, parseRequirements } from '@craton/protocol';
import { usageFailure } from '../failure.ts';

/** Fails as a wrong command line unless the text is a list of report lines. */
export function assertRequirements(text: string | undefined): void {
  if (text === undefined) return;
  try {
    parseRequirements(text);
  } catch (cause) {
    throw cause instanceof CratonError ? usageFailure(cause.message) : cause;
  }
}
