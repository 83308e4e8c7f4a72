import { CratonError } from '@craton/protocol';

/** `ERR_LOG_INCONSISTENT`: the publisher stops until an operator has looked. */
export function inconsistent(what: string): CratonError {
  return new CratonError('ERR_LOG_INCONSISTENT', `${what}; the publisher has stopped.`);
}

/** As `inconsistent`, for a store whose log was begun under another name. */
export function otherOrigin(): CratonError {
  return inconsistent('The store has a log of another origin, so CRATON_ISSUER changed');
}
