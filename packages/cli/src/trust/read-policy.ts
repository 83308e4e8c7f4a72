/** Reads trust policies from files. */
import { resolve } from 'node:path';
import { CratonError, parseTrustPolicy, type TrustPolicy } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { CommandFailure, type FailureDetails } from '../failure.ts';
import { readFileOrFail } from '../files.ts';

/** Reads the trust policy in `path`; `details` say how the command ends if it is none. */
export function readTrustPolicy(
  context: CliContext,
  path: string,
  details: FailureDetails = {},
): TrustPolicy {
  try {
    return parseTrustPolicy(readFileOrFail(resolve(context.cwd, path), details));
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${path} is not a trust policy: ${cause.message}`, {
      nextStep: 'Make one with craton trust make, from the fingerprint that the issuer told you.',
      ...details,
      code: cause.code,
      cause,
    });
  }
}
