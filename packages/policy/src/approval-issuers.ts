/**
 * Approval issuers: whose signed approvals are checked, and with which keys (PROTOCOL section 8,
 * "Authority classes"). The document is an operator's; this reads its form and touches no key.
 */
import {
  CratonError,
  decodeBase64url,
  DEPTH_MAX,
  isRefusedPoint,
  type JsonValue,
  Members,
  parseStrict,
} from '@craton/protocol';

/** The signatures that an approval can have. */
export const APPROVAL_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;
export type ApprovalAlgorithm = (typeof APPROVAL_ALGORITHMS)[number];

/** A public key as JWK, with the members that make the key and no others. */
export type ApprovalJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** One key of an approval issuer; it verifies with its algorithm alone. */
export interface ApprovalKey {
  readonly kid: string;
  readonly alg: ApprovalAlgorithm;
  readonly jwk: ApprovalJwk;
}

/** Somebody whose signed approvals count. */
export interface ApprovalIssuer {
  /** The claim `iss` of its approvals, compared as it is. */
  readonly iss: string;
  readonly keys: readonly ApprovalKey[];
}

/** Bytes of the document at most. */
export const APPROVAL_ISSUERS_BYTES_MAX = 256 * 1024;
/** Issuers in one document at most. */
export const APPROVAL_ISSUERS_MAX = 32;
/** Keys of one issuer at most. */
export const APPROVAL_KEYS_MAX = 16;
/** Characters of an issuer's name, a key id or an approval's id at most. */
export const APPROVAL_NAME_CHARACTERS_MAX = 256;

const CODE = 'ERR_FORMAT';
/** The document, the list, an issuer, its key set, the list of keys, a key, its `key_ops`. */
const DEPTH = DEPTH_MAX.payload;
const RSA_BYTES_MIN = 256;
const RSA_BYTES_MAX = 1024;
/** 65537: every other exponent in use was a mistake. */
const RSA_EXPONENT = 'AQAB';
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Whether a text can name an issuer, a key or an approval. */
export function isApprovalName(text: string): boolean {
  return text.length <= APPROVAL_NAME_CHARACTERS_MAX && /^\P{Cc}+$/u.test(text);
}

/**
 * Reads `{issuers: [{iss, jwks: {keys: [{kty, kid, alg, ...}]}}]}`. Throws `ERR_FORMAT` with the
 * member at fault, and the errors of `parseStrict`. Everything that is not known is refused, a
 * private part above all.
 */
export function parseApprovalIssuers(bytes: Uint8Array): readonly ApprovalIssuer[] {
  if (bytes.length > APPROVAL_ISSUERS_BYTES_MAX) {
    const message = `The document is larger than ${APPROVAL_ISSUERS_BYTES_MAX} bytes.`;
    throw new CratonError(CODE, message);
  }
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH });
  const document = Members.of(value, '', CODE);
  document.only('issuers');
  const issuers = within(document, 'issuers', APPROVAL_ISSUERS_MAX).map((item, index) =>
    readIssuer(item, `issuers[${index}]`),
  );
  refuseTwice(
    issuers.map(({ iss }) => iss),
    document.wrong('issuers', 'names an iss twice'),
  );
  return issuers;
}

function readIssuer(value: JsonValue, path: string): ApprovalIssuer {
  const issuer = Members.of(value, path, CODE);
  issuer.only('iss', 'jwks');
  const iss = issuer.text('iss', isApprovalName);
  const set = issuer.members('jwks');
  set.only('keys');
  const keys = within(set, 'keys', APPROVAL_KEYS_MAX).map((item, index) =>
    readKey(item, `${path}.jwks.keys[${index}]`),
  );
  refuseTwice(
    keys.map(({ kid }) => kid),
    set.wrong('keys', 'names a kid twice'),
  );
  return { iss, keys };
}

function readKey(value: JsonValue, path: string): ApprovalKey {
  const key = Members.of(value, path, CODE);
  const secret = PRIVATE_MEMBERS.find((name) => key.has(name));
  if (secret !== undefined) {
    throw key.wrong(secret, 'is the private part of a key; give the public key alone');
  }
  const kid = key.text('kid', isApprovalName);
  const alg = key.oneOf('alg', APPROVAL_ALGORITHMS);
  if (key.has('use')) key.constant('use', 'sig');
  if (key.has('key_ops')) key.textList('key_ops', (operation) => operation === 'verify');
  return { kid, alg, jwk: READERS[alg](key) };
}

const COMMON_MEMBERS = ['kty', 'kid', 'alg', 'use', 'key_ops'];

/** By algorithm, so that a key is of the kind that its algorithm needs. */
const READERS: Readonly<Record<ApprovalAlgorithm, (key: Members) => ApprovalJwk>> = {
  EdDSA: (key) => {
    key.only(...COMMON_MEMBERS, 'crv', 'x');
    const x = key.text('x', isBytes(32, 32));
    if (isRefusedPoint(decodeBase64url(x))) throw key.wrong('x', 'is a point no honest key has');
    return { kty: key.constant('kty', 'OKP'), crv: key.constant('crv', 'Ed25519'), x };
  },
  ES256: (key) => {
    key.only(...COMMON_MEMBERS, 'crv', 'x', 'y');
    const [x, y] = [key.text('x', isBytes(32, 32)), key.text('y', isBytes(32, 32))];
    return { kty: key.constant('kty', 'EC'), crv: key.constant('crv', 'P-256'), x, y };
  },
  RS256: (key) => {
    key.only(...COMMON_MEMBERS, 'n', 'e');
    const n = key.text('n', isBytes(RSA_BYTES_MIN, RSA_BYTES_MAX));
    if (n.startsWith('A')) throw key.wrong('n', 'must have no zeros at its beginning');
    return { kty: key.constant('kty', 'RSA'), n, e: key.constant('e', RSA_EXPONENT) };
  },
};

function isBytes(min: number, max: number): (text: string) => boolean {
  return (text) => {
    try {
      const { length } = decodeBase64url(text);
      return length >= min && length <= max;
    } catch {
      return false;
    }
  };
}

function within(members: Members, name: string, max: number): readonly JsonValue[] {
  const items = members.list(name);
  if (items.length > 0 && items.length <= max) return items;
  throw members.wrong(name, `must have 1 to ${max} entries`);
}

function refuseTwice(names: readonly string[], error: CratonError): void {
  if (new Set(names).size !== names.length) throw error;
}
