/** An instance that serves staging beside its own environment: two worlds under one address. */
import {
  decodeBase64,
  decodeEntryBundle,
  decodeTile,
  type Opening,
  readPayload,
  type Receipt,
} from '@craton/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, ISSUER, PARTNER_ID } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT, SAMPLE_PATH } from '../../test/sample.ts';
import { STAGING } from '../staging.ts';

interface LogEntry {
  readonly kid: string;
}

interface Answer {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly request_id: string;
  readonly opening: Opening;
  readonly receipt: Receipt;
}

const OTHER_PATH = JSON.stringify({
  ...SAMPLE_DOCUMENT,
  policy: {
    ...SAMPLE_DOCUMENT.policy,
    rules: [{ id: 'never', when: 'true', verdict: 'reject', reason: 'only_in_staging' }],
  },
});

let boundary: Harness;
let key: string;
let stagingKey: string;
let operatorToken: string;

beforeAll(async () => {
  boundary = await Harness.open({ hasStaging: true });
  key = await boundary.makeKey();
  stagingKey = await boundary.makeKey({ kind: 'sts', environment: STAGING });
  operatorToken = await boundary.makeKey({ kind: 'ops', scopes: ['read', 'admin'] });
  const change = { kind: 'apply_path', environment: STAGING, documentText: OTHER_PATH } as const;
  await boundary.ledger.admin.apply(change);
});
afterAll(async () => {
  await boundary.close();
});

async function ask(callerKey: string): Promise<Answer> {
  const answer = await boundary.check(callerKey, { external_reference: 'in-both' });
  expect(answer.statusCode).toBe(200);
  return answer.json<Answer>();
}

function payloadOf({ payload_b64 }: Receipt) {
  const reading = readPayload(decodeBase64(payload_b64));
  if ('payload' in reading) return reading.payload;
  throw new Error('That is no payload.');
}

describe('staging', () => {
  it('has its own paths, streams, references and signing key', async () => {
    const here = await ask(key);
    const there = await ask(stagingKey);
    expect([here.verdict, there.verdict]).toEqual(['allow', 'reject']);
    expect(there.reasons).toEqual(['only_in_staging']);
    expect(there.opening.ledger.reference_reused).toBe(false);
    expect(payloadOf(here.receipt)).toMatchObject({ environment: ENVIRONMENT, seq: 1 });
    expect(payloadOf(there.receipt)).toMatchObject({
      environment: STAGING,
      seq: 1,
      issuer: ISSUER,
      log: { origin: `${ISSUER}/${STAGING}` },
    });
    expect(here.receipt.kid).not.toBe(there.receipt.kid);
    const kids = boundary.material.keys.map(({ kid }) => kid);
    expect(kids).toEqual([here.receipt.kid, there.receipt.kid]);
    expect(boundary.material.attestationsOf(there.receipt.kid)).toHaveLength(1);
  });

  it('and the other environment see nothing of each other', async () => {
    const here = await ask(key);
    const there = await ask(stagingKey);
    const status = async (asked: Answer, by: string) =>
      (await boundary.get(`/v1/receipts/${asked.request_id}`, by)).statusCode;
    expect(await status(here, key)).toBe(200);
    expect(await status(there, stagingKey)).toBe(200);
    expect(await status(here, stagingKey)).toBe(404);
    expect(await status(there, key)).toBe(404);
    const claimed = await boundary.report('claim', key, { request_id: there.request_id });
    expect(claimed.statusCode).toBe(404);
  });

  it('has a log of its own, whose proofs its receipts get', async () => {
    const here = await ask(key);
    const there = await ask(stagingKey);
    await boundary.log.step();
    await boundary.stagingLog?.step();
    const proofOf = async (asked: Answer, by: string) => {
      const answer = await boundary.get(`/v1/receipts/${asked.request_id}/bundle`, by);
      const { log_proof } = answer.json<{ log_proof: { entry: LogEntry; proof: string } }>();
      const direct = await boundary.get(`/log/proof/${asked.request_id}`, by);
      expect(direct.json()).toEqual(log_proof);
      expect(log_proof.entry).toMatchObject({ kid: asked.receipt.kid });
      return log_proof.proof;
    };
    expect(await proofOf(here, key)).toContain(`\n${ISSUER}/${ENVIRONMENT}\n`);
    expect(await proofOf(there, stagingKey)).toContain(`\n${ISSUER}/${STAGING}\n`);
  });

  it('serves that log under its own address, to whoever may read the other', async () => {
    await ask(stagingKey);
    await boundary.stagingLog?.step();
    const checkpoint = await boundary.get('/log/staging/checkpoint');
    expect(checkpoint.statusCode).toBe(200);
    const [origin, size] = checkpoint.body.split('\n');
    expect(origin).toBe(`${ISSUER}/${STAGING}`);
    const tile = `/log/staging/tile/entries/000.p/${size}`;
    expect((await boundary.get(tile)).statusCode).toBe(401);
    expect((await boundary.get(tile, stagingKey)).statusCode).toBe(403);
    const bundle = await boundary.get(tile, operatorToken);
    expect(decodeEntryBundle(bundle.rawPayload, Number(size))).toHaveLength(Number(size));
    const hashes = await boundary.get(`/log/staging/tile/0/000.p/${size}`, operatorToken);
    expect(decodeTile(hashes.rawPayload, Number(size))).toHaveLength(Number(size));
  });

  it('is not for keys of another kind, nor is the rest for keys of staging', async () => {
    const misfits = [
      { kind: 'bnd', environment: STAGING },
      { kind: 'sts', environment: ENVIRONMENT },
      { kind: 'sts', environment: 'production' },
    ] as const;
    for (const misfit of misfits) {
      const answer = await boundary.check(await boundary.makeKey(misfit));
      expect(answer.statusCode).toBe(403);
    }
    const answer = await boundary.get('/operator/api/events', stagingKey);
    expect(answer.statusCode).toBe(403);
  });

  it('gets its keys from an operator, in its own environment', async () => {
    const issue = (harness: Harness, token: string) =>
      harness.inject({
        method: 'POST',
        url: '/operator/api/api-keys',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload: JSON.stringify({ kind: 'sts', partner_id: PARTNER_ID, scopes: ['check'] }),
      });
    const issued = await issue(boundary, operatorToken);
    expect(issued.json()).toMatchObject({ kind: 'sts', environment: STAGING });
    expect((await ask(issued.json<{ key: string }>().key)).verdict).toBe('reject');
    const without = await Harness.open();
    const token = await without.makeKey({ kind: 'ops', scopes: ['read', 'admin'] });
    const refused = await issue(without, token);
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'ERR_REQUEST_FIELD', field: 'kind' });
    await without.close();
  });

  it('is refused where it is not served', async () => {
    const without = await Harness.open();
    await without.ledger.admin.apply({
      kind: 'apply_path',
      environment: STAGING,
      documentText: SAMPLE_PATH,
    });
    const token = await without.makeKey({ kind: 'ops', scopes: ['read'] });
    for (const url of ['/log/staging/checkpoint', '/log/staging/tile/0/000']) {
      expect((await without.get(url, token)).statusCode).toBe(404);
    }
    const answer = await without.check(
      await without.makeKey({ kind: 'sts', environment: STAGING }),
    );
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      403,
      'ERR_FORBIDDEN',
    ]);
    await without.close();
  });
});
