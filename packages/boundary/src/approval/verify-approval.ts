/** Verifies signed approvals before the queue: whatever needs no ledger (PROTOCOL section 8). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type Approval,
  APPROVAL_ALGORITHMS,
  type ApprovalAlgorithm,
  type ApprovalIssuer,
  claimedIssuer,
  readApproval,
  refusedApproval,
} from '@craton/policy';
import {
  type CheckRequest,
  CratonError,
  decodeBase64url,
  DEPTH_MAX,
  Members,
  parseStrict,
} from '@craton/protocol';
import { compactVerify, errors } from 'jose';

/**
 * The approval that came with a request, its signature verified; undefined if nobody here knows its
 * issuer. Rejects with `ERR_APPROVAL_INVALID`.
 */
export type VerifyApproval = (request: CheckRequest) => Promise<Approval | undefined>;

interface VerifyingKey {
  readonly kid: string;
  readonly alg: ApprovalAlgorithm;
  readonly key: KeyObject;
}

type KeysByIssuer = ReadonlyMap<string, readonly VerifyingKey[]>;

interface Header {
  readonly alg: ApprovalAlgorithm;
  readonly kid: string | undefined;
}

/**
 * Verifies approvals of these issuers that name `audience`, our own issuer. Throws `ERR_FORMAT` with
 * the key's issuer and id if the runtime does not take a key.
 */
export function approvalVerifier(
  issuers: readonly ApprovalIssuer[],
  audience: string,
): VerifyApproval {
  const keysByIssuer = new Map(issuers.map((issuer) => [issuer.iss, importKeys(issuer)]));
  return async (request) => {
    const { evidence } = request;
    if (evidence?.kind !== 'jws') return undefined;
    const keys = findKeys(keysByIssuer, evidence.compact);
    if (keys === undefined) return undefined;
    const claimsBytes = await verifySignature(evidence.compact, keys);
    return readApproval(claimsBytes, audience, request);
  };
}

function importKeys({ iss, keys }: ApprovalIssuer): readonly VerifyingKey[] {
  return keys.map(({ kid, alg, jwk }) => {
    try {
      return { kid, alg, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) };
    } catch (cause) {
      const message = `The key ${kid} of ${iss} is not a public key that can be used.`;
      throw new CratonError('ERR_FORMAT', message, { cause });
    }
  });
}

/** By what the approval claims; nothing of it is believed before the signature is verified. */
function findKeys(issuers: KeysByIssuer, compact: string): readonly VerifyingKey[] | undefined {
  const claimsBytes = decodeSegment(compact, 1);
  const iss = claimsBytes && claimedIssuer(claimsBytes);
  return iss === undefined ? undefined : issuers.get(iss);
}

async function verifySignature(
  compact: string,
  keys: readonly VerifyingKey[],
): Promise<Uint8Array> {
  const { alg, kid } = readHeader(compact);
  const fitting = keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid));
  const [found, ...others] = fitting;
  if (found === undefined || others.length > 0) {
    throw refusedApproval('names no key of its issuer. Ask the issuer which key it signs with.');
  }
  try {
    const { payload } = await compactVerify(compact, found.key, { algorithms: [alg] });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw refusedApproval('has no good signature. Send it as its issuer gave it.');
  }
}

/** No extension is known here, so a header that demands to understand one is refused. */
function readHeader(compact: string): Header {
  try {
    const bytes = decodeSegment(compact, 0) ?? new Uint8Array();
    const value = parseStrict(bytes, { numbers: 'ieee754', depthMax: DEPTH_MAX.payload });
    const header = Members.of(value, 'header', 'ERR_APPROVAL_INVALID');
    if (header.has('crit')) throw header.wrong('crit', 'is not known here');
    return { alg: header.oneOf('alg', APPROVAL_ALGORITHMS), kid: header.optionalText('kid') };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw refusedApproval(
      `has a header that is not accepted: alg must be one of ${APPROVAL_ALGORITHMS.join(', ')}, and crit absent.`,
    );
  }
}

function decodeSegment(compact: string, position: number): Uint8Array | undefined {
  try {
    return decodeBase64url(compact.split('.')[position] ?? '');
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
