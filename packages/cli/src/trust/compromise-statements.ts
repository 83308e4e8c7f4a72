/** Statements of roots about compromised keys, as files beside a trust policy. */
import {
  CratonError,
  DEPTH_MAX,
  parseStrict,
  type ReadKeyCompromise,
  type StatedTrust,
  type TrustPolicy,
  verifyKeyCompromise,
  withVerifiedStatements,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';

/**
 * Adds what statements say to a policy. Of two cut-offs of one key the smaller counts. Fails with
 * `badInput` for a statement that no root of the policy made.
 */
export async function withStatements(
  trust: TrustPolicy,
  files: readonly string[],
): Promise<StatedTrust> {
  const statements: ReadKeyCompromise[] = [];
  for (const file of files) statements.push(await readStatement(file, trust));
  return withVerifiedStatements(trust, statements);
}

/** Reads one file. Fails with `badInput` unless a root of the policy made what it holds. */
export async function readStatement(file: string, trust: TrustPolicy): Promise<ReadKeyCompromise> {
  const bytes = readFileOrFail(file, { exit: 'badInput' });
  try {
    const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
    return await verifyKeyCompromise(value, trust);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    const details = { exit: 'badInput', code: cause.code, cause } as const;
    throw new CommandFailure(`${file}: ${cause.message}`, details);
  }
}
