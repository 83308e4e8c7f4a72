/**
 * What a signed approval is worth (PROTOCOL section 8, "Authority classes"). Whoever calls this has
 * verified the signature; time and earlier uses are asked of the ledger.
 */
import { type CheckRequest, CratonError, DEPTH_MAX, Members, parseStrict } from '@craton/protocol';
import { isApprovalName } from './approval-issuers.ts';
import type { AuthorityEvidence } from './compose-opening.ts';

/** An approval whose signature was verified, as far as it can be judged without the ledger. */
export interface Approval {
  readonly issuer: string;
  /** Single use per issuer. */
  readonly jti: string;
  /** Milliseconds since 1970; good before this instant. */
  readonly expiresAtMs: number;
  /** Milliseconds since 1970; good from this instant on. */
  readonly notBeforeMs: number;
  /** It names this very request or action; one of a reference alone binds no amount. */
  readonly isBound: boolean;
}

/** Seconds since 1970 of the last moment that the protocol's times can name. */
const TIME_S_MAX = 253_402_300_799;
const CODE = 'ERR_APPROVAL_INVALID';

/**
 * Reads the claims of an approval whose signature is good. `audience` is our own issuer. Throws
 * `ERR_APPROVAL_INVALID`, naming the claim.
 */
export function readApproval(
  claimsBytes: Uint8Array,
  audience: string,
  { requestHash, actionDigest }: Pick<CheckRequest, 'requestHash' | 'actionDigest'>,
): Approval {
  const claims = readClaims(claimsBytes);
  const issuer = claims.text('iss', isApprovalName);
  if (!isFor(claims, audience)) throw claims.wrong('aud', 'does not name this issuer');
  const isSame = (name: string, wanted: string | undefined): boolean =>
    wanted !== undefined && claims.value(name) === wanted;
  return {
    issuer,
    jti: claims.text('jti', isApprovalName),
    expiresAtMs: Math.floor(numericDate(claims, 'exp') * 1000),
    notBeforeMs: claims.has('nbf') ? Math.ceil(numericDate(claims, 'nbf') * 1000) : 0,
    isBound: isSame('request_hash', requestHash) || isSame('action_digest', actionDigest),
  };
}

/** The claim `iss` of an approval that nobody has verified; undefined if there is none to read. */
export function claimedIssuer(claimsBytes: Uint8Array): string | undefined {
  try {
    return readClaims(claimsBytes).optionalText('iss');
  } catch {
    return undefined;
  }
}

/**
 * Throws `ERR_APPROVAL_EXPIRED`, `ERR_APPROVAL_INVALID` for one that begins later, or
 * `ERR_APPROVAL_REPLAYED` if an earlier decision used it up.
 */
export function assertApprovalInForce(
  { expiresAtMs, notBeforeMs }: Approval,
  evaluatedAtMs: number,
  isUsed: boolean,
): void {
  if (evaluatedAtMs >= expiresAtMs) {
    throw refused('ERR_APPROVAL_EXPIRED', 'has expired. Ask for a new approval.');
  }
  if (evaluatedAtMs < notBeforeMs) throw refused(CODE, 'is not valid yet. Ask again later.');
  if (!isUsed) return;
  throw refused('ERR_APPROVAL_REPLAYED', 'was used for an earlier decision. Ask for a new one.');
}

/** How far the evidence of the request was checked: an approval counts if it binds the request. */
export function approvedAuthority(
  { evidence }: CheckRequest,
  approval: Approval,
): AuthorityEvidence {
  const digest = evidence && { evidence_digest: evidence.digest };
  if (!approval.isBound) return { class: 'submitted', ...digest };
  return { class: 'signature_verified', issuer: approval.issuer, ...digest };
}

/** An approval that is refused, whoever found out; the field is where it was sent. */
export function refusedApproval(what: string): CratonError {
  return refused(CODE, what);
}

function refused(
  code: 'ERR_APPROVAL_INVALID' | 'ERR_APPROVAL_EXPIRED' | 'ERR_APPROVAL_REPLAYED',
  what: string,
): CratonError {
  const field = 'authorization_evidence';
  return new CratonError(code, `${field} holds an approval that ${what}`, { field });
}

/** Other people's claims may hold any number. */
function readClaims(bytes: Uint8Array): Members {
  try {
    const options = { numbers: 'ieee754', depthMax: DEPTH_MAX.payload } as const;
    return Members.of(parseStrict(bytes, options), 'authorization_evidence', CODE);
  } catch {
    throw refused(CODE, 'has no readable claims.');
  }
}

function isFor(claims: Members, audience: string): boolean {
  const aud = claims.value('aud');
  return aud === audience || (Array.isArray(aud) && claims.textList('aud').includes(audience));
}

/** Seconds since 1970, perhaps with a fraction (RFC 7519 2). */
function numericDate(claims: Members, name: string): number {
  const value = claims.value(name);
  if (typeof value === 'number' && value >= 0 && value <= TIME_S_MAX) return value;
  throw claims.wrong(name, 'must be a number of seconds since 1970');
}
