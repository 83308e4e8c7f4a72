/** The keys that self-service knows: digests of one key for each named person, and of pull keys. */
import {
  apiKeySha256,
  CratonError,
  DEPTH_MAX,
  isApiKeyText,
  isLabel,
  isReference,
  isSelfServiceKeyText,
  isTime,
  type JsonValue,
  Members,
  parseStrict,
  parseTime,
} from '@craton/protocol';

/** What a person's key may be used for. */
export const PERSON_SCOPES = ['read', 'draft', 'request_review'] as const;
/** `pull` is for the operator side alone, which reads what is under review. */
export type KeyScope = (typeof PERSON_SCOPES)[number] | 'pull';

interface KnownKey {
  /** Public name of the key, for logs. */
  readonly keyId: string;
  /** SHA-256 of the whole text, lower-case hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export interface PersonKey extends KnownKey {
  readonly kind: 'person';
  readonly person: string;
  readonly organisation: string;
  readonly scopes: readonly KeyScope[];
}

export interface PullKey extends KnownKey {
  readonly kind: 'pull';
  readonly scopes: readonly ['pull'];
}

export type SelfServiceKey = PersonKey | PullKey;

/** Who saves and asks: always a named person of an organisation. */
export interface Actor {
  readonly person: string;
  readonly organisation: string;
}

const VARIABLE = 'CRATON_SELF_SERVICE_API_KEYS_FILE';
const KEYS_MAX = 10_000;
const KEY_ID = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** The keys of one installation, looked up by the digest of what was sent. */
export class KeyRing {
  readonly #bySha256: ReadonlyMap<string, SelfServiceKey>;
  readonly #nowMs: () => number;

  constructor(keys: readonly SelfServiceKey[], nowMs: () => number) {
    this.#bySha256 = new Map(keys.map((key) => [key.sha256, key]));
    this.#nowMs = nowMs;
  }

  /**
   * The key with this text. Throws `ERR_UNAUTHENTICATED` for one that is absent, malformed, unknown
   * or expired, and does not tell which; `ERR_FORBIDDEN` for one without the scope.
   */
  accept(text: string | undefined, scope: KeyScope): SelfServiceKey {
    // Digests are compared, not keys: how long the look-up takes tells nothing about a key.
    const key =
      text !== undefined && hasForm(text) ? this.#bySha256.get(apiKeySha256(text)) : undefined;
    if (key === undefined || this.#nowMs() >= key.expiresAtMs) throw unauthenticated();
    if (key.scopes.some((one) => one === scope)) return key;
    throw new CratonError('ERR_FORBIDDEN', `This key does not have the scope ${scope}.`);
  }
}

function hasForm(text: string): boolean {
  return isSelfServiceKeyText(text) || (text.startsWith('craton_pull_') && isApiKeyText(text));
}

function unauthenticated(): CratonError {
  const message = 'Send a key that is valid here, as X-API-Key: <key>.';
  return new CratonError('ERR_UNAUTHENTICATED', message, { field: 'X-API-Key' });
}

/**
 * Reads the file of keys: `{"keys": [...]}`. Throws `ERR_CONFIG` naming the member at fault, and
 * never shows a digest.
 */
export function parseKeyFile(bytes: Uint8Array): readonly SelfServiceKey[] {
  try {
    const file = Members.of(parseKeys(bytes), '', 'ERR_CONFIG');
    file.only('keys');
    const list = file.list('keys');
    if (list.length > KEYS_MAX) throw file.wrong('keys', `has more than ${KEYS_MAX} entries`);
    const keys = list.map((value, index) => readKey(value, `keys[${index}]`));
    const known = new Set(keys.flatMap(({ sha256, keyId }) => [sha256, keyId]));
    if (known.size === 2 * keys.length) return keys;
    throw file.wrong('keys', 'has the same key_id or sha256 twice');
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const message = `${VARIABLE}: ${error.message}`;
    throw new CratonError('ERR_CONFIG', message, { field: VARIABLE });
  }
}

function parseKeys(bytes: Uint8Array): JsonValue {
  return parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
}

function readKey(value: JsonValue, path: string): SelfServiceKey {
  const sent = Members.of(value, path, 'ERR_CONFIG');
  const known = {
    keyId: sent.text('key_id', (text) => KEY_ID.test(text)),
    sha256: sent.text('sha256', (text) => SHA256_HEX.test(text)),
    expiresAtMs: parseTime(sent.text('expires_at', isTime)),
  };
  const scopes = sent.textList('scopes');
  if (scopes.length === 1 && scopes[0] === 'pull') {
    sent.only('key_id', 'sha256', 'expires_at', 'scopes');
    return { ...known, kind: 'pull', scopes: ['pull'] };
  }
  sent.only('key_id', 'sha256', 'expires_at', 'scopes', 'person', 'organisation');
  const granted = PERSON_SCOPES.filter((scope) => scopes.includes(scope));
  if (granted.length === 0 || granted.length !== scopes.length) {
    throw sent.wrong('scopes', `must be pull alone, or some of ${PERSON_SCOPES.join(', ')}`);
  }
  return {
    ...known,
    kind: 'person',
    person: sent.text('person', (text) => isReference(text) && text.trim() !== ''),
    organisation: sent.text('organisation', isLabel),
    scopes: granted,
  };
}
