/** A process that has nothing of ours verifies real receipts with keys that it fetches itself. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_GATE_POLICY, judgeKeyRoute } from '@craton/policy';
import { decodeBase64url, type JsonObject, publicJwk } from '@craton/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../../test/harness.ts';
import { measureKeyRoute } from './key-route.ts';

const KEYS_PATH = '/protocol/v1/jwks.json';
let boundary: Harness;
let address: string;
let receipts: readonly JsonObject[];
let served: unknown;
let server: Server;
let serverUrl: string;

beforeAll(async () => {
  boundary = await Harness.open();
  address = await boundary.server.listen({ host: '127.0.0.1', port: 0 });
  const key = await boundary.makeKey();
  const answers = [await boundary.check(key), await boundary.check(key)];
  receipts = answers.map((answer) => answer.json<{ receipt: JsonObject }>().receipt);
  server = createServer((_request, response) => response.end(JSON.stringify(served)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await boundary.close();
});

async function judged(url: string, given = receipts) {
  const evidence = await measureKeyRoute(url, given);
  const { result, code } = judgeKeyRoute(evidence, { policy: DEFAULT_GATE_POLICY, nowMs: 0 });
  return [result, code];
}

const strange = () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  return publicJwk(decodeBase64url(publicKey.export({ format: 'jwk' }).x ?? ''));
};

describe('the public key route', () => {
  it('verifies receipts in a process with an empty environment, and wrong keys do not', async () => {
    const evidence = await measureKeyRoute(`${address}${KEYS_PATH}`, receipts);
    expect(evidence).toMatchObject({ jwks_reached: true, verified: 2, wrong_keys_refused: true });
    expect(evidence.receipts).toHaveLength(2);
    expect(await judged(`${address}${KEYS_PATH}`)).toEqual(['pass', 'passed']);
  });

  it('that serves other keys fails', async () => {
    served = { keys: [strange()] };
    expect(await judged(serverUrl)).toEqual(['fail', 'receipt_not_verified']);
  });

  it('that serves another key under our kid is no key set', async () => {
    const [own] = boundary.material.keys;
    served = { keys: [{ ...strange(), kid: own?.kid }] };
    expect(await judged(serverUrl)).toEqual(['inconclusive', 'keys_not_reached']);
  });

  it('that does not answer, or answers something else, is inconclusive', async () => {
    served = 'keys';
    expect(await judged(serverUrl)).toEqual(['inconclusive', 'keys_not_reached']);
    expect(await judged('http://127.0.0.1:1/keys')).toEqual(['inconclusive', 'keys_not_reached']);
  });

  it('fails for a receipt whose signature is of something else', async () => {
    const [first = {}, second = {}] = receipts;
    const swapped = { ...first, signature: second['signature'] ?? '' };
    expect(await judged(`${address}${KEYS_PATH}`, [swapped, second])).toEqual([
      'fail',
      'receipt_not_verified',
    ]);
  });

  it('is not known from what is no receipt', async () => {
    const nothing = { payload_b64: 'AAAA' };
    expect(await judged(`${address}${KEYS_PATH}`, [nothing])).toEqual([
      'inconclusive',
      'keys_not_reached',
    ]);
  });
});
