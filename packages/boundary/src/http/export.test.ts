import { createHash } from 'node:crypto';
import { CratonError, decodeBase64, formatTime, type Receipt } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, ISSUER, OTHER_PARTNER_ID, PARTNER_ID } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT } from '../../test/sample.ts';
import { exportReceipts } from '../commands/export-receipts.ts';
import { EXPORT_PAGE, type ExportRows } from '../ledger/export-port.ts';
import { storeKeyEvents } from '../log/store-key-events.ts';

const MINUTE_MS = 60_000;

let references = 0;
let boundary: Harness;
let key: string;
let auditor: string;

beforeEach(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey();
  auditor = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
});
afterEach(async () => {
  await boundary.close();
});

interface Line {
  readonly object?: string;
  readonly path?: { readonly path_id: string; readonly version: number };
  readonly receipt?: Receipt;
  readonly opening?: object;
  readonly log?: object;
  readonly trailer?: {
    readonly streams: { readonly stream: string; readonly receipts: number }[];
    readonly digest: string;
  };
}

interface Header {
  readonly streams: {
    readonly stream: string;
    readonly path_id: string;
    readonly receipt_type: string;
    readonly stream_key: string;
    readonly epochs: { readonly epoch: number; readonly last_seq: number }[];
  }[];
}

async function exported(query = ''): Promise<{ body: string; lines: Line[]; header: Header }> {
  const answer = await boundary.get(`/operator/api/export${query}`, auditor);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    200,
    'application/jsonl; charset=utf-8',
  ]);
  const lines = answer.body.trimEnd().split('\n');
  return {
    body: answer.body,
    lines: lines.map((line) => JSON.parse(line) as Line),
    header: JSON.parse(lines[0] ?? '') as Header,
  };
}

const payloadOf = ({ receipt }: Line): { seq: number; issued_at: string; receipt_type: string } =>
  JSON.parse(Buffer.from(decodeBase64(receipt?.payload_b64 ?? '')).toString()) as {
    seq: number;
    issued_at: string;
    receipt_type: string;
  };
const seqs = (lines: readonly Line[]): number[] =>
  lines.filter(({ receipt }) => receipt !== undefined).map((line) => payloadOf(line).seq);

async function checks(count: number): Promise<string[]> {
  const requestIds: string[] = [];
  for (let index = 0; index < count; index++) {
    const answer = await boundary.check(key, { external_reference: `export-${references++}` });
    requestIds.push(answer.json<{ request_id: string }>().request_id);
  }
  return requestIds;
}

