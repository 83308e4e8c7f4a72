/** An approval issuer for tests: it holds keys of all kinds and signs what it is told to. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type ApprovalAlgorithm, parseApprovalIssuers } from '@craton/policy';
import { parseCheckRequest, utf8 } from '@craton/protocol';
import { CompactSign, type CompactJWSHeaderParameters } from 'jose';
import { approvalVerifier, type VerifyApproval } from '../src/approval/verify-approval.ts';
import { ISSUER } from './harness.ts';
import { sampleBody } from './sample.ts';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const MAKERS: Readonly<Record<ApprovalAlgorithm, () => Pair>> = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export interface ApprovalTerms {
  /** The key that signs, by its kid: `EdDSA`, `ES256` or `RS256`. */
  readonly kid?: ApprovalAlgorithm;
  /** Members of the header to replace; undefined leaves one out. */
  readonly header?: Record<string, unknown>;
}

let approvals = 0;

export class Approver {
  readonly iss: string;
  readonly #keys: ReadonlyMap<string, Pair>;

  constructor(iss = 'https://approvals.example', kinds: readonly ApprovalAlgorithm[] = ['EdDSA']) {
    this.iss = iss;
    this.#keys = new Map(kinds.map((kind) => [kind, MAKERS[kind]()]));
  }

  /** As it stands in the configuration. */
  get entry() {
    const keys = Array.from(this.#keys, ([kid, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg: kid,
    }));
    return { iss: this.iss, jwks: { keys } };
  }

  verifier(...others: readonly Approver[]): VerifyApproval {
    const issuers = [this, ...others].map(({ entry }) => entry);
    return approvalVerifier(parseApprovalIssuers(utf8(JSON.stringify({ issuers }))), ISSUER);
  }

  /** A compact JWS with these claims over good ones; undefined leaves one out. */
  async sign(
    claims: Record<string, unknown>,
    { kid = 'EdDSA', header = {} }: ApprovalTerms = {},
  ): Promise<string> {
    const pair = this.#keys.get(kid);
    if (pair === undefined) throw new Error(`This approver has no ${kid} key.`);
    const good = {
      iss: this.iss,
      aud: ISSUER,
      exp: Math.floor(Date.now() / 1000) + 3600,
      jti: `approval-${approvals++}`,
    };
    const signer = new CompactSign(utf8(JSON.stringify({ ...good, ...claims })));
    const protectedHeader = { alg: kid, kid, ...header } as CompactJWSHeaderParameters;
    const crit = Object.fromEntries(
      (protectedHeader.crit ?? []).map((name) => [name, true] as const),
    );
    return signer.setProtectedHeader(protectedHeader).sign(pair.privateKey, { crit });
  }
}

/** The hash of the sample request with these members. */
export function requestHashOf(members: Record<string, unknown>): string {
  return parseCheckRequest(sampleBody(members)).requestHash;
}
