/** Statements of roots about compromised keys, as files beside a trust policy. */
import { CratonError, DEPTH_MAX, parseStrict, type TrustPolicy } from '@craton/protocol';
import { verifyKeyCompromise } from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';

/** A policy with the cut-offs of statements, and the notes of their checkpoints. */
export interface StatedTrust {
  readonly trust: TrustPolicy;
  readonly checkpoints: readonly string[];
}

/**
 * Adds what statements say to a policy. Of two cut-offs of one key the smaller counts. Fails with
 * `badInput` for a statement that no root of the policy made.
 */
export async function withStatements(
  trust: TrustPolicy,
  files: readonly string[],
): Promise<StatedTrust> {
  const compromised = new Map(trust.compromised.map((key) => [key.kid, key]));
  const checkpoints: string[] = [];
  for (const file of files) {
    const { checkpoint, kid, origin, size, root } = await readStatement(file, trust);
    const known = compromised.get(kid);
    if (known === undefined || size < known.size) compromised.set(kid, { kid, origin, size, root });
    checkpoints.push(checkpoint);
  }
  return { trust: { ...trust, compromised: Array.from(compromised.values()) }, checkpoints };
}

async function readStatement(file: string, trust: TrustPolicy) {
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
