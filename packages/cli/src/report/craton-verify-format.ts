/** The members of the public verifier's report, for programs that read those. */
import type { VerificationReport } from '@craton/protocol';
import { checkOf } from './report-text.ts';

/** `--format craton-verify`. `verified` is the outcome: it is true only if all required is reached. */
export function cratonVerifyDocument(report: VerificationReport): Record<string, unknown> {
  const isVerified = (id: 'signature' | 'issuer' | 'key_status'): boolean =>
    checkOf(report, id).status === 'verified';
  const issuer = checkOf(report, 'issuer');
  const identified = isVerified('issuer') && isVerified('key_status');
  return {
    verified: report.outcome === 'reached',
    signature_valid: isVerified('signature'),
    issuer_identity_verified: identified,
    trust_anchor: identified ? 'pinned_root' : 'none',
    attestation_status: issuer.status === 'verified' ? 'valid' : issuer.code,
    ...(issuer.status === 'failed' && { attestation_failure_reason: issuer.code }),
    verification_scope: identified ? 'signature_and_issuer' : 'signature_only',
    attestation_time_basis: 'receipt_issued_at',
    payload_sha256: report.subject.payload_sha256,
    key_source: 'bundle',
  };
}
