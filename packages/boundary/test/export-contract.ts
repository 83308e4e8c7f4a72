/** What every store must do for exports: run against each adapter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPORT_PAGE, type ExportRows, type ExportedStream } from '../src/ledger/export-port.ts';
import { FakeSources, START_MS } from './fake-sources.ts';
import {
  anyPayloadOf,
  DEVELOPMENT,
  OTHER_PARTNER,
  pathText,
  STAGING,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const { environment, partnerId } = DEVELOPMENT;
const PATH = { environment, partnerId, pathId: 'sample-threshold' };

export function describeExport(name: string, makeStore: StoreMaker): void {
  describe(`export on ${name}`, () => {
    let store: StoreUnderTest;
    let sources: FakeSources;
    let world: World;
    let rows: ExportRows;

    beforeEach(async () => {
      store = makeStore();
      sources = new FakeSources();
      world = await World.open(store, { sources });
      rows = world.ledger.exportRows;
    });
    afterEach(async () => {
      await world.ledger.close();
      await store.remove();
    });

    const firstStream = async (): Promise<ExportedStream> => {
      const [stream] = await rows.streams({ environment });
      if (stream === undefined) throw new Error('No stream.');
      return stream;
    };
    const rangeOf = (stream: ExportedStream, fromSeq: number, toSeq: number) => ({
      streamId: stream.streamId,
      epoch: 1,
      fromSeq,
      toSeq,
    });

    it('lists the streams of an environment, all or those asked for, with their keys', async () => {
      const { request_id } = await world.issue();
      await world.confirm({ request_id });
      await world.issue({}, { owner: OTHER_PARTNER });
      await world.issue({}, { owner: STAGING });
      const named = async (scope: { partnerId?: string; pathId?: string; environment?: string }) =>
        (await rows.streams({ environment, ...scope })).map((stream) => [
          stream.partnerId,
          stream.receiptType,
        ]);
      const own = [
        [partnerId, 'boundary_decision'],
        [partnerId, 'execution_confirmation'],
      ];
      expect(await named({})).toEqual([...own, [OTHER_PARTNER.partnerId, 'boundary_decision']]);
      expect(await named({ partnerId })).toEqual(own);
      expect(await named({ partnerId, pathId: PATH.pathId })).toEqual(own);
      expect(await named({ pathId: 'other' })).toEqual([]);
      expect(await named({ environment: 'staging' })).toEqual([[partnerId, 'boundary_decision']]);
      const stream = await firstStream();
      const [seen] = await world.ledger.reader.listStreams(DEVELOPMENT);
      expect(stream).toMatchObject({ stream: seen?.stream, epoch: 1, lastSeq: 1 });
      expect(Buffer.from(stream.streamKey).toString('base64url')).toBe(seen?.stream_key);
    });

    it('reads a range in order, a page at a time, with openings', async () => {
      const count = EXPORT_PAGE + 3;
      for (let issued = 0; issued < count; issued++) await world.issue();
      const stream = await firstStream();
      const page = await rows.receipts(rangeOf(stream, 1, count));
      expect(page.map(({ seq }) => seq)).toEqual(
        Array.from({ length: EXPORT_PAGE }, (_, index) => index + 1),
      );
      expect(page.map(({ receipt }) => anyPayloadOf(receipt).seq)).toEqual(
        page.map(({ seq }) => seq),
      );
      expect(page.every(({ openingText }) => openingText?.startsWith('{') === true)).toBe(true);
      const rest = await rows.receipts(rangeOf(stream, EXPORT_PAGE + 1, count));
      expect(rest.map(({ seq }) => seq - EXPORT_PAGE)).toEqual([1, 2, 3]);
      expect(await rows.receipts(rangeOf(stream, count + 1, count + 9))).toEqual([]);
      expect([await rows.lastSeqOf(stream.streamId, 1), stream.lastSeq]).toEqual([count, count]);
      expect(await rows.lastSeqOf(stream.streamId, 2)).toBe(0);
    });

    it('knows when receipts were issued, and which openings are gone', async () => {
      const { request_id: requestId } = await world.issue();
      sources.advance(7);
      await world.issue();
      await world.ledger.admin.apply({ kind: 'erase_opening', owner: DEVELOPMENT, requestId });
      const stream = await firstStream();
      expect(await rows.issuedAtMs(rangeOf(stream, 1, 9))).toBe(START_MS);
      expect(await rows.issuedAtMs(rangeOf(stream, 2, 2))).toBe(START_MS + 7);
      expect(await rows.issuedAtMs(rangeOf(stream, 3, 9))).toBeUndefined();
      const receipts = await rows.receipts(rangeOf(stream, 1, 2));
      expect(receipts.map(({ openingText }) => openingText === undefined)).toEqual([true, false]);
    });

    it('walks through the versions of a path, those that are not live included', async () => {
      await world.applyPath(pathText({ version: 2 }));
      const first = await rows.nextPath(PATH, 0);
      const second = await rows.nextPath(PATH, 1);
      expect([first?.version, second?.version]).toEqual([1, 2]);
      expect(JSON.parse(second?.documentText ?? '')).toMatchObject({ version: 2 });
      expect(await rows.nextPath(PATH, 2)).toBeUndefined();
      expect(await rows.nextPath({ ...PATH, environment: 'nowhere' }, 0)).toBeUndefined();
    });
  });
}
