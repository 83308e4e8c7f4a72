/**
 * Verifies Ed25519 vectors with the emitted package, on whatever Node runs this file (20 or later).
 * Arguments: the emitted index.js, then optionally a Wycheproof file. The last line of output is
 * JSON: {passed, failures}; one test is one kind of vector under one primitive.
 */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ownVectors, SMALL_ORDER_ENCODINGS } from './own-vectors.mjs';

const [entryFile, wycheproofFile] = process.argv.slice(2);
const { verifyEd25519 } = await import(pathToFileURL(entryFile).href);

const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
/** Title of a test to the number of its vectors that were answered wrongly. */
const wrongByTest = new Map();

function expectSame(answer, expected, title) {
  wrongByTest.set(title, (wrongByTest.get(title) ?? 0) + (answer === expected ? 0 : 1));
}

async function verifyWithNodeCrypto(publicKey, message, signature) {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, signature);
}

function wycheproofVectors(file) {
  const { testGroups } = JSON.parse(readFileSync(file, 'utf8'));
  return testGroups.flatMap(({ publicKey, tests }) =>
    tests.map((test) => ({
      kind: 'Wycheproof',
      publicKey: bytes(publicKey.pk),
      message: bytes(test.msg),
      signature: bytes(test.sig),
      valid: test.result === 'valid',
    })),
  );
}

const vectors = [...ownVectors(), ...(wycheproofFile ? wycheproofVectors(wycheproofFile) : [])];
const primitives = { webcrypto: undefined, 'node:crypto': verifyWithNodeCrypto };

for (const [name, primitive] of Object.entries(primitives)) {
  for (const { kind, publicKey, message, signature, valid } of vectors) {
    const answer = await verifyEd25519(publicKey, message, signature, primitive);
    expectSame(answer, valid, `${name}: ${kind}`);
  }
}

// A primitive that accepts everything shows which cases are refused before any primitive is asked.
const credulous = async () => true;
const [honest] = vectors;
for (const point of SMALL_ORDER_ENCODINGS) {
  const asR = Uint8Array.from([...point, ...honest.signature.subarray(32)]);
  expectSame(
    await verifyEd25519(point, honest.message, honest.signature, credulous),
    false,
    'refused before the primitive: small order as key',
  );
  expectSame(
    await verifyEd25519(honest.publicKey, honest.message, asR, credulous),
    false,
    'refused before the primitive: small order as R',
  );
}
expectSame(
  await verifyEd25519(honest.publicKey, honest.message, honest.signature, credulous),
  true,
  'the credulous primitive is asked',
);

const failures = [...wrongByTest]
  .filter(([, wrong]) => wrong > 0)
  .map(([title, wrong]) => `${title}: ${wrong} wrong`);
console.log(JSON.stringify({ passed: wrongByTest.size - failures.length, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;
