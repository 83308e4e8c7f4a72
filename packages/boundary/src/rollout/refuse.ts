/** What is not admitted, as an error that says every reason. */
import type { Admission } from '@craton/policy';
import { CratonError } from '@craton/protocol';

/** Throws `ERR_ROLLOUT_REFUSED` with the codes of an admission that is none. */
export function demandAdmitted(
  admission: Admission,
): asserts admission is Extract<Admission, { admitted: true }> {
  if (admission.admitted) return;
  throw refusedFor(admission.codes);
}

/** `ERR_ROLLOUT_REFUSED` with these reasons. */
export function refusedFor(codes: readonly string[]): CratonError {
  const reasons = codes.toSorted();
  const message = `This cannot be done now: ${reasons.join(', ')}.`;
  return new CratonError('ERR_ROLLOUT_REFUSED', message, { reasons });
}
