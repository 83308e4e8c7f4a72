/** Signed notes (C2SP signed-note). */
import { utf8 } from '../bytes.ts';
import { verifyEd25519, type Ed25519Verify } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import { verifyCosignature } from './cosignature.ts';
import {
  formatSignatureLine,
  parseSignatureLine,
  type NoteSignature,
  type NoteSigner,
} from './signature-line.ts';
import { SIGNATURE_TYPE, type VerifierKey } from './verifier-key.ts';

/** Most signature lines that a note may have; the specification asks for 16 at least. */
export const NOTE_SIGNATURES_MAX = 100;
/** Longest note, in UTF-16 code units: room for 100 ML-DSA signatures. */
export const NOTE_CHARS_MAX = 1_000_000;

/** A note that was read, none of whose signatures was verified. */
export interface Note {
  /** What is signed, with its final newline. Attacker-controlled until a signature verifies. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature line that verified under a known key. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** The time that a cosignature states, POSIX seconds; absent for a log's own signature. */
  readonly timestampS?: number;
  /** The line as written, without its newline. */
  readonly line: string;
}

/** A note with at least one valid signature by a known key and no invalid one. */
export interface VerifiedNote {
  readonly text: string;
  /** In the note's order; one key may have signed more than once. */
  readonly signatures: readonly VerifiedSignature[];
}

/** Splits a note at its last empty line; throws `ERR_NOTE_FORMAT`. */
export function parseNote(note: string): Note {
  if (note.length > NOTE_CHARS_MAX) throw malformedNote('is too long');
  if (!isNoteText(note))
    throw malformedNote('must end with a newline and hold no control characters');
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw malformedNote('needs an empty line and signature lines after its text');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) throw malformedNote('has too many signature lines');
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

/**
 * Verifies a note under known keys. Lines by other keys are ignored, as are those of a type that
 * cannot be verified here. Throws `ERR_NOTE_FORMAT`; `ERR_NOTE_SIGNATURE` if any line by a known
 * key is wrong, or there is none; `ERR_KEY_REFUSED` if two known keys share name and id.
 */
export async function verifyNote(
  note: string,
  keys: readonly VerifierKey[],
  ed25519?: Ed25519Verify,
): Promise<VerifiedNote> {
  const { text, signatures } = parseNote(note);
  const verified: VerifiedSignature[] = [];
  for (const signature of signatures) {
    const key = knownKey(signature, keys);
    if (key !== undefined) verified.push(await verifySignature(text, signature, key, ed25519));
  }
  if (verified.length === 0) {
    throw new CratonError('ERR_NOTE_SIGNATURE', 'No known key signed this note.');
  }
  return { text, signatures: verified };
}

/** Signs `text` (its last character a newline) by each signer in turn: the whole note. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!isNoteText(text))
    throw malformedNote('must end with a newline and hold no control characters');
  const lines: string[] = [];
  for (const { key, sign } of signers) {
    if (key.type !== SIGNATURE_TYPE.ed25519) throw new TypeError('Notes are signed by type 0x01.');
    lines.push(formatSignatureLine(key, await sign(utf8(text))));
  }
  return formatNote(text, lines);
}

/** Joins a note's text and signature lines (without newlines), verbatim. */
export function formatNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

function knownKey(signature: NoteSignature, keys: readonly VerifierKey[]): VerifierKey | undefined {
  const [key, ...others] = keys.filter(
    ({ name, keyId, type }) =>
      name === signature.name &&
      keyId === signature.keyId &&
      type !== SIGNATURE_TYPE.cosignatureMlDsa44,
  );
  if (others.length > 0) {
    throw new CratonError('ERR_KEY_REFUSED', 'Two known keys have one name and id.');
  }
  return key;
}

async function verifySignature(
  text: string,
  { signature, line }: NoteSignature,
  key: VerifierKey,
  ed25519: Ed25519Verify | undefined,
): Promise<VerifiedSignature> {
  const { publicKey } = key;
  if (key.type === SIGNATURE_TYPE.cosignature) {
    const claim = { publicKey, checkpointText: text, signature };
    const timestampS = await verifyCosignature(claim, ed25519);
    if (timestampS !== undefined) return { key, timestampS, line };
  } else if (await verifyEd25519(publicKey, utf8(text), signature, ed25519)) {
    return { key, line };
  }
  throw new CratonError('ERR_NOTE_SIGNATURE', 'A signature by a known key is not valid.');
}

function malformedNote(what: string): CratonError {
  return new CratonError('ERR_NOTE_FORMAT', `The note ${what}.`, { field: 'note' });
}
