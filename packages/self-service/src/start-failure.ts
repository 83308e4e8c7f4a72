import { CratonError } from '@craton/protocol';

/** Errors of the system that an operator can mend, by their code. */
const BY_SYSTEM_CODE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The address of HOST and PORT is in use. Stop the other program or change PORT.',
  EADDRNOTAVAIL: 'HOST is not an address of this machine.',
  ENOTFOUND: 'HOST is not an address of this machine.',
  EACCES: 'The system does not allow it: PORT.',
};

/**
 * Why self-service did not start, one line each, without a value of any setting; undefined for a
 * failure that nobody foresaw.
 */
export function describeStartFailure(error: unknown): readonly string[] | undefined {
  if (error instanceof CratonError) {
    return error.message.split('\n').map((line) => `${error.code}: ${line}`);
  }
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const known = typeof code === 'string' ? BY_SYSTEM_CODE[code] : undefined;
  return known === undefined ? undefined : [`ERR_CONFIG: ${known}`];
}
