/** Looks for secrets in everything that came out of a process, however they are spelled. */
import { encodeBase64, encodeBase64url, encodeHex, utf8 } from '@craton/protocol';

interface Place {
  readonly name: string;
  /** One character for each byte. */
  readonly content: string;
}

/** Characters that are made of bytes at once. */
const PIECE_BYTES = 8192;

/** Everything that came out, and where. */
export class SecretSearch {
  readonly #places: Place[] = [];
  #bytes = 0;

  add(name: string, content: string | Uint8Array): void {
    const bytes = bytesOf(content);
    this.#places.push({ name, content: byteText(bytes) });
    this.#bytes += bytes.length;
  }

  /** How many places there are. */
  get places(): number {
    return this.#places.length;
  }

  /** Bytes in all places. */
  get size(): number {
    return this.#bytes;
  }

  /** Names of the places that hold the secret in some spelling. */
  find(secret: string | Uint8Array): string[] {
    const spellings = spellingsOf(secret);
    return this.#places
      .filter(({ content }) => spellings.some((spelling) => content.includes(spelling)))
      .map(({ name }) => name);
  }
}

/**
 * As bytes, text, hex, base64 at every alignment, percent-encoded, or as a list of numbers; each
 * with one character for a byte.
 */
function spellingsOf(secret: string | Uint8Array): readonly string[] {
  const bytes = bytesOf(secret);
  const hex = encodeHex(bytes);
  const texts = [
    byteText(bytes),
    hex,
    hex.toUpperCase(),
    hex.replaceAll(/../g, '%$&'),
    hex.toUpperCase().replaceAll(/../g, '%$&'),
    Array.from(bytes).join(','),
    ...[0, 1, 2].flatMap((offset) => base64Within(bytes, offset)),
  ];
  if (typeof secret !== 'string') return texts;
  const others = [secret.toLowerCase(), secret.toUpperCase(), encodeURIComponent(secret)];
  return [...texts, ...others.map((text) => byteText(utf8(text)))];
}

/** What stands in base64 of a longer text, where `offset` bytes come before the secret. */
function base64Within(bytes: Uint8Array, offset: number): readonly string[] {
  const whole = new Uint8Array(offset + bytes.length);
  whole.set(bytes, offset);
  // Characters that share bits with what stands around it are left out.
  const end = Math.floor((whole.length * 4) / 3);
  const start = Math.ceil((offset * 4) / 3);
  return [encodeBase64(whole), encodeBase64url(whole)].map((text) => text.slice(start, end));
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? utf8(content) : content;
}

function byteText(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + PIECE_BYTES)));
  }
  return pieces.join('');
}
