/** Several nodes on one database. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BATCH_ENTRIES_MAX } from '../src/ledger/batch.ts';
import { readMigrations } from '@craton/service/migration';
import type { CheckOutcome, LedgerEntry, Owner } from '../src/ledger/port.ts';
import { systemSources } from '../src/ledger/sources.ts';
import { evidenceOf, expectGenuine, oneTo, sequenceOf } from './ledger-evidence.ts';
import {
  answerOf,
  codeOf,
  DEVELOPMENT,
  issuedText,
  pathText,
  rulesText,
  World,
} from './ledger-world.ts';
import { replaceInsert } from './replace-insert.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';

const MIGRATIONS = new URL('../src/ledger/postgres/migrations/', import.meta.url);
const SAMPLE = 'sample-threshold';
const PARTNERS = 12;
const SEEN_WITHIN_MS = 1000;

let store: PostgresStoreUnderTest;
let nodes: World[];

beforeEach(() => {
  store = makePostgresStore();
  nodes = [];
});

afterEach(async () => {
  for (const { ledger } of nodes) await ledger.close();
  await store.remove();
});

/** Nodes with the system's clock and randomness, all in this process. */
async function openNodes(count: number): Promise<[World, ...World[]]> {
  const sources = systemSources();
  const first = await World.open(store, { sources });
  const others = oneTo(count - 1).map(() => World.open(store, { sources }));
  nodes = [first, ...(await Promise.all(others))];
  return [first, ...nodes.slice(1)];
}

