/**
 * "Check without us": the shell commands that check a receipt with openssl and coreutils alone.
 * Everything in them is re-encoded from bytes, so that no text of a receipt reaches a shell.
 */
import {
  concatBytes,
  decodeHex,
  encodeBase64,
  encodeBase64url,
  encodeHex,
  sha256,
  thumbprint,
} from '@craton/protocol';

/** What the commands are made from; the reader brings nothing else. */
export interface ShellInput {
  readonly payload: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Who says whose key that is, and the root key of the reader's own trust policy. */
  readonly attestation?: {
    readonly payload: Uint8Array;
    readonly signature: Uint8Array;
    readonly rootKey: Uint8Array;
    readonly rootKeyId: string;
  };
  /** Canonical bytes of the opening, and the id that the signed payload names. */
  readonly commitment?: { readonly opening: Uint8Array; readonly commitmentId: string };
}

/** The only text of a receipt that is shown in a script, as what must be printed. */
const COMMITMENT_ID = /^bnd_[A-Za-z0-9_-]{43}$/;

/** One thing to do, and what must come out. */
export interface ShellStep {
  readonly title: string;
  readonly command: string;
  /** The last line of the output, exactly. */
  readonly expected: string;
}

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 key bytes (RFC 8410). */
const SPKI_PREFIX = decodeHex('302a300506032b6570032100');
const TO_BASE64URL = "base64 | tr '+/' '-_' | tr -d '='";
const VERIFIED = 'Signature Verified Successfully';

/** The steps, in order; each works in the folder where the ones before it ran. */
export function shellSteps(input: ShellInput): ShellStep[] {
  const { attestation, commitment } = input;
  const hasCommitment = commitment !== undefined && COMMITMENT_ID.test(commitment.commitmentId);
  return [
    {
      title: 'Write the signed bytes to a file and hash them',
      command: `${writeFile('payload.json', input.payload)}\nsha256sum payload.json`,
      expected: `${encodeHex(sha256(input.payload))}  payload.json`,
    },
    {
      title: 'Check the signature with the public key',
      command: [
        writeKey('key.pem', input.publicKey),
        writeFile('payload.sig', input.signature),
        verifyCommand('key.pem', 'payload'),
      ].join('\n'),
      expected: VERIFIED,
    },
    keyIdStep(input.publicKey),
    ...(attestation ? attestationSteps(attestation, input.publicKey) : []),
    ...(hasCommitment ? [commitmentStep(commitment)] : []),
  ];
}

/** All steps as one script; what must come out stands in comments. */
export function shellScript(steps: readonly ShellStep[]): string {
  const parts = steps.map(
    ({ title, command, expected }) => `# ${title}\n${command}\n# must print: ${expected}\n`,
  );
  return `#!/bin/sh\nset -eu\n\n${parts.join('\n')}`;
}

/** PEM of an Ed25519 public key (32 bytes). */
export function publicKeyPem(publicKey: Uint8Array): string {
  const der = encodeBase64(concatBytes(SPKI_PREFIX, publicKey));
  return `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----`;
}

function keyIdStep(publicKey: Uint8Array): ShellStep {
  const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${encodeBase64url(publicKey)}"}`;
  return {
    title: 'Compute the id of the key (RFC 7638)',
    command: `printf '%s' '${jwk}' | openssl dgst -sha256 -binary | ${TO_BASE64URL}`,
    expected: thumbprint(publicKey),
  };
}

function attestationSteps(
  attestation: NonNullable<ShellInput['attestation']>,
  publicKey: Uint8Array,
): ShellStep[] {
  const member = `"public_key_b64":"${encodeBase64(publicKey)}"`;
  return [
    {
      title: `Check who says whose key that is, with the root key ${attestation.rootKeyId} of your trust policy`,
      command: [
        writeKey('root.pem', attestation.rootKey),
        writeFile('attestation.json', attestation.payload),
        writeFile('attestation.sig', attestation.signature),
        verifyCommand('root.pem', 'attestation'),
      ].join('\n'),
      expected: VERIFIED,
    },
    {
      title: 'Check that the attestation names this key',
      command: `grep -oF '${member}' attestation.json`,
      expected: member,
    },
  ];
}

function commitmentStep(commitment: NonNullable<ShellInput['commitment']>): ShellStep {
  return {
    title: 'Recompute the commitment to what was evaluated',
    command: [
      writeFile('opening.json', commitment.opening),
      `{ echo craton.boundary.commitment.v1; cat opening.json; } |`,
      `  openssl dgst -sha256 -binary | ${TO_BASE64URL} | sed 's/^/bnd_/'`,
    ].join('\n'),
    expected: commitment.commitmentId,
  };
}

function verifyCommand(key: string, stem: string): string {
  const files = `-in ${stem}.json -sigfile ${stem}.sig`;
  return `openssl pkeyutl -verify -rawin -pubin -inkey ${key} ${files}`;
}

function writeFile(name: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(/.{1,76}/g) ?? [];
  return `base64 -d > ${name} <<'END'\n${lines.join('\n')}\nEND`;
}

function writeKey(name: string, publicKey: Uint8Array): string {
  return `cat > ${name} <<'END'\n${publicKeyPem(publicKey)}\nEND`;
}
