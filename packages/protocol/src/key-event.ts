/** Statements of roots as entries of the log: `spec/key-events.md`. */
import { readAttestation } from './attestation.ts';
import { encodeBase64url } from './base64.ts';
import { decodeHex, utf8 } from './bytes.ts';
import { digestBytes } from './digest.ts';
import { CratonError } from './errors.ts';
import type { JsonValue } from './json/canonical.ts';
import { Members } from './json/members.ts';
import { readKeyCompromise, type SignedStatement } from './key-compromise.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';
import { encodeLogEntry, type LogEntry } from './stream.ts';
import { parseTime } from './time.ts';

export type KeyEventKind = 'key_attested' | 'key_compromised';

/** A statement of a root, and the entry that it has in a log. Nothing about it has been verified. */
export interface KeyEvent extends SignedStatement {
  readonly kind: KeyEventKind;
  readonly issuer: string;
  /** To whose logs it belongs, at least one. */
  readonly environments: readonly string[];
  /** Milliseconds since 1970, as the root says. */
  readonly issuedAtMs: number;
  /** The key that the statement is about. */
  readonly subjectKid: string;
  readonly entry: LogEntry;
}

const OBJECTS: Readonly<Record<string, KeyEventKind>> = {
  'craton.receipt.operational_key_attestation.v1': 'key_attested',
  'craton.receipt.key_compromise.v1': 'key_compromised',
};
const CODE = 'ERR_ATTESTATION_FORMAT';

/**
 * Reads an attestation or a statement about a compromised key. Throws `ERR_ATTESTATION_FORMAT` or a
 * parser's error for any other form, also if wrapper and payload name different roots.
 */
export function readKeyEvent(value: JsonValue | undefined, sha256: Sha256 = ownSha256): KeyEvent {
  const object = Members.of(value, 'statement', CODE).text('object');
  const kind = Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
  if (kind === undefined) throw new CratonError(CODE, 'The statement is of an unknown kind.');
  const said = kind === 'key_attested' ? readAttested(value) : readCompromised(value);
  const digest = digestBytes(said.payloadBytes, sha256);
  const kid = rootEntryKid(said.rootFingerprint);
  return { kind, ...said, entry: { v: 1, digest, kid, tag: keyEventTag(digest, sha256) } };
}

type Said = Omit<KeyEvent, 'kind' | 'entry'>;

function readAttested(value: JsonValue | undefined): Said {
  const { payload, ...signed } = readAttestation(value);
  const { rootKeyId, rootFingerprint } = signed;
  const isOneRoot =
    payload.root_key_id === rootKeyId &&
    payload.root_public_key_fingerprint_sha256 === rootFingerprint;
  if (!isOneRoot) throw new CratonError(CODE, 'Wrapper and payload name different roots.');
  const { issuer, environments, issued_at, subject } = payload;
  const issuedAtMs = parseTime(issued_at);
  return { ...signed, issuer, environments, issuedAtMs, subjectKid: subject.kid };
}

function readCompromised(value: JsonValue | undefined): Said {
  const { rootKeyId, rootFingerprint, payloadBytes, signature, ...said } = readKeyCompromise(value);
  const { issuer, environment, issuedAtMs, kid: subjectKid } = said;
  const signed = { rootKeyId, rootFingerprint, payloadBytes, signature };
  return { ...signed, issuer, environments: [environment], issuedAtMs, subjectKid };
}

/** The bytes of the entry, as hashed into the tree. */
export function encodeKeyEvent({ entry }: KeyEvent): Uint8Array {
  return encodeLogEntry(entry);
}

/** What a key event of this root has in the place of a kid: base64url of the same 32 bytes. */
export function rootEntryKid(rootFingerprint: string): string {
  return encodeBase64url(decodeHex(rootFingerprint));
}

/** The tag of a key event, which anyone computes; that of a receipt equals it by chance only. */
export function keyEventTag(digest: string, sha256: Sha256 = ownSha256): string {
  return encodeBase64url(sha256(utf8(`craton.key_event.tag.v1\n${digest}`)));
}

/** Whether an entry of the log is a key event, whoever's. */
export function isKeyEventEntry(
  { digest, tag }: Pick<LogEntry, 'tag'> & { readonly digest: string },
  sha256: Sha256 = ownSha256,
): boolean {
  return tag === keyEventTag(digest, sha256);
}
