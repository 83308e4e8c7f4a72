/**
 * A stranger: an entry file of its own that knows the published formats and nothing else of this
 * project. It reads `{keys_url, receipts}` from standard input and writes
 * `{jwks_reached, verified, wrong_keys_refused}`.
 */
import {
  decodeBase64,
  isJsonObject,
  type JsonValue,
  type KeySet,
  Members,
  parseKeySet,
  parseStrict,
  readPayload,
  SIGNATURE_ALGORITHM,
  verifyEd25519,
} from '@craton/protocol';

const QUESTION_BYTES_MAX = 4 * 1024 * 1024;
const KEYS_BYTES_MAX = 262_144;
const KEYS_MS_MAX = 10_000;
const DEPTH_MAX = 8;
const CODE = 'ERR_VERIFICATION';

const question = Members.of(await readInput(), '', CODE);
const keys = await fetchKeys(question.text('keys_url', () => true));
const receipts = question.list('receipts');
const answer = {
  jwks_reached: keys !== undefined,
  verified: keys === undefined ? 0 : await countVerified(receipts, keys),
  wrong_keys_refused: await areWrongKeysRefused(receipts),
};
process.stdout.write(JSON.stringify(answer));

async function readInput(): Promise<JsonValue> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > QUESTION_BYTES_MAX) process.exit(1);
    parts.push(part);
  }
  return parse(Buffer.concat(parts));
}

function parse(bytes: Uint8Array): JsonValue {
  return parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX });
}

/** Undefined if no key set comes from there. */
async function fetchKeys(url: string): Promise<KeySet | undefined> {
  try {
    const signal = AbortSignal.timeout(KEYS_MS_MAX);
    const served = await fetch(url, { redirect: 'error', signal });
    const bytes = new Uint8Array(await served.arrayBuffer());
    if (served.status !== 200 || bytes.length > KEYS_BYTES_MAX) return undefined;
    return parseKeySet(parse(bytes));
  } catch {
    return undefined;
  }
}

async function countVerified(
  given: readonly JsonValue[],
  published: Pick<KeySet, 'get'>,
): Promise<number> {
  let verified = 0;
  for (const receipt of given) if (await isGenuine(receipt, published)) verified++;
  return verified;
}

/** With a key of nobody's under every kid. */
async function areWrongKeysRefused(given: readonly JsonValue[]): Promise<boolean> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('publicKey' in pair)) return false;
  const wrong = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return (await countVerified(given, { get: () => wrong })) === 0;
}

async function isGenuine(value: JsonValue, published: Pick<KeySet, 'get'>): Promise<boolean> {
  if (!isJsonObject(value)) return false;
  const receipt = Members.of(value, 'receipt', CODE);
  const publicKey = published.get(receipt.text('kid'));
  if (publicKey === undefined || receipt.value('sig_alg') !== SIGNATURE_ALGORITHM) return false;
  const payload = decodeBase64(receipt.text('payload_b64', () => true));
  const signature = decodeBase64(receipt.text('signature'));
  return 'payload' in readPayload(payload) && verifyEd25519(publicKey, payload, signature);
}
