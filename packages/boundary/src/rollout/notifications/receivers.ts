/** Who is told: receivers from a file that an operator wrote. Nobody else is ever written to. */
import { readFileSync, statSync } from 'node:fs';
import { GOVERNANCE_KINDS, ROLLOUT_KINDS } from '@craton/policy';
import { decodeBase64, isLabel, Members, parseStrict } from '@craton/protocol';
import { ConfigError, Secret } from '@craton/service';

export interface Receiver {
  /** A label; the incident channel of a plan may name it. */
  readonly name: string;
  /** `https:`, or `http:` on this machine. */
  readonly url: string;
  /** Of the HMAC, 24 to 64 bytes. */
  readonly secret: Secret<Uint8Array>;
  /** Kinds of records that it is told of; absent: all. */
  readonly kinds?: readonly string[];
}

const VARIABLE = 'CRATON_WEBHOOKS_FILE';
const FILE_BYTES_MAX = 65_536;
const SECRET_FILE_BYTES_MAX = 1_024;
const RECEIVERS_MAX = 20;
const URL_CHARS_MAX = 2_048;
const DEPTH_MAX = 4;
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
/** Standard Webhooks: stands before the base64 of a secret. */
const SECRET_PREFIX = 'whsec_';
const CODE = 'ERR_CONFIG';
const KINDS: readonly string[] = [...ROLLOUT_KINDS, ...GOVERNANCE_KINDS];

/**
 * Reads `{receivers: [{name, url, secret_file, kinds?}]}`. Throws `ConfigError` (`ERR_CONFIG`) that
 * names the variable and the member, never a value.
 */
export function loadReceivers(file: string | undefined): readonly Receiver[] {
  if (file === undefined) return [];
  try {
    const document = parseStrict(readBounded(file, FILE_BYTES_MAX), {
      numbers: 'safe',
      depthMax: DEPTH_MAX,
    });
    const sent = Members.of(document, '', CODE);
    sent.only('receivers');
    const receivers = sent.membersList('receivers').map(readReceiver);
    assertDistinct(receivers);
    return receivers;
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw refused(
      cause instanceof Error && 'field' in cause ? cause.message : 'It cannot be read.',
    );
  }
}

function readReceiver(sent: Members): Receiver {
  sent.only('name', 'url', 'secret_file', 'kinds');
  const kinds = sent.has('kinds')
    ? sent.textList('kinds', (kind) => KINDS.includes(kind))
    : undefined;
  return {
    name: sent.text('name', isLabel),
    url: sent.text('url', isReceiverUrl),
    secret: readSecret(sent),
    ...(kinds !== undefined && { kinds }),
  };
}

/** Nothing is sent in the clear over a network, and no password stands in an address. */
function isReceiverUrl(text: string): boolean {
  if (text.length > URL_CHARS_MAX || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  const isPlain = username === '' && password === '' && hash === '';
  return isPlain && (protocol === 'https:' || (protocol === 'http:' && isLocal));
}

function readSecret(sent: Members): Secret<Uint8Array> {
  const file = sent.text('secret_file');
  try {
    const text = Buffer.from(readBounded(file, SECRET_FILE_BYTES_MAX)).toString('utf8').trim();
    const secret = decodeBase64(
      text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text,
    );
    const { length } = secret;
    if (length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX) return new Secret(secret);
  } catch {
    // Told below, without the path and without what stands there.
  }
  const problem = `must name a file with the base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes`;
  throw sent.wrong('secret_file', problem);
}

function readBounded(file: string, bytesMax: number): Uint8Array {
  if (statSync(file).size > bytesMax) throw refused(`It has more than ${bytesMax} bytes.`);
  return readFileSync(file);
}

function assertDistinct(receivers: readonly Receiver[]): void {
  if (receivers.length > RECEIVERS_MAX)
    throw refused(`It has more than ${RECEIVERS_MAX} receivers.`);
  const names = new Set(receivers.map(({ name }) => name));
  if (names.size < receivers.length) throw refused('It names two receivers alike.');
}

function refused(problem: string): ConfigError {
  const message = `${VARIABLE} names a file that cannot be used. ${problem}`;
  return new ConfigError([{ variable: VARIABLE, message }]);
}
