/** The posture of the production side, in process. */
import { DatabaseSync } from 'node:sqlite';
import { identityDigest, verifyPosture } from '@craton/policy';
import { MERGE_DELAY_MS, type Receipt } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, ISSUER, overrideReader } from '../../test/harness.ts';
import { measurePosture } from '../posture/measure-posture.ts';
import { POSTURE_FRESH_MS, PostureService } from '../posture/posture-service.ts';

let boundary: Harness;

beforeEach(async () => {
  boundary = await Harness.open();
});

afterEach(async () => {
  await boundary.close();
});

async function fetchPosture(harness = boundary) {
  const answer = await harness.get('/protocol/v1/posture');
  expect(answer.statusCode).toBe(200);
  return verifyPosture(answer.rawPayload, pinOf(harness));
}

const pinOf = ({ posture }: Harness) => ({
  publicKey: posture.publicKey,
  environment: ENVIRONMENT,
});

/** The next question is measured again. */
const letTimePass = (ms = POSTURE_FRESH_MS) => {
  boundary.clockOffsetMs = ms;
};

describe('/protocol/v1/posture', () => {
  it('says what was measured just now, to everybody and signed', async () => {
    await boundary.log.step();
    const identity = await boundary.ledger.reader.storeIdentity();
    const posture = await fetchPosture();
    expect(posture).toEqual({
      issuer: ISSUER,
      environment: ENVIRONMENT,
      measuredAtMs: posture.measuredAtMs,
      store: {
        configured: true,
        reachable: true,
        identities: [identityDigest(identity)],
        migrationsPending: false,
      },
      signingKey: { source: 'configured', kid: boundary.signer.kid, attested: true },
      log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
      newestReceipt: 'none',
    });
    const answer = await boundary.get('/protocol/v1/posture');
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    });
  });

  it('takes nothing to sign', async () => {
    const get = await boundary.inject({ url: '/protocol/v1/posture?note=canary' });
    expect(get.statusCode).toBe(400);
    const post = await boundary.inject({ method: 'POST', url: '/protocol/v1/posture' });
    expect([post.statusCode, post.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  it('is refused by its reader once a byte is changed', async () => {
    const { payload_b64, ...envelope } = (
      await boundary.get('/protocol/v1/posture')
    ).json<Receipt>();
    const text = Buffer.from(payload_b64, 'base64').toString();
    const changed = text.replace('"reachable":true', '"reachable":null');
    const tampered = { ...envelope, payload_b64: Buffer.from(changed).toString('base64') };
    await expect(
      verifyPosture(Buffer.from(JSON.stringify(tampered)), pinOf(boundary)),
    ).rejects.toMatchObject({ code: 'ERR_POSTURE' });
  });

  it('verifies the newest receipt with the published keys', async () => {
    await boundary.check(await boundary.makeKey());
    expect((await fetchPosture()).newestReceipt).toBe('verified');
    const database = new DatabaseSync(boundary.file);
    database.exec('UPDATE receipts SET signature = zeroblob(64)');
    database.close();
    letTimePass();
    expect((await fetchPosture()).newestReceipt).toBe('failed');
  });

  it('says whether the gates have their people, and nothing where nobody can tell', async () => {
    const asked = async (areRolesFilled?: () => Promise<boolean>) =>
      (await measurePosture(portsWith({ ...(areRolesFilled && { areRolesFilled }) }))).rolesFilled;
    expect(await asked(() => Promise.resolve(true))).toBe(true);
    expect(await asked(() => Promise.resolve(false))).toBe(false);
    expect(await asked(() => Promise.reject(new Error('no store')))).toBeUndefined();
    expect(await asked()).toBeUndefined();
  });

  it('says so when the key of a receipt is not published', async () => {
    await boundary.check(await boundary.makeKey());
    const material = { ...boundary.material, keys: [] };
    const posture = await measurePosture(portsWith({ material }));
    expect([posture.newestReceipt, posture.signingKey.kid]).toEqual(['failed', undefined]);
  });

  it('tells how long the log keeps a receipt waiting', async () => {
    await boundary.check(await boundary.makeKey());
    await boundary.log.view.refresh();
    letTimePass(90_000);
    const { oldestWaitingS, promiseKept } = (await fetchPosture()).log;
    expect(oldestWaitingS).toBeGreaterThanOrEqual(89);
    expect(promiseKept).toBe(true);
    letTimePass(MERGE_DELAY_MS + 90_000);
    expect((await fetchPosture()).log.promiseKept).toBe(false);
  });

  it('knows a database that holds the draft store, too', async () => {
    const database = new DatabaseSync(boundary.file);
    database.exec(`CREATE TABLE self_service_store (only_row INTEGER, identity TEXT);
      INSERT INTO self_service_store VALUES (1, 'identity-of-drafts')`);
    database.close();
    const { identities } = (await fetchPosture()).store;
    expect(identities).toHaveLength(2);
    expect(identities).toContain(identityDigest('identity-of-drafts'));
  });

  it('measures a store that does not answer, or has stopped', async () => {
    const reader = overrideReader(boundary.ledger.reader, {
      measureStore: () => Promise.reject(new Error('canary')),
    });
    const { store } = await measurePosture(portsWith({ reader }));
    expect(store).toMatchObject({ reachable: false, identities: [], migrationsPending: false });
    const stopped = { ...boundary.ledger.health(), state: 'failed' } as const;
    const posture = await measurePosture(portsWith({ health: () => stopped }));
    expect(posture.store.reachable).toBe(false);
  });

  it('says with which role of which server it connects, and names neither', async () => {
    const measure = {
      identities: ['canary-identity'],
      role: { server: 'canary-server', name: 'canary-role' },
      migrationsPending: true,
    };
    const reader = overrideReader(boundary.ledger.reader, {
      measureStore: () => Promise.resolve(measure),
    });
    const posture = await measurePosture(portsWith({ reader }));
    expect(posture.store).toMatchObject({ migrationsPending: true });
    expect(posture.store.role).toMatch(/^sha256:/);
    expect(JSON.stringify(posture)).not.toContain('canary');
  });
});

type Ports = Parameters<typeof measurePosture>[0];

function portsWith(changes: Partial<Ports>): Ports {
  return {
    issuer: ISSUER,
    environment: ENVIRONMENT,
    isStoreConfigured: true,
    signingKeySource: 'configured',
    reader: boundary.ledger.reader,
    health: () => boundary.ledger.health(),
    material: boundary.material,
    logView: boundary.log.view,
    nowMs: () => boundary.nowMs(),
    ...changes,
  };
}

describe('a thousand questions', () => {
  it('cause one measurement, and one more when it is old or the clock went back', async () => {
    let measured = 0;
    let nowMs = 1_000_000;
    const service = new PostureService(new Uint8Array(32).fill(3), {
      nowMs: () => nowMs,
      measure: () => {
        measured++;
        return measurePosture(portsWith({ nowMs: () => nowMs }));
      },
    });
    const asked = await Promise.all(Array.from({ length: 1000 }, () => service.current()));
    expect([measured, new Set(asked).size]).toEqual([1, 1]);
    nowMs += POSTURE_FRESH_MS - 1;
    await service.current();
    expect(measured).toBe(1);
    nowMs += 1;
    await service.current();
    expect(measured).toBe(2);
    nowMs -= 10;
    await service.current();
    expect(measured).toBe(3);
  });

  it('are answered after a measurement that failed', async () => {
    let fails = true;
    const service = new PostureService(new Uint8Array(32).fill(3), {
      nowMs: () => boundary.nowMs(),
      measure: () => (fails ? Promise.reject(new Error('once')) : measurePosture(portsWith({}))),
    });
    await expect(service.current()).rejects.toThrow('once');
    fails = false;
    await expect(service.current()).resolves.toMatchObject({ sig_alg: 'ed25519' });
  });
});
