/** API keys as text (PROTOCOL section 10): a kind, an environment, 256 random bits, a checksum. */
import { encodeBase64url } from './base64.ts';
import { encodeHex, utf8 } from './bytes.ts';
import { isEnvironment } from './names.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';

/** Boundary, staging, operator, review pull. */
export const API_KEY_KINDS = ['bnd', 'sts', 'ops', 'pull'] as const;
/** What a key is for; it stands in its text. */
export type ApiKeyKind = (typeof API_KEY_KINDS)[number];

/** Random bytes in a key. */
export const API_KEY_RANDOM_BYTES = 32;

/** What a key of self-service has in the place of a kind. Its keys open nothing on the production side. */
export const SELF_SERVICE_KEY_KIND = 'ssv';

const CHECKSUM_CHARACTERS = 6;
const REST_OF_KEY = '_[a-z][a-z0-9]{0,31}_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048][A-Za-z0-9_-]{6}$';
const API_KEY = new RegExp(`^craton_(?:bnd|sts|ops|pull)${REST_OF_KEY}`);
const SELF_SERVICE_KEY = new RegExp(`^craton_${SELF_SERVICE_KEY_KIND}${REST_OF_KEY}`);

/** What a key is made of. */
export interface ApiKeyParts {
  readonly kind: ApiKeyKind | typeof SELF_SERVICE_KEY_KIND;
  readonly environment: string;
  /** `API_KEY_RANDOM_BYTES` fresh random bytes. */
  readonly random: Uint8Array;
}

/** The text of a key. Throws `TypeError` for an environment that is none or too few bytes. */
export function composeApiKey(
  { kind, environment, random }: ApiKeyParts,
  sha256: Sha256 = ownSha256,
): string {
  if (random.length !== API_KEY_RANDOM_BYTES || !isEnvironment(environment)) {
    throw new TypeError('An API key is made of an environment and 32 random bytes.');
  }
  const text = `craton_${kind}_${environment}_${encodeBase64url(random)}`;
  return text + checksum(text, sha256);
}

/** Whether a text has the form and the checksum of a key. It says nothing about its validity. */
export function isApiKeyText(text: string, sha256: Sha256 = ownSha256): boolean {
  return API_KEY.test(text) && hasChecksum(text, sha256);
}

/** The same of a key of self-service, which is in no store of the production side. */
export function isSelfServiceKeyText(text: string, sha256: Sha256 = ownSha256): boolean {
  return SELF_SERVICE_KEY.test(text) && hasChecksum(text, sha256);
}

function hasChecksum(text: string, sha256: Sha256): boolean {
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_CHARACTERS), sha256));
}

/** What stores keep instead of a key: SHA-256 of the whole text, lower-case hex. */
export function apiKeySha256(text: string, sha256: Sha256 = ownSha256): string {
  return encodeHex(sha256(utf8(text)));
}

/** The first 36 bits of the SHA-256, in base64url. */
function checksum(text: string, sha256: Sha256): string {
  const hash = sha256.encoded?.(text, 'base64url') ?? encodeBase64url(sha256(utf8(text)));
  return hash.slice(0, CHECKSUM_CHARACTERS);
}
