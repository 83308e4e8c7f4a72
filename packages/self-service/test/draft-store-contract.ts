/** What every draft store must do, whichever engine is behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DraftStore } from '../src/store/port.ts';
import type { Row } from '../src/store/row.ts';
import { digestOf, ORGANISATION, savedEntry, stateEntry, withoutPacket } from './draft-entries.ts';

/** A database of its own, and a second way into it. */
export interface DraftStoreUnderTest {
  /** Opens the store; each call another one on the same database. */
  open(): Promise<DraftStore>;
  /** Whatever SQL says, past the store. */
  query(sql: string): Promise<readonly Row[]>;
  /** Tables and views that are there. */
  listTables(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const idOf = (number: number): string =>
  `drf_00000000-0000-7000-8000-${number.toString().padStart(12, '0')}`;

export function describeDraftStore(engine: string, make: () => DraftStoreUnderTest): void {
  describe(`the draft store on ${engine}`, () => {
    let under: DraftStoreUnderTest;
    let store: DraftStore;
    beforeAll(async () => {
      under = make();
      store = await under.open();
    });
    afterAll(async () => {
      await store.close();
      await under.remove();
    });

    const add = async (...entries: readonly Parameters<DraftStore['append']>[0][]) => {
      for (const entry of entries) expect(await store.append(entry)).toBe(true);
    };

    it('gives a row back as it was added, with its packet apart', async () => {
      const draftId = idOf(10);
      const entry = savedEntry({ draftId, title: 'Straße “x”', packet: '{"a":"é\\u0000"}' });
      await add(entry);
      expect(await store.findHead(ORGANISATION, draftId)).toEqual(withoutPacket(entry));
      expect(await store.findPacket(ORGANISATION, draftId, 1)).toBe(entry.packet);
      expect(await store.findPacket(ORGANISATION, draftId, 2)).toBeUndefined();
    });

    it('shows a draft to its own organisation alone', async () => {
      const draftId = idOf(20);
      await add(savedEntry({ draftId }));
      for (const other of ['southstar', 'Northstar', '']) {
        expect(await store.findHead(other, draftId)).toBeUndefined();
        expect(await store.listEntries(other, draftId)).toEqual([]);
        expect(await store.findPacket(other, draftId, 1)).toBeUndefined();
        expect(await store.listHeads(other, { limit: 10 })).toEqual([]);
      }
    });

    it('takes each revision of a draft once, and each state of a version once', async () => {
      const draftId = idOf(30);
      await add(savedEntry({ draftId }));
      expect(await store.append(savedEntry({ draftId, author: 'Somebody else' }))).toBe(false);
      expect(await store.append(savedEntry({ draftId, revision: 2 }))).toBe(false);
      expect((await store.findHead(ORGANISATION, draftId))?.author).toBe('Ada Platform');
      expect(await store.listEntries(ORGANISATION, draftId)).toHaveLength(1);
    });

    it('lets one of many who add the same revision at once win', async () => {
      const draftId = idOf(40);
      await add(savedEntry({ draftId }));
      const others = [store, await under.open()];
      const twice = Array.from({ length: 8 }, (_, index) =>
        others[index % 2]!.append(
          savedEntry({ draftId, revision: 2, version: 2, latestVersion: 2, author: `p${index}` }),
        ),
      );
      const won = await Promise.all(twice);
      await others[1]!.close();
      expect(won.filter(Boolean)).toHaveLength(1);
      const head = await store.findHead(ORGANISATION, draftId);
      expect(head).toMatchObject({ revision: 2, author: `p${won.indexOf(true)}` });
    });

    it('keeps what earlier versions were when later ones are added', async () => {
      const draftId = idOf(50);
      await add(
        savedEntry({ draftId, packet: '{"moves":[]}' }),
        savedEntry({
          ...{ draftId, revision: 2, version: 2, latestVersion: 2 },
          packet: '{"moves":[1]}',
        }),
      );
      expect(await store.findPacket(ORGANISATION, draftId, 1)).toBe('{"moves":[]}');
      expect(await store.findPacket(ORGANISATION, draftId, 2)).toBe('{"moves":[1]}');
      const entries = await store.listEntries(ORGANISATION, draftId);
      expect(entries.map(({ revision }) => revision)).toEqual([1, 2]);
    });

    it('lists the newest row of each draft, the newest draft first, page by page', async () => {
      const organisation = 'lists';
      for (const number of [61, 62, 63]) {
        await add(savedEntry({ draftId: idOf(number), organisation }));
      }
      await add(stateEntry({ draftId: idOf(62), organisation, revision: 2, reviewVersion: 1 }));
      const first = await store.listHeads(organisation, { limit: 2 });
      expect(first.map(({ draftId, state }) => [draftId, state])).toEqual([
        [idOf(63), 'saved'],
        [idOf(62), 'review_requested'],
      ]);
      const rest = await store.listHeads(organisation, { limit: 2, after: idOf(62) });
      expect(rest.map(({ draftId }) => draftId)).toEqual([idOf(61)]);
    });

    it('hands out what is under review, with its packet, until it is withdrawn', async () => {
      const draftId = idOf(70);
      const packetDigest = digestOf(70);
      const shared = { draftId, packetDigest };
      await add(
        savedEntry({ ...shared, packet: '{"packet":70}', author: 'Ada' }),
        stateEntry({ ...shared, revision: 2, reviewVersion: 1, author: 'Bo' }),
      );
      const expected = {
        request: { author: 'Bo', state: 'review_requested', version: 1 },
        savedBy: 'Ada',
        packet: '{"packet":70}',
        withdrawnAtMs: undefined,
      };
      expect(await store.findReviewRequest(packetDigest)).toMatchObject(expected);
      const open = async () =>
        (await store.listReviewRequests({ limit: 100 })).map(({ request }) => request.draftId);
      expect(await open()).toContain(draftId);
      const withdrawn = {
        state: 'withdrawn',
        revision: 3,
        createdAtMs: 1_790_000_000_009,
      } as const;
      await add(stateEntry({ ...shared, ...withdrawn }));
      expect(await open()).not.toContain(draftId);
      expect(await store.findReviewRequest(packetDigest)).toMatchObject({
        ...expected,
        withdrawnAtMs: 1_790_000_000_009,
      });
      expect(await store.findReviewRequest(digestOf(999))).toBeUndefined();
    });

    it('only grows: the database itself refuses every change and every removal', async () => {
      const draftId = idOf(80);
      await add(savedEntry({ draftId }));
      const where = `WHERE draft_id = '${draftId}'`;
      for (const sql of [
        `UPDATE self_service_drafts SET title = 'x' ${where}`,
        `UPDATE self_service_drafts SET production_write = TRUE ${where}`,
        `DELETE FROM self_service_drafts ${where}`,
      ]) {
        await expect(under.query(sql)).rejects.toThrow('self_service_drafts only grows');
      }
      expect(await store.listEntries(ORGANISATION, draftId)).toHaveLength(1);
    });

    it('has a constraint against production_write and for review_only', async () => {
      const copy = (changes: string) => `INSERT INTO self_service_drafts
        SELECT draft_id, 99, version, 'withdrawn', latest_version, NULL, organisation, author,
          title, packet_digest, NULL, ${changes}, created_at_ms FROM self_service_drafts
        WHERE draft_id = '${idOf(10)}'`;
      await expect(under.query(copy('TRUE, TRUE'))).rejects.toThrow(/constraint/i);
      await expect(under.query(copy('FALSE, FALSE'))).rejects.toThrow(/constraint/i);
      await expect(under.query(copy('FALSE, TRUE'))).resolves.toEqual([]);
    });

    it('has one table for drafts, and beside it the bookkeeping and the identity', async () => {
      expect([...(await under.listTables())].sort()).toEqual([
        'self_service_drafts',
        'self_service_migrations',
        'self_service_store',
      ]);
    });

    it('keeps its identity and its rows over a restart, and another store has another', async () => {
      const again = await under.open();
      const other = make();
      const third = await other.open();
      expect(await again.identity()).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(await again.identity()).toBe(await store.identity());
      expect(await third.identity()).not.toBe(await store.identity());
      expect(await again.findHead(ORGANISATION, idOf(10))).toBeDefined();
      await again.close();
      await third.close();
      await other.remove();
    });

    it('refuses a store that newer or other software made', async () => {
      const other = make();
      await (await other.open()).close();
      await other.query("INSERT INTO self_service_migrations VALUES (2, 'later', 'x', 0)");
      await expect(other.open()).rejects.toMatchObject({ code: 'ERR_MIGRATION' });
      await other.query('DELETE FROM self_service_migrations WHERE version = 2');
      await other.query("UPDATE self_service_migrations SET checksum = 'x'");
      await expect(other.open()).rejects.toMatchObject({ code: 'ERR_MIGRATION' });
      await other.remove();
    });

    it('says so when it cannot be asked', async () => {
      const closed = await under.open();
      await closed.close();
      await expect(closed.identity()).rejects.toMatchObject({
        code: 'ERR_DRAFT_STORE_UNAVAILABLE',
      });
    });
  });
}
