/** The routes of the log, in process. */
import { DatabaseSync } from 'node:sqlite';
import {
  decodeEntryBundle,
  decodeTile,
  encodeBase64,
  leafHash,
  parseTlogPolicy,
  parseTrustPolicy,
  utf8,
  verifyBundle,
  verifyCheckpointUnder,
  verifyTlogProof,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, ISSUER, OTHER_PARTNER_ID } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT } from '../../test/sample.ts';
import { createSigner } from '../signing/signer.ts';

let boundary: Harness;
let key: string;

beforeEach(async () => {
  boundary = await Harness.open({ ports: () => ({ hasOpenTiles: true }) });
  key = await boundary.makeKey();
});

afterEach(async () => {
  await boundary.close();
});

const trust = () => parseTlogPolicy(`log ${boundary.log.signer?.verifierKey ?? ''}\nquorum none\n`);

async function issue(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    const answer = await boundary.check(key, { external_reference: `log-${made}` });
    ids.push(answer.json<{ request_id: string }>().request_id);
  }
  return ids;
}

interface Proof {
  readonly entry: object;
  readonly proof: string;
}

describe('/log/checkpoint', () => {
  it('is there once something is published, for everybody and for a second', async () => {
    expect((await boundary.get('/log/checkpoint')).statusCode).toBe(404);
    await issue(3);
    await boundary.log.step();
    const answer = await boundary.get('/log/checkpoint');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=1',
      'access-control-allow-origin': '*',
    });
    await expect(verifyCheckpointUnder(trust(), answer.body)).resolves.toMatchObject({
      treeSize: 3,
    });
  });
});

