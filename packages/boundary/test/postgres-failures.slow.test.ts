/** What happens to receipts when PostgreSQL, or the way to it, fails. */
import { setTimeout as delay } from 'node:timers/promises';
import { CratonError } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../src/ledger/port.ts';
import { openReadPool, openWritePool, send } from '../src/ledger/postgres/connection.ts';
import { evidenceOf, expectGenuine, oneTo, sequenceOf } from './ledger-evidence.ts';
import { answerOf, codeOf, DEVELOPMENT, issuedText, payloadOf, World } from './ledger-world.ts';
import { createDatabase } from './postgres.ts';
import { type Direction, PostgresProxy } from './postgres-proxy.ts';
import { PostgresServer } from './postgres-server.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';

const SAMPLE = 'sample-threshold';
const CONFIRM_MS = 700;

let store: PostgresStoreUnderTest;
let proxy: PostgresProxy;
let world: World;

beforeEach(async () => {
  store = makePostgresStore();
  const { url } = await store.database();
  proxy = await PostgresProxy.before(url);
  world = await World.open({
    ...store,
    open: (options) => store.openWith({ url: proxy.url, confirmMsMax: CONFIRM_MS }, options),
  });
});

afterEach(async () => {
  await world.ledger.close();
  await proxy.close();
  await store.remove();
});

/** What was issued is stored, verifies, and has no gap; nothing else is stored. */
async function expectExactly(issued: readonly CheckOutcome[]): Promise<void> {
  const evidence = await evidenceOf(world, store);
  for (const outcome of issued) expectGenuine(answerOf(outcome), evidence);
  expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual(oneTo(issued.length));
  expect(new Set(issued.map((outcome) => answerOf(outcome).request_id)).size).toBe(issued.length);
  for (const table of ['receipts', 'openings', 'log_leaves'] as const) {
    expect(await store.countRows(table)).toBe(issued.length);
  }
}

function codeOfError(error: unknown): string {
  return error instanceof CratonError ? error.code : String(error);
}

/** Cuts the connection at the nth message from now on, once; tells whether it came to that. */
function cutAt(direction: Direction, position: number): () => boolean {
  let seen = 0;
  proxy.judge = (actual) => {
    if (actual !== direction) return 'pass';
    seen += 1;
    return seen === position ? 'cut' : 'pass';
  };
  return () => seen >= position;
}

