/** Approval issuers of the configuration, read once at the start. */
import { readFileSync } from 'node:fs';
import { type ApprovalIssuer, parseApprovalIssuers } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { approvalVerifier, type VerifyApproval } from './verify-approval.ts';

const VARIABLE = 'CRATON_APPROVAL_ISSUERS_FILE';

/**
 * What verifies approvals for this issuer; undefined without a file, and then every evidence stays
 * `submitted`. Throws `ConfigError` (`ERR_CONFIG`), naming the variable and the member at fault.
 */
export function loadApprovalIssuers({
  approvalIssuersFile,
  issuer,
}: {
  readonly approvalIssuersFile: string | undefined;
  readonly issuer: string;
}): VerifyApproval | undefined {
  if (approvalIssuersFile === undefined) return undefined;
  try {
    return approvalVerifier(readIssuers(approvalIssuersFile), issuer);
  } catch (error) {
    if (!(error instanceof CratonError) || error instanceof ConfigError) throw error;
    throw refused(`names a file that is not accepted: ${error.message}`);
  }
}

function readIssuers(file: string): readonly ApprovalIssuer[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw refused('names a file that cannot be read.');
  }
  return parseApprovalIssuers(bytes);
}

function refused(what: string): ConfigError {
  return new ConfigError([{ variable: VARIABLE, message: `${VARIABLE} ${what}` }]);
}