describe('GET /operator/api/export', () => {
  it('holds header, paths, receipts in order, and a last line over all bytes before', async () => {
    const [requestId = ''] = await checks(3);
    await boundary.report('confirm', key, { request_id: requestId, outcome: 'executed' });
    const { body, lines, header } = await exported();
    expect(header).toMatchObject({
      object: 'craton.export.v1',
      issuer: ISSUER,
      environment: ENVIRONMENT,
      origin: `${ISSUER}/${ENVIRONMENT}`,
      key_bundle: { keys: boundary.material.keys },
      attestations: boundary.material.attestations,
    });
    expect(header.streams.map(({ receipt_type, epochs }) => [receipt_type, epochs])).toEqual([
      ['boundary_decision', [{ epoch: 1, last_seq: 3 }]],
      ['execution_confirmation', [{ epoch: 1, last_seq: 1 }]],
    ]);
    expect(lines[1]?.path).toMatchObject({ path_id: SAMPLE_DOCUMENT.path_id, version: 1 });
    expect(seqs(lines)).toEqual([1, 2, 3, 1]);
    expect(lines.slice(2, -1).map(({ opening }) => opening !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const trailer = lines.at(-1)?.trailer;
    const before = body.slice(0, body.lastIndexOf('\n', body.length - 2) + 1);
    expect(trailer).toEqual({
      streams: header.streams.map(({ stream }, index) => ({ stream, receipts: index ? 1 : 3 })),
      digest: `sha256:${createHash('sha256').update(before).digest('hex')}`,
    });
  });

  it('leaves out an opening that was deleted, and keeps its receipt', async () => {
    const [, requestId = ''] = await checks(3);
    const owner = { environment: ENVIRONMENT, partnerId: PARTNER_ID };
    await boundary.ledger.admin.apply({ kind: 'erase_opening', owner, requestId });
    const { lines } = await exported();
    expect(seqs(lines)).toEqual([1, 2, 3]);
    const openings = lines.filter(({ receipt }) => receipt).map(({ opening }) => opening);
    expect(openings.map((opening) => opening === undefined)).toEqual([false, true, false]);
  });

  it('names the place of each receipt in the log, and the checkpoint that covers it', async () => {
    await checks(2);
    await boundary.log.step();
    await checks(1);
    const { header, lines } = await exported();
    const { published } = boundary.log.view.state;
    expect(header).toMatchObject({ checkpoint: published?.note });
    expect(published?.treeSize).toBe(2);
    const places = lines.filter(({ receipt }) => receipt !== undefined).map(({ log }) => log);
    expect(places).toEqual([{ index: 0 }, { index: 1 }, undefined]);
  });

  it('keeps to a period, with the receipt before and the one after', async () => {
    await checks(2);
    boundary.clockOffsetMs = 10 * MINUTE_MS;
    const from = formatTime(boundary.nowMs() - MINUTE_MS);
    await checks(2);
    boundary.clockOffsetMs = 20 * MINUTE_MS;
    const to = formatTime(boundary.nowMs() - MINUTE_MS);
    await checks(2);
    boundary.clockOffsetMs = 30 * MINUTE_MS;
    const later = formatTime(boundary.nowMs());
    const { header, lines } = await exported(`?from=${from}&to=${to}`);
    expect(header).toMatchObject({ from, to });
    expect(header.streams[0]?.epochs).toEqual([{ epoch: 1, last_seq: 6 }]);
    expect(seqs(lines)).toEqual([2, 3, 4, 5]);
    expect(seqs((await exported(`?from=${from}`)).lines)).toEqual([2, 3, 4, 5, 6]);
    expect(seqs((await exported(`?to=${to}`)).lines)).toEqual([1, 2, 3, 4, 5]);
    expect(seqs((await exported(`?from=${later}`)).lines)).toEqual([6]);
  });

  it('keeps to a partner and a path, and says 404 where there is none', async () => {
    await checks(1);
    const own = await exported(`?partner=${PARTNER_ID}&path=${SAMPLE_DOCUMENT.path_id}`);
    expect(own.header).toMatchObject({ partner_id: PARTNER_ID, path_id: SAMPLE_DOCUMENT.path_id });
    expect(seqs(own.lines)).toEqual([1]);
    for (const query of [`partner=${OTHER_PARTNER_ID}`, 'path=no-such-path']) {
      const answer = await boundary.get(`/operator/api/export?${query}`, auditor);
      expect(answer.json<object>()).toMatchObject({ status: 404, code: 'ERR_NOT_FOUND' });
    }
  });

  it('is whole before anything was issued', async () => {
    const { header, lines } = await exported();
    expect(header.streams).toEqual([]);
    expect(lines.map((line) => Object.keys(line)[0])).toEqual(['object', 'trailer']);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00.000Z', 'from'],
    ['from=2026-02-02T00:00:00.000Z&to=2026-02-02T00:00:00.000Z', 'to'],
    ['partner=Not-A-Label', 'partner'],
    ['path=Not_A_Path', 'path'],
    ['environment=staging', 'environment'],
  ])('refuses ?%s', async (query, field) => {
    const answer = await boundary.get(`/operator/api/export?${query}`, auditor);
    expect(answer.json<object>()).toMatchObject({ status: 400, code: 'ERR_REQUEST_FIELD', field });
  });

  it('opens to operators who may read, and to nobody else', async () => {
    const admin = await boundary.makeKey({ kind: 'ops', scopes: ['admin'] });
    const elsewhere = await boundary.makeKey({
      kind: 'ops',
      scopes: ['read'],
      environment: 'staging',
    });
    for (const refused of [key, admin, elsewhere]) {
      const answer = await boundary.get('/operator/api/export', refused);
      expect(answer.json<object>()).toMatchObject({ status: 403, code: 'ERR_FORBIDDEN' });
    }
    expect((await boundary.get('/operator/api/export')).statusCode).toBe(401);
  });

  it('answers 503 if the store does not answer at the beginning', async () => {
    const gone = () => Promise.reject(new CratonError('ERR_STORE_UNAVAILABLE', 'No store.'));
    const answer = await exportFrom((rows) => ({ ...rows, streams: gone }));
    expect(answer.json<object>()).toMatchObject({ status: 503, code: 'ERR_STORE_UNAVAILABLE' });
  });
});

/** Methods of a class instance do not survive a spread. */
const methodsOf = (rows: ExportRows): ExportRows => ({
  streams: (scope) => rows.streams(scope),
  lastSeqOf: (streamId, epoch) => rows.lastSeqOf(streamId, epoch),
  issuedAtMs: (range) => rows.issuedAtMs(range),
  receipts: (range) => rows.receipts(range),
  nextPath: (path, version) => rows.nextPath(path, version),
});

async function exportFrom(change: (rows: ExportRows) => ExportRows) {
  await boundary.close();
  boundary = await Harness.open({
    ports: ({ exportRows }) => ({ exportRows: change(methodsOf(exportRows)) }),
  });
  auditor = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
  key = await boundary.makeKey();
  await checks(1);
  return boundary.get('/operator/api/export', auditor);
}

describe('the key events of an export', () => {
  it('are absent where none is stored, and all are there whatever streams are asked for', async () => {
    await checks(1);
    expect(await exported().then(({ header }) => header)).not.toHaveProperty('key_events');
    const { material, log } = boundary;
    const store = log.store;
    await storeKeyEvents({ issuer: ISSUER, environment: ENVIRONMENT, store }, material);
    const statements = material.attestations.map((statement) => ({ statement }));
    for (const query of ['', `?partner=${PARTNER_ID}`]) {
      expect((await exported(query)).header).toMatchObject({ key_events: statements });
    }
    await log.step();
    const { header } = await exported();
    expect(header).toMatchObject({
      key_events: statements.map((event, index) => ({ ...event, log: { index } })),
    });
    // The receipt was stored first, and waited: events come before what waits.
    const { lines } = await exported();
    expect(lines.find(({ receipt }) => receipt)?.log).toEqual({ index: statements.length });
  });
});

describe('an export on its way', () => {
  it('reads no further than the client has taken', async () => {
    await checks(1);
    let read = 0;
    const rows = methodsOf(boundary.ledger.exportRows);
    const endless: ExportRows = {
      ...rows,
      streams: async (scope) =>
        (await rows.streams(scope)).map((stream) => ({ ...stream, lastSeq: 1_000_000_000 })),
      receipts: async (range) => {
        read++;
        const [receipt] = await rows.receipts({ ...range, fromSeq: 1, toSeq: 1 });
        if (receipt === undefined) return [];
        return Array.from({ length: EXPORT_PAGE }, (_, at) => ({
          ...receipt,
          seq: range.fromSeq + at,
        }));
      },
    };
    const { material, log: transparencyLog } = boundary;
    const pieces = await exportReceipts(
      {
        exportRows: endless,
        environment: ENVIRONMENT,
        issuer: ISSUER,
        material,
        nowMs: Date.now,
        transparencyLog,
      },
      {},
    );
    let taken = 0;
    for await (const piece of pieces) {
      expect(piece.endsWith('\n')).toBe(true);
      expect(read).toBeLessThanOrEqual(taken);
      if (++taken === 20) break;
    }
    expect(read).toBe(18);
  });

  it('breaks off without a last line if the store fails on the way', async () => {
    let isBroken = false;
    await exportFrom((rows) => ({
      ...rows,
      receipts: (range) => (isBroken ? Promise.reject(new Error('gone')) : rows.receipts(range)),
    }));
    isBroken = true;
    const address = await boundary.server.listen({ host: '127.0.0.1', port: 0 });
    const headers = { authorization: `Bearer ${auditor}` };
    const response = await fetch(`${address}/operator/api/export`, { headers });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});