/** Lets every node ask until it is told to stop. */
function load(worlds: readonly World[], ask: (world: World) => Promise<CheckOutcome>) {
  const asked: { startedAtMs: number; endedAtMs: number; outcome: CheckOutcome }[] = [];
  let isOver = false;
  const callers = worlds.flatMap((world) =>
    oneTo(6).map(async () => {
      while (!isOver) {
        const startedAtMs = performance.now();
        const outcome = await ask(world);
        asked.push({ startedAtMs, endedAtMs: performance.now(), outcome });
      }
    }),
  );
  return {
    asked,
    stop: async () => {
      isOver = true;
      await Promise.all(callers);
    },
  };
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

describe('several nodes', () => {
  it('that start at once on an empty database make it once', async () => {
    const ledgers = await Promise.all(oneTo(4).map(() => store.open()));
    const identities = await Promise.all(ledgers.map(({ reader }) => reader.storeIdentity()));
    expect(new Set(identities).size).toBe(1);
    const rows = await (await store.database()).query('SELECT version FROM migrations');
    expect(rows).toHaveLength(readMigrations(MIGRATIONS).length);
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });

  it('issue for many partners in random orders: no gap, no double, no deadlock', async () => {
    const worlds = await openNodes(3);
    const owners = await furnishPartners(worlds[0]);
    const issued: CheckOutcome[] = [];
    const commits = worlds.flatMap((world) =>
      oneTo(25).map(async () => {
        const size = 1 + random(BATCH_ENTRIES_MAX);
        const entries = oneTo(size).map(() => entryOf(world, owners[random(PARTNERS)]));
        issued.push(...(await world.ledger.writer.commit(entries)));
      }),
    );
    const checks = worlds.flatMap((world) =>
      oneTo(300).map(async () => {
        const owner = owners[random(PARTNERS)] ?? DEVELOPMENT;
        issued.push(await world.ask({}, { owner, keyId: keyOf(owner) }));
      }),
    );
    await Promise.all([...commits, ...checks]);
    expect(new Set(issued.map(codeOf))).toEqual(new Set(['issued']));
    const answers = issued.map(answerOf);
    expect(new Set(answers.map(({ commitment_id }) => commitment_id)).size).toBe(answers.length);
    let stored = 0;
    for (const owner of owners) {
      const evidence = await evidenceOf(worlds[0], store, owner);
      const own = answers.filter(
        ({ opening }) => opening.boundary_snapshot.partner_id === owner.partnerId,
      );
      for (const answer of own) expectGenuine(answer, evidence);
      const sequence = await sequenceOf(worlds[0], owner, SAMPLE);
      expect(sequence).toEqual(oneTo(own.length));
      stored += sequence.length;
    }
    expect(stored).toBe(answers.length);
    const [row] = await (
      await store.database()
    ).query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(Number(row?.deadlocks)).toBe(0);
  });

  it('issue beside a node whose batches hold a bad entry, which fails alone', async () => {
    const [first, second] = await openNodes(2);
    const { request_id: known } = await first.issue();
    // The store refuses a request id that it has, whenever it is told to store it.
    const bad = await World.open(store, {
      sources: systemSources(),
      wrapStore: (inner) =>
        replaceInsert(inner, (decision) =>
          decision.externalReference.startsWith('bad')
            ? { ...decision, requestId: known }
            : decision,
        ),
    });
    nodes.push(bad);
    const asks = oneTo(60).flatMap((number) => [
      first.ask(),
      second?.ask() ?? first.ask(),
      bad.ask({ external_reference: number % 20 === 0 ? `bad-${number}` : `good-${number}` }),
    ]);
    const settled = await Promise.allSettled(asks);
    const failed = settled.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []));
    expect(failed).toEqual([20, 40, 60].map((number) => number * 3 - 1));
    expect(await sequenceOf(first, DEVELOPMENT, SAMPLE)).toEqual(oneTo(1 + 180 - 3));
  });

  it('count one window, answer one idempotency key once, and know one first reference', async () => {
    const worlds = await openNodes(3);
    await worlds[0].applyPath(
      rulesText(
        [
          ['facts.window_count_24h < 3', 'allow', 'below_count'],
          ['facts.window_count_24h >= 3', 'reject', 'too_many'],
        ],
        { version: 2 },
      ),
    );
    const everywhere = <T>(ask: (world: World) => Promise<T>) =>
      Promise.all(oneTo(60).map((number) => ask(worlds[number % 3] ?? worlds[0])));
    const counted = await everywhere((world) => world.issue());
    expect(counted.filter(({ verdict }) => verdict === 'allow')).toHaveLength(3);

    const command = worlds[0].command({}, { idempotencyKey: 'twins' });
    const twins = await everywhere((world) => world.ledger.writer.check(command));
    expect(new Set(twins.map(issuedText)).size).toBe(1);

    const referenced = await everywhere((world) => world.issue({ external_reference: 'one' }));
    const firsts = referenced.filter(({ opening }) => !opening.ledger.reference_reused);
    expect(firsts).toHaveLength(1);
    const earlier = new Set(referenced.map((answer) => answer.earlier_commitment_id));
    expect(earlier).toEqual(new Set([undefined, firsts[0]?.commitment_id]));
  });

  it('issue nothing for a key once its revocation has returned, on whichever node', async () => {
    const worlds = await openNodes(3);
    const { asked, stop } = load(worlds, (world) => world.ask());
    await delay(200);
    await worlds[0].ledger.admin.apply({ kind: 'revoke_api_key', keyId: 'key_development' });
    const revokedAtMs = performance.now();
    for (const { ledger } of worlds) {
      const seen = () =>
        Array.from(ledger.reader.apiKeys().values()).find(
          ({ keyId }) => keyId === 'key_development',
        )?.revokedAtMs;
      await expect.poll(seen, { timeout: SEEN_WITHIN_MS, interval: 10 }).toBeDefined();
    }
    await delay(100);
    await stop();
    const after = asked.filter(({ startedAtMs }) => startedAtMs >= revokedAtMs);
    expect(after.length).toBeGreaterThan(worlds.length);
    expect(new Set(after.map(({ outcome }) => codeOf(outcome)))).toEqual(
      new Set(['ERR_KEY_NOT_ACCEPTED']),
    );
    const before = asked.filter(({ outcome }) => outcome.kind === 'issued');
    expect(await sequenceOf(worlds[0], DEVELOPMENT, SAMPLE)).toHaveLength(
      Math.min(before.length, 1000),
    );
  });

  it('let no change return before everything that was issued without it is stored', async () => {
    const [first, second] = await openNodes(2);
    await (
      await store.database()
    ).query(
      `CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
       CREATE TRIGGER slow AFTER INSERT ON receipts
         FOR EACH STATEMENT EXECUTE FUNCTION take_time()`,
    );
    const order: string[] = [];
    const asking = second?.ask().then((outcome) => order.push(codeOf(outcome)));
    await delay(200);
    await first.ledger.admin.apply({ kind: 'revoke_api_key', keyId: 'key_development' });
    order.push('revoked');
    await asking;
    expect(order).toEqual(['issued', 'revoked']);
  });

  it('decide by a path version once it has returned, and by the earlier one after a rollback', async () => {
    const worlds = await openNodes(3);
    const { asked, stop } = load(worlds, (world) => world.ask());
    const changes: { version: number; calledAtMs: number; returnedAtMs: number }[] = [];
    for (const version of [2, 1, 3, 1]) {
      await delay(150);
      const calledAtMs = performance.now();
      await worlds[version % 3]?.applyPath(pathText({ version }));
      changes.push({ version, calledAtMs, returnedAtMs: performance.now() });
    }
    await delay(150);
    await stop();
    const counted = new Map<number, number>();
    for (const { startedAtMs, endedAtMs, outcome } of asked) {
      const since = changes.findLastIndex(({ returnedAtMs }) => returnedAtMs <= startedAtMs);
      if (since === -1) continue;
      const until = changes.findLastIndex(({ calledAtMs }) => calledAtMs <= endedAtMs);
      const possible = changes.slice(since, until + 1).map(({ version }) => version);
      const { boundary_snapshot: snapshot } = answerOf(outcome);
      expect(possible).toContain('path_version' in snapshot && snapshot.path_version);
      if (since === until) counted.set(since, (counted.get(since) ?? 0) + 1);
    }
    expect(Array.from(counted.keys())).toEqual([0, 1, 2, 3]);
  });

  it('number audit events without a gap', async () => {
    const worlds = await openNodes(3);
    const event = { kind: 'audit_event', actor: 'start', subjectText: '{}' } as const;
    await Promise.all(
      worlds.flatMap(({ ledger }) =>
        oneTo(20).map(() => ledger.admin.apply({ ...event, action: 'partner_added' })),
      ),
    );
    const events = await worlds[0].ledger.admin.listEvents(0, 1000);
    expect(events.map(({ eventId }) => eventId)).toEqual(oneTo(60));
  });

  it('are on one store if its identity is one, whatever the address', async () => {
    const database = await store.database();
    const other = new URL(database.url);
    other.hostname = 'localhost';
    other.searchParams.set('sslmode', 'disable');
    const [here] = await openNodes(1);
    const there = await store.openWith({ url: other.href });
    expect(await there.reader.storeIdentity()).toBe(await here.ledger.reader.storeIdentity());
    const elsewhere = makePostgresStore();
    const apart = await elsewhere.open();
    expect(await apart.reader.storeIdentity()).not.toBe(await there.reader.storeIdentity());
    await apart.close();
    await there.close();
    await elsewhere.remove();
  });
});

function keyOf({ partnerId }: Owner): string {
  return `key_${partnerId}`;
}

function entryOf(world: World, owner: Owner = DEVELOPMENT): LedgerEntry {
  return world.entry({}, { owner, keyId: keyOf(owner) });
}

/** Partners with a path and a key each, not in the order of their names. */
async function furnishPartners(world: World): Promise<readonly Owner[]> {
  const owners = oneTo(PARTNERS).map((number) => ({
    environment: 'development',
    partnerId: `partner_${(number * 7) % PARTNERS}`,
  }));
  for (const owner of owners) {
    const { partnerId } = owner;
    await world.ledger.admin.apply({ kind: 'upsert_partner', partnerId, units: ['operations'] });
    await world.applyPath(pathText({ partner_id: partnerId }));
    await world.addKey({ keyId: keyOf(owner), partnerId });
  }
  return owners;
}
