/** HMAC-SHA-256 (RFC 2104) with a key that is used again and again. */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Longest message without an allocation: all that are made of references and ids fit. */
const MESSAGE_BYTES = 4096;
/** Of UTF-8, for each UTF-16 code unit at most. */
const BYTES_PER_UNIT = 3;

/**
 * A key with its padded blocks prepared. `createHmac` builds a native object for each message, which
 * takes twice as long as both hashes and is then to be collected.
 */
export class HmacKey {
  readonly #key: Uint8Array;
  /** The block of the inner hash and room for a message. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + MESSAGE_BYTES);
  /** The block of the outer hash and room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);

  /** `key`: 1 to 64 bytes; throws `TypeError` for another length. */
  constructor(key: Uint8Array) {
    if (key.length === 0 || key.length > BLOCK_BYTES) {
      throw new TypeError('A key of HMAC-SHA-256 has 1 to 64 bytes here.');
    }
    this.#key = Uint8Array.from(key);
    this.#inner.fill(0x36, 0, BLOCK_BYTES);
    this.#outer.fill(0x5c, 0, BLOCK_BYTES);
    this.#key.forEach((byte, index) => {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    });
  }

  /** 32 bytes, over the text's UTF-8. */
  bytesOf(text: string): Buffer {
    return hash('sha256', this.#outerBlocks(text), 'buffer');
  }

  /** The same in base64url. */
  base64urlOf(text: string): string {
    return hash('sha256', this.#outerBlocks(text), 'base64url');
  }

  /** The key itself, to be stored. */
  export(): Uint8Array {
    return Uint8Array.from(this.#key);
  }

  #outerBlocks(text: string): Buffer {
    this.#outer.write(hash('sha256', this.#innerBlocks(text), 'binary'), BLOCK_BYTES, 'binary');
    return this.#outer;
  }

  #innerBlocks(text: string): Buffer {
    if (text.length * BYTES_PER_UNIT > MESSAGE_BYTES) {
      return Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES), Buffer.from(text)]);
    }
    const size = this.#inner.write(text, BLOCK_BYTES);
    return this.#inner.subarray(0, BLOCK_BYTES + size);
  }
}