describe('a connection that is lost', () => {
  it.each(['to_server', 'to_client'] as const)(
    'at whatever moment, on the way %s: the check is issued once all the same',
    async (direction) => {
      const issued = [await world.ask()];
      let wasCut = true;
      for (let position = 1; wasCut; position++) {
        const came = cutAt(direction, position);
        const outcome = await world.ask({}, { idempotencyKey: `${direction}-${position}` });
        wasCut = came();
        expect(codeOf(outcome)).toBe('issued');
        issued.push(outcome);
      }
      expect(issued.length).toBeGreaterThan(20);
      await expectExactly(issued);
      expect(world.ledger.health().state).toBe('issuing');
    },
  );

  it('with the answer to a COMMIT: it is read again, and answered as issued', async () => {
    await world.issue();
    let cuts = 0;
    proxy.judge = (direction, message) => {
      if (direction === 'to_server' || !message.includes('COMMIT\0') || cuts > 0) return 'pass';
      cuts += 1;
      return 'cut';
    };
    const outcome = await world.ask();
    expect(cuts).toBe(1);
    expect(outcome).toMatchObject({ kind: 'issued', replayed: false });
    expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2]);
  });

  it('while the server still commits: it is waited for, and not issued twice', async () => {
    const first = await world.issue();
    await (
      await store.database()
    ).query(
      `CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON receipts DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION take_time()`,
    );
    let cuts = 0;
    proxy.judge = (direction, message) => {
      if (direction === 'to_server' && message.includes('COMMIT\0') && cuts++ === 0) {
        setTimeout(() => proxy.cutAll(), 100);
      }
      return 'pass';
    };
    const outcome = await world.ask();
    expect(cuts).toBeGreaterThan(0);
    expect(payloadOf(answerOf(outcome).receipt).seq).toBe(2);
    expect(await store.countRows('receipts')).toBe(2);
    expect(payloadOf(first.receipt).seq).toBe(1);
  });

  it('with the answer to a COMMIT, and for long: nobody claims to know, and a replay tells', async () => {
    await world.issue();
    proxy.judge = (direction, message) => {
      if (direction === 'to_server' || !message.includes('COMMIT\0')) return 'pass';
      proxy.isRefusing = true;
      return 'cut';
    };
    const command = world.command({}, { idempotencyKey: 'order' });
    const outcome = await world.ledger.writer.check(command);
    expect(outcome).toMatchObject({ kind: 'unavailable', code: 'ERR_STORE_UNAVAILABLE' });
    expect('message' in outcome && outcome.message).toContain('Idempotency-Key');
    expect(await store.countRows('receipts')).toBe(2);
    proxy.judge = () => 'pass';
    proxy.isRefusing = false;
    const replayed = await world.ledger.writer.check(command);
    expect(replayed).toMatchObject({ kind: 'issued', replayed: true });
    expect((await world.ask()).kind).toBe('issued');
    expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2, 3]);
  });

  it('with the answer to a change: nobody claims to know, and it can be looked for', async () => {
    proxy.judge = (direction, message) => {
      if (direction === 'to_server' || !message.includes('COMMIT\0')) return 'pass';
      proxy.judge = () => 'pass';
      return 'cut';
    };
    const { admin } = world.ledger;
    const change = { kind: 'upsert_partner', partnerId: 'newcomer', units: [] } as const;
    await expect(admin.apply(change)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    const partners = await admin.listPartners();
    expect(partners.map(({ partnerId }) => partnerId)).toContain('newcomer');
  });

  it('again and again under load: every answer holds, and there is no gap', async () => {
    const outcomes: CheckOutcome[] = [];
    const database = await store.database();
    let isOver = false;
    const callers = oneTo(8).map(async () => {
      while (!isOver) outcomes.push(await world.ask());
    });
    for (let round = 0; round < 12; round++) {
      await delay(150);
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'craton-boundary' AND datname = current_database()`,
      );
    }
    isOver = true;
    await Promise.all(callers);
    const issued = outcomes.filter(({ kind }) => kind === 'issued');
    const others = new Set(outcomes.filter(({ kind }) => kind !== 'issued').map(codeOf));
    expect(issued.length).toBeGreaterThan(50);
    for (const code of others) expect(code).toBe('ERR_STORE_UNAVAILABLE');
    const evidence = await evidenceOf(world, store);
    for (const outcome of issued) expectGenuine(answerOf(outcome), evidence);
    const stored = await store.countRows('receipts');
    expect(await store.countRows('log_leaves')).toBe(stored);
    expect(stored).toBeGreaterThanOrEqual(issued.length);
    const [row] = await database.query<{ gapless: boolean }>(
      `SELECT bool_and(last_seq = receipts) AS gapless FROM (
         SELECT last_seq, count(*) AS receipts FROM streams JOIN receipts USING (stream_id)
         GROUP BY stream_id) AS counted`,
    );
    expect(row?.gapless).toBe(true);
    expect(world.ledger.health().state).toBe('issuing');
  });
});

describe('a node that cannot reach the store', () => {
  it('answers no check, and lets nobody in by what it remembers', async () => {
    const { reader } = world.ledger;
    expect(reader.apiKeys().size).toBe(3);
    const asks = () => Promise.resolve().then(() => reader.apiKeys());
    proxy.isStalled = true;
    await expect
      .poll(() => asks().then(() => 'known', codeOfError), { timeout: 10_000 })
      .toBe('ERR_STORE_UNAVAILABLE');
    proxy.isStalled = false;
    proxy.cutAll();
    await expect
      .poll(
        () =>
          asks().then(
            ({ size }) => size,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(3);
    expect((await world.ask()).kind).toBe('issued');
  });

  it('says so while the store is down, and goes on when it is back', async () => {
    proxy.isRefusing = true;
    proxy.cutAll();
    expect(codeOf(await world.ask())).toBe('ERR_STORE_UNAVAILABLE');
    await expect(world.ledger.reader.storeIdentity()).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    expect(world.ledger.health().state).toBe('issuing');
    proxy.isRefusing = false;
    await expectExactly([await world.ask()]);
  });
});

describe('a store that cannot be trusted', () => {
  it.each([
    ['another one at the same address', "UPDATE store SET identity = 'another'"],
    ['a table that is gone', 'ALTER TABLE receipts RENAME TO lost'],
    [
      'a path that is damaged',
      "UPDATE paths SET document = '{}'; UPDATE store SET snapshot_version = snapshot_version + 1",
    ],
  ])('stops the issuing: %s', async (_title, sql) => {
    await world.issue();
    await (await store.database()).query(sql);
    expect(codeOf(await world.ask())).toBe('ERR_STORE_UNAVAILABLE');
    expect(world.ledger.health().state).toBe('failed');
  });

  it('fails the check that meets an integer beyond what is counted exactly', async () => {
    await world.issue();
    await (await store.database()).query('UPDATE streams SET last_seq = 9007199254740993');
    await expect(world.ask()).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
    expect(world.ledger.health().state).toBe('issuing');
  });
});

describe('connections', () => {
  it('commit synchronously, whatever the database does by default', async () => {
    const database = await store.database();
    const { url } = database;
    const name = new URL(url).pathname.slice(1);
    await database.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    const pool = openWritePool({ url, isProductionLike: true }, 1);
    const [row] = await pool.use((client) => send(client, { text: 'SHOW synchronous_commit' }));
    expect(row?.['synchronous_commit']).toBe('on');
    await pool.end();
  });

  it('of readers cannot write', async () => {
    const { url } = await store.database();
    const pool = openReadPool({ url, isProductionLike: true }, 1);
    const write = { text: 'DELETE FROM openings' };
    await expect(pool.use((client) => send(client, write))).rejects.toThrow('25006');
    await pool.end();
  });

  it('tell nobody the password when they fail', async () => {
    const url = 'postgres://user:canary-pw@127.0.0.1:1/nowhere';
    const opened = store.openWith({ url });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await expect(opened).rejects.not.toThrow('canary-pw');
  });
});

describe('a server of its own', () => {
  it('that is restarted, and that crashes: everything acknowledged is there, and it goes on', async () => {
    const server = await PostgresServer.start();
    const database = await createDatabase(server.url);
    const own: PostgresStoreUnderTest = {
      ...store,
      open: (options) => store.openWith({ url: database.url }, options),
    };
    const here = await World.openThreaded(own);
    const outcomes: CheckOutcome[] = [];
    let isOver = false;
    const callers = oneTo(8).map(async () => {
      while (!isOver) outcomes.push(await here.ask());
    });
    for (const mode of ['fast', 'immediate'] as const) {
      await delay(500);
      await server.stop(mode);
      await delay(300);
      await server.resume();
      const before = outcomes.filter(({ kind }) => kind === 'issued').length;
      await expect
        .poll(() => outcomes.filter(({ kind }) => kind === 'issued').length, { timeout: 20_000 })
        .toBeGreaterThan(before + 20);
    }
    isOver = true;
    await Promise.all(callers);
    const issued = outcomes.filter(({ kind }) => kind === 'issued');
    const rows = await database.query<{ request_id: string; seq: string }>(
      'SELECT request_id, seq FROM receipts ORDER BY seq',
    );
    expect(rows.map(({ seq }) => Number(seq))).toEqual(oneTo(rows.length));
    const stored = new Set(rows.map(({ request_id }) => request_id));
    const missing = issued.filter((outcome) => !stored.has(answerOf(outcome).request_id));
    expect(missing.map(issuedText)).toEqual([]);
    await here.ledger.close();
    await server.remove();
  });

  it('is refused in production while it does not sync, and taken in development', async () => {
    const server = await PostgresServer.start(['fsync=off']);
    const { url } = await createDatabase(server.url);
    const unsafe = { code: 'ERR_CONFIG', field: 'DATABASE_URL' };
    await expect(store.openWith({ url, isProductionLike: true })).rejects.toMatchObject({
      code: unsafe.code,
    });
    const ledger = await store.openWith({ url, isProductionLike: false });
    await ledger.close();
    await server.remove();
  });
});
