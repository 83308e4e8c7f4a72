/** The signed posture: measured when somebody asks, and not again for everybody who asks then. */
import { sealReceipt, thumbprint } from '@craton/protocol';
import { encodePosture, type Posture, type SignedPosture } from '@craton/policy';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { createKeySigning, type KeySigning } from '../signing/signer.ts';

/** Milliseconds for which a measurement is handed out again. */
export const POSTURE_FRESH_MS = 1_000;

export interface PostureServicePorts {
  readonly measure: () => Promise<Posture>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/**
 * Signs what was measured here and nothing else: no caller can hand it a byte. Its key has no other
 * role.
 */
export class PostureService {
  readonly #ports: PostureServicePorts;
  readonly #key: KeySigning;
  readonly #kid: string;
  #last: { readonly signed: SignedPosture; readonly measuredAtMs: number } | undefined;
  #running: Promise<SignedPosture> | undefined;

  /** From a seed (32 bytes). Throws `ERR_SIGNING` if the key does not work. */
  constructor(seed: Uint8Array, ports: PostureServicePorts) {
    this.#ports = ports;
    this.#key = createKeySigning(seed);
    this.#kid = thumbprint(this.#key.publicKey, nodeSha256);
  }

  /** 32 bytes: what self-service pins. */
  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  /** Throws `ERR_SIGNING` if the key cannot be used. */
  async current(): Promise<SignedPosture> {
    const ageMs = this.#ports.nowMs() - (this.#last?.measuredAtMs ?? 0);
    // A clock that went back makes no measurement fresh.
    if (this.#last !== undefined && ageMs >= 0 && ageMs < POSTURE_FRESH_MS)
      return this.#last.signed;
    this.#running ??= this.#measure().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #measure(): Promise<SignedPosture> {
    const posture = await this.#ports.measure();
    const payload = encodePosture(posture);
    const signed = sealReceipt(payload, this.#key.sign(payload), this.#kid);
    this.#last = { signed, measuredAtMs: posture.measuredAtMs };
    return signed;
  }
}
