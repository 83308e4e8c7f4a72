/** Writes trust policy files (PROTOCOL section 7). */
import { encodeBase64, parseTrustPolicy, utf8 } from '@craton/protocol';

export interface TrustTerms {
  readonly rootKeyId: string;
  /** 32 bytes. */
  readonly rootPublicKey: Uint8Array;
  readonly issuer: string;
  readonly environments: readonly string[];
  /** Report lines that must be verified, as for `--require`. */
  readonly require?: string;
  /** Verifier key of the log (C2SP vkey). */
  readonly log?: string;
}

/** The text of a trust policy. Throws `ERR_TRUST_POLICY` for terms that cannot stand in one. */
export function composeTrustPolicy(terms: TrustTerms): string {
  const environments = [...new Set(terms.environments)].sort().join(',');
  const lines = [
    'craton-policy v1',
    '# Whom this policy trusts to name signing keys: id, public key, issuer, environments.',
    `root ${terms.rootKeyId} ${encodeBase64(terms.rootPublicKey)} ${terms.issuer} ${environments}`,
  ];
  if (terms.require !== undefined) {
    lines.push('# Lines of the report that must be verified.', `require ${terms.require}`);
  }
  if (terms.log !== undefined) {
    lines.push(
      '# The transparency log; no witness is asked for.',
      `log ${terms.log}`,
      'quorum none',
    );
  }
  const text = `${lines.join('\n')}\n`;
  parseTrustPolicy(utf8(text));
  return text;
}
