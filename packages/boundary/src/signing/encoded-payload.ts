import { canonicalize, type Payload } from '@craton/protocol';

/**
 * The bytes of one payload, serialised exactly once. Only `EncodedPayload.of` makes one, so a
 * signer that asks for this type cannot be handed bytes that somebody else chose.
 */
export class EncodedPayload {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static of(payload: Payload): EncodedPayload {
    // What `encodePayload` gives, in half the time.
    return new EncodedPayload(Buffer.from(canonicalize(payload)));
  }

  /** The bytes of a genuine instance; throws `TypeError` for a look-alike. */
  static bytesOf(candidate: EncodedPayload): Uint8Array {
    // Types are erased at run time: an object of the same shape must not pass.
    if (!(#bytes in candidate)) throw new TypeError('Only an encoded payload is ever signed.');
    return candidate.#bytes;
  }
}
