/** The shapes of names (PROTOCOL section 1). Predicates only; whoever calls names the field. */

const LABEL = /^[a-z][a-z0-9_]{0,63}$/;
const PATH_ID = /^[a-z][a-z0-9-]{0,63}$/;
const RULE_ID = PATH_ID;
const ENVIRONMENT = /^[a-z][a-z0-9]{0,31}$/;
const ROOT_KEY_ID = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const ISSUER =
  /^(?=.{1,253}(?:\/|$))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?:\/[a-z0-9._~-]+)*$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const REQUEST_ID = /^req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** 32 bytes in unpadded base64url, the unused bits zero. */
const HASH_TEXT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const HASH_BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const CONTROL = /\p{Cc}/u;

/** The path_id of decisions that no path document, or more than one, matched. */
export const UNMATCHED_PATH_ID = 'unmatched';

/** Code points in a reference or a declared string at most, unless a path says less. */
export const REFERENCE_CODE_POINTS_MAX = 128;

export const isLabel = (text: string): boolean => LABEL.test(text);
export const isPathId = (text: string): boolean => PATH_ID.test(text);
export const isRuleId = (text: string): boolean => RULE_ID.test(text);
export const isEnvironment = (text: string): boolean => ENVIRONMENT.test(text);
export const isRootKeyId = (text: string): boolean => ROOT_KEY_ID.test(text);
/** A lower-case DNS name, optionally with path segments. */
export const isIssuer = (text: string): boolean => ISSUER.test(text);
/** `sha256:` and 64 lower-case hex digits. */
export const isDigest = (text: string): boolean => DIGEST.test(text);
/** `req_` and a UUIDv7. */
export const isRequestId = (text: string): boolean => REQUEST_ID.test(text);
/** 32 bytes, base64url: thumbprints, tags, stream keys. */
export const isHashText = (text: string): boolean => HASH_TEXT.test(text);
/** 32 bytes in padded standard base64: tree roots, public keys. */
export const isHashBase64 = (text: string): boolean => HASH_BASE64.test(text);
/** `bnd_` and 32 bytes, base64url. */
export const isCommitmentId = (text: string): boolean =>
  text.startsWith('bnd_') && isHashText(text.slice(4));

/** 1 to `codePointsMax` code points, none of them a control character (Cc); nothing is trimmed. */
export function isReference(text: string, codePointsMax = REFERENCE_CODE_POINTS_MAX): boolean {
  if (text.length === 0 || text.length > codePointsMax * 2 || CONTROL.test(text)) return false;
  if (!text.isWellFormed()) return false;
  return text.length <= codePointsMax || Array.from(text).length <= codePointsMax;
}
