/** Whether a posture document was signed by the one key that the reader has pinned. */
import {
  CratonError,
  decodeBase64,
  DEPTH_MAX,
  type Ed25519Verify,
  Members,
  parseStrict,
  type Receipt,
  SIGNATURE_ALGORITHM,
  thumbprint,
  verifyEd25519,
} from '@craton/protocol';
import { parsePosture, type Posture, POSTURE_BYTES_MAX } from './posture.ts';

/** The envelope of spec/receipt.md around something that is no receipt. */
export type SignedPosture = Receipt;

/** Whose word is taken, and about what. */
export interface PosturePin {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The environment that the reader belongs to. */
  readonly environment: string;
}

const CODE = 'ERR_POSTURE';

/**
 * Verifies a document as it was received, then reads it. Throws `ERR_POSTURE` for anything that is
 * not signed by the pinned key, not in form, or about another environment; the age is the caller's
 * to judge. Throws `ERR_CRYPTO_UNAVAILABLE` if the primitive does.
 */
export async function verifyPosture(
  received: Uint8Array,
  pin: PosturePin,
  primitive?: Ed25519Verify,
): Promise<Posture> {
  const { payload, signature, kid } = openEnvelope(received);
  if (kid !== thumbprint(pin.publicKey)) {
    throw refused('is signed by another key than the one that is pinned');
  }
  if (!(await verifyEd25519(pin.publicKey, payload, signature, primitive))) {
    throw refused('has a signature that does not fit');
  }
  const posture = asPostureError(() => parsePosture(payload));
  if (posture.environment === pin.environment) return posture;
  throw refused('is about another environment');
}

interface Opened {
  readonly payload: Uint8Array;
  /** 64 bytes if it is in form. */
  readonly signature: Uint8Array;
  readonly kid: string;
}

function openEnvelope(received: Uint8Array): Opened {
  if (received.length > POSTURE_BYTES_MAX) throw refused('is too long');
  return asPostureError(() => {
    const value = parseStrict(received, { numbers: 'safe', depthMax: DEPTH_MAX.other });
    const members = Members.of(value, '', CODE);
    members.constant('sig_alg', SIGNATURE_ALGORITHM);
    return {
      payload: decodeBase64(members.text('payload_b64')),
      signature: decodeBase64(members.text('signature')),
      kid: members.text('kid'),
    };
  });
}

/** What is wrong inside is one thing to the caller: no posture. */
function asPostureError<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CratonError) || cause.code === CODE) throw cause;
    throw refused('cannot be read', cause);
  }
}

function refused(what: string, cause?: unknown): CratonError {
  return new CratonError(CODE, `The posture document ${what}.`, { cause });
}
