/** Signature lines of signed notes (C2SP signed-note: Signatures). */
import { encodeBase64 } from '../base64.ts';
import { concatBytes, decodeHex, encodeHex } from '../bytes.ts';
import { CratonError } from '../errors.ts';
import { parseBase64Line } from './line.ts';
import { isKeyName, type VerifierKey } from './verifier-key.ts';

/** Signs bytes with a key that this package never sees; answers 64 bytes (Ed25519, RFC 8032). */
export type SignBytes = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Who signs a note, and under which name and id. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: SignBytes;
}

/** One signature line, read but not verified. */
export interface NoteSignature {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  /** What follows the key id: 64 bytes for a log's signature, 72 for an Ed25519 cosignature. */
  readonly signature: Uint8Array;
  /** The line as written, without its newline. */
  readonly line: string;
}

const PREFIX = '\u2014 ';
const KEY_ID_BYTES = 4;
const FAILURE = { code: 'ERR_NOTE_FORMAT', field: 'signature line' } as const;

/** Reads a line without its newline; throws `ERR_NOTE_FORMAT`. */
export function parseSignatureLine(line: string): NoteSignature {
  const [name = '', encoded = '', ...rest] = line.slice(PREFIX.length).split(' ');
  if (!line.startsWith(PREFIX) || !isKeyName(name) || rest.length > 0) throw malformedLine();
  const bytes = parseBase64Line(encoded, FAILURE);
  if (bytes.length <= KEY_ID_BYTES) throw malformedLine();
  return {
    name,
    keyId: encodeHex(bytes.subarray(0, KEY_ID_BYTES)),
    signature: bytes.subarray(KEY_ID_BYTES),
    line,
  };
}

/** Writes a line without its newline. */
export function formatSignatureLine(key: VerifierKey, signature: Uint8Array): string {
  return `${PREFIX}${key.name} ${encodeBase64(concatBytes(decodeHex(key.keyId), signature))}`;
}

function malformedLine(): CratonError {
  return new CratonError(
    FAILURE.code,
    'A signature line is an em dash, a key name and base64 of a key id and a signature.',
    { field: FAILURE.field },
  );
}