describe('/log/tile', () => {
  it('has the hashes and the entries of every published size', async () => {
    await issue(3);
    await boundary.log.step();
    const tile = await boundary.get('/log/tile/0/000.p/3');
    const bundle = await boundary.get('/log/tile/entries/000.p/3');
    expect(tile.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const entries = decodeEntryBundle(bundle.rawPayload, 3);
    expect(decodeTile(tile.rawPayload, 3)).toEqual(
      entries.map((entry) => Buffer.from(leafHash(entry))),
    );
    await issue(2);
    await boundary.log.step();
    expect((await boundary.get('/log/tile/0/000.p/3')).rawPayload).toEqual(tile.rawPayload);
    expect((await boundary.get('/log/tile/entries/000.p/3')).rawPayload).toEqual(bundle.rawPayload);
  });

  it.each([
    '0/000',
    '0/000.p/4',
    '1/000.p/1',
    '0/001.p/1',
    '0/0.p/1',
    '64/000.p/1',
    'entries/000.p/4',
    '0/000.p/0',
    '',
  ])('has nothing at %s', async (path) => {
    await issue(3);
    await boundary.log.step();
    expect((await boundary.get(`/log/tile/${path}`)).statusCode).not.toBe(200);
  });

  it('never shows what no checkpoint covers', async () => {
    await issue(2);
    const token = (await boundary.log.store.acquire('somebody', 1000)) ?? 0;
    const [leaf] = await boundary.log.store.listWaiting(1);
    const bytes = leafHash(leaf?.entry ?? new Uint8Array());
    await boundary.log.store.grow(token, {
      treeSize: 0,
      leafIds: [leaf?.leafId ?? 0],
      tiles: [{ tile: { level: 0, index: 0, width: 1 }, bytes }],
    });
    await boundary.log.view.refresh();
    expect(boundary.log.view.state.treeSize).toBe(1);
    expect((await boundary.get('/log/tile/0/000.p/1')).statusCode).toBe(404);
    expect((await boundary.get('/log/tile/entries/000.p/1')).statusCode).toBe(404);
  });

  it('is for auditors alone where it is not open', async () => {
    await boundary.close();
    boundary = await Harness.open();
    key = await boundary.makeKey();
    await issue(1);
    await boundary.log.step();
    const auditor = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
    const path = '/log/tile/entries/000.p/1';
    expect((await boundary.get(path)).statusCode).toBe(401);
    expect((await boundary.get(path, key)).statusCode).toBe(403);
    const answer = await boundary.get(path, auditor);
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([
      200,
      'private, max-age=31536000, immutable',
    ]);
    expect((await boundary.get('/log/checkpoint')).statusCode).toBe(200);
  });
});

describe('/log/proof', () => {
  it('shows a receipt by either of its ids, and is what its bundle carries', async () => {
    const [, requestId = ''] = await issue(3);
    await boundary.log.step();
    const found = await boundary.get(`/v1/receipts/${requestId}`, key);
    const line = (
      await boundary.get(`/v1/receipts?path=${SAMPLE_DOCUMENT.path_id}&from_seq=2&limit=1`, key)
    ).body;
    expect(JSON.parse(line)).toMatchObject({ log: { status: 'covered', index: 1 } });
    const { commitment_id, log } = found.json<{ commitment_id: string; log: object }>();
    expect(log).toEqual({ status: 'covered', index: 1 });
    const proof = (await boundary.get(`/log/proof/${requestId}`, key)).json<Proof>();
    expect((await boundary.get(`/log/proof/${commitment_id}`, key)).json()).toEqual(proof);
    const hash = leafHash(utf8(JSON.stringify(proof.entry)));
    const verified = await verifyTlogProof(proof.proof, hash, { policy: trust() });
    expect(verified).toMatchObject({ index: 1, checkpoint: { treeSize: 3 } });
    for (const form of ['full', 'minimal']) {
      const bundle = await boundary.get(`/v1/receipts/${requestId}/bundle?form=${form}`, key);
      expect(bundle.json<{ log_proof: Proof }>().log_proof).toEqual(proof);
    }
  });

  it('is in the bundle for what is linked, too', async () => {
    const [requestId = ''] = await issue(1);
    await boundary.report('claim', key, { request_id: requestId });
    await boundary.log.step();
    const bundle = await boundary.get(`/v1/receipts/${requestId}/bundle`, key);
    const { linked } = bundle.json<{ linked: { log_proof?: Proof }[] }>();
    expect(linked.map(({ log_proof }) => log_proof?.proof)).toEqual([
      expect.stringContaining('index 1\n'),
    ]);
  });

  it('waits for the next checkpoint if it is asked to', async () => {
    const [requestId = ''] = await issue(1);
    const refused = await boundary.get(`/log/proof/${requestId}`, key);
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([
      503,
      'ERR_PROOF_PENDING',
    ]);
    const waiting = boundary.get(`/log/proof/${requestId}?wait=10`, key);
    await boundary.log.step();
    expect((await waiting).statusCode).toBe(200);
  });

  it('is for the partner of the receipt alone', async () => {
    const [requestId = ''] = await issue(1);
    await boundary.log.step();
    const other = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
    expect((await boundary.get(`/log/proof/${requestId}`)).statusCode).toBe(401);
    expect((await boundary.get(`/log/proof/${requestId}`, other)).statusCode).toBe(404);
    const tooLong = await boundary.get(`/log/proof/${requestId}?wait=11`, key);
    expect(tooLong.statusCode).toBe(400);
  });
});

describe('what was changed in the store behind everybody’s back', () => {
  function change(sql: string): void {
    const database = new DatabaseSync(boundary.file);
    try {
      database.exec(sql);
    } finally {
      database.close();
    }
  }

  const OTHER = JSON.stringify({
    digest: `sha256:${'0'.repeat(64)}`,
    kid: 'A'.repeat(43),
    tag: 'A'.repeat(43),
    v: 1,
  });

  it('a leaf before it had its index: the verifier notices', async () => {
    const [requestId = ''] = await issue(1);
    change(`UPDATE log_leaves SET entry = CAST('${OTHER}' AS BLOB)`);
    await boundary.log.step();
    const bundle = await boundary.get(`/v1/receipts/${requestId}/bundle`, key);
    const root = encodeBase64(createSigner(Buffer.alloc(32, 9)).publicKey);
    const lines = [
      'craton-policy v1',
      `root test-root ${root} ${ISSUER} ${ENVIRONMENT}`,
      `log ${boundary.log.signer?.verifierKey ?? ''}`,
      'quorum none',
    ];
    const policy = parseTrustPolicy(utf8(`${lines.join('\n')}\n`));
    const { outcome, checks } = await verifyBundle(bundle.rawPayload, policy);
    expect(outcome).toBe('failed');
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({ id: 'log_inclusion', code: 'log_entry_mismatch' }),
    ]);
  });

  it.each([
    ['an entry', `UPDATE log_entries SET entry = CAST('${OTHER}' AS BLOB) WHERE log_index = 1`],
    ['a tile', 'DELETE FROM log_tiles'],
    ['the hashes of a tile', 'UPDATE log_tiles SET hashes = zeroblob(96)'],
  ])('%s: no proof that would fail is handed out', async (_title, sql) => {
    const [, requestId = ''] = await issue(3);
    await boundary.log.step();
    change(sql);
    const answer = await boundary.get(`/log/proof/${requestId}`, key);
    expect(answer.statusCode).toBe(500);
  });
});

describe('/log', () => {
  it('is a page that shows the newest checkpoint', async () => {
    expect((await boundary.get('/log')).body).toContain('none yet');
    await issue(2);
    await boundary.log.step();
    const { headers, body } = await boundary.get('/log');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(body).toContain('Not witnessed.');
    const [, , root = 'none'] = (await boundary.get('/log/checkpoint')).body.split('\n');
    expect(body).toContain(root);
  });
});
