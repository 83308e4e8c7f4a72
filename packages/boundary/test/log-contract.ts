/** What the log must do on every store: publish, survive, and notice what does not fit. */
import {
  decodeBase64,
  encodeBase64,
  leafHash,
  logOrigin,
  merkleRoot,
  parseCheckpoint,
  parseNote,
  parseTlogPolicy,
  streamTag,
  decodeBase64url,
  verifyTlogProof,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeSha256 } from '../src/ledger/node-sha256.ts';
import { createLogSigner } from '../src/log/log-signer.ts';
import { LogService, type LogServicePorts } from '../src/log/log-service.ts';
import type { LogStore } from '../src/log/port.ts';
import { GROWTH_LEAVES_MAX } from '../src/log/publisher.ts';
import { logProofText } from '../src/log/prove.ts';
import { NO_WITNESSES } from '../src/log/witness-policy.ts';
import { FakeWitness } from './fake-witness.ts';
import {
  DEVELOPMENT,
  ISSUER,
  OTHER_PARTNER,
  payloadOf,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const ORIGIN = logOrigin(ISSUER, 'development');
const NAME = { environment: 'development', origin: ORIGIN };
const SEED = new Uint8Array(32).fill(21);
const SAMPLE = 'sample-threshold';

const signer = createLogSigner(SEED, ORIGIN);
const trust = parseTlogPolicy(`log ${signer.verifierKey}\nquorum none\n`);

/** A store whose rows a test can change behind everybody's back, while nothing has it open. */
export interface LogSubject {
  readonly make: StoreMaker;
  readonly execute: (store: StoreUnderTest, sql: string) => Promise<void>;
}

type Step = 'acquire' | 'grow' | 'storeSigned' | 'publish';
const STEPS: readonly Step[] = ['acquire', 'grow', 'storeSigned', 'publish'];

class Killed extends Error {}

/** A store that stops answering at one step, before it or after it became durable. */
function killedAt(store: LogStore, at: Step, when: 'before' | 'after'): LogStore {
  let isDead = false;
  const guard =
    <Args extends readonly unknown[], T>(step: Step, work: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (isDead) throw new Killed();
      isDead = step === at;
      if (isDead && when === 'before') throw new Killed();
      const result = await work(...args);
      if (isDead) throw new Killed();
      return result;
    };
  return {
    readState: () => store.readState(),
    readLag: (size) => store.readLag(size),
    listWaiting: (limit) => store.listWaiting(limit),
    firstCheckpoint: (query) => store.firstCheckpoint(query),
    readTile: (...tile) => store.readTile(...tile),
    listEntries: (...range) => store.listEntries(...range),
    listKeyEvents: () => store.listKeyEvents(),
    storeKeyEvents: (events) => store.storeKeyEvents(events),
    release: (token) => store.release(token),
    acquire: guard('acquire', (...args: Parameters<LogStore['acquire']>) => store.acquire(...args)),
    grow: guard('grow', (...args: Parameters<LogStore['grow']>) => store.grow(...args)),
    storeSigned: guard('storeSigned', (...args: Parameters<LogStore['storeSigned']>) =>
      store.storeSigned(...args),
    ),
    publish: guard('publish', (...args: Parameters<LogStore['publish']>) => store.publish(...args)),
  };
}

export function describeLog(name: string, { make, execute }: LogSubject): void {
  describe(`the log on ${name}`, () => {
    let store: StoreUnderTest;
    let world: World;
    let services: LogService[];
    let failures: string[];

    beforeEach(async () => {
      store = make();
      world = await World.open(store);
      services = [];
      failures = [];
    });

    afterEach(async () => {
      await world.ledger.close();
      await store.remove();
    });

    function open(ports: Partial<LogServicePorts> = {}): LogService {
      const service = new LogService({
        store: world.ledger.openLog(NAME),
        signer,
        policy: NO_WITNESSES,
        nowMs: () => world.sources.nowMs(),
        onSeen: (seen) => {
          world.ledger.noteSeen({ environment: 'development', ...seen });
        },
        onFailure: (code, message) => failures.push(`${code} ${message}`),
        ...ports,
      });
      services.push(service);
      return service;
    }

    /** As another process, so much later that the lease of a dead publisher is over. */
    async function reopen(): Promise<void> {
      await world.ledger.close();
      await execute(store, 'UPDATE logs SET lease_until_ms = 0');
      world = await World.open(store);
    }

    async function issueMany(count: number): Promise<void> {
      await Promise.all(Array.from({ length: count }, () => world.issue()));
    }

    /** Every entry with an index, and that there is no gap. */
    async function entriesOf(log: LogStore): Promise<readonly Uint8Array[]> {
      const { treeSize } = await log.readState();
      const entries = await log.listEntries(0, treeSize + 1);
      expect(entries).toHaveLength(treeSize);
      return entries;
    }

    async function expectWhole(service: LogService, size: number): Promise<void> {
      const entries = await entriesOf(service.store);
      expect(entries).toHaveLength(size);
      const { published } = service.view.state;
      const { treeSize, root } = parseCheckpoint(parseNote(published?.note ?? '').text);
      expect(treeSize).toBe(size);
      expect(root).toEqual(merkleRoot(entries.map((entry) => leafHash(entry, nodeSha256))));
      expect(await service.store.listWaiting(1)).toEqual([]);
      expect(failures).toEqual([]);
    }

    describe('publishes', () => {
      it('nothing while there is nothing', async () => {
        const service = open();
        await service.step();
        expect(service.view.state).toEqual({ treeSize: 0 });
        expect(service.view.status).toBe('publishing');
      });

      it('a checkpoint over what was issued, and another one when there is more', async () => {
        const service = open();
        await issueMany(3);
        await service.step();
        await expectWhole(service, 3);
        const first = service.view.state.published;
        await service.step();
        expect(service.view.state.published).toEqual(first);
        await issueMany(2);
        await service.step();
        await expectWhole(service, 5);
      });

      it('each stream in the order of its sequence, and only its own environment', async () => {
        const service = open();
        await world.issue();
        await world.issue({}, { owner: OTHER_PARTNER });
        await world.issue({}, { owner: { ...DEVELOPMENT, environment: 'staging' } });
        await world.issue();
        await world.issue({}, { owner: OTHER_PARTNER });
        await service.step();
        const entries = await entriesOf(service.store);
        expect(entries).toHaveLength(4);
        const tags = entries.map(
          (entry) => (JSON.parse(Buffer.from(entry).toString()) as { tag: string }).tag,
        );
        for (const owner of [DEVELOPMENT, OTHER_PARTNER]) {
          const [stream] = await world.ledger.reader.listStreams(owner);
          const key = decodeBase64url(stream?.stream_key ?? '');
          const digest = stream?.stream as `sha256:${string}`;
          const places = [1, 2].map((seq) =>
            tags.indexOf(streamTag(key, { stream: digest, epoch: 1, seq })),
          );
          expect(places).toEqual(places.toSorted((a, b) => a - b));
          expect(places).not.toContain(-1);
        }
      });

      it('more than a tile, with a proof for every receipt', async () => {
        const service = open();
        const size = GROWTH_LEAVES_MAX + 14;
        await issueMany(size);
        await service.step();
        await expectWhole(service, size);
        const page = await world.ledger.reader.listReceipts(DEVELOPMENT, {
          pathId: SAMPLE,
          fromSeq: 1,
          limit: 1000,
        });
        const indices = page.receipts.map(({ logIndex }) => logIndex);
        expect(indices).toEqual(Array.from({ length: size }, (_, index) => index));
        const { published } = service.view.state;
        if (published === undefined) throw new Error('Nothing is published.');
        const entries = await entriesOf(service.store);
        for (const index of [0, 1, 127, 255, 256, size - 1]) {
          const text = await logProofText(service.store, index, published);
          const { proof } = JSON.parse(text) as { proof: string };
          const hash = leafHash(entries[index] ?? new Uint8Array());
          await expect(verifyTlogProof(proof, hash, { policy: trust })).resolves.toMatchObject({
            index,
          });
        }
      });

      it('what waited while it was not there', async () => {
        await issueMany(5);
        await open().step();
        await reopen();
        await issueMany(GROWTH_LEAVES_MAX * 2);
        const service = open();
        await service.step();
        await expectWhole(service, GROWTH_LEAVES_MAX * 2 + 5);
      });
    });

    describe('killed', () => {
      const points = STEPS.flatMap((at) =>
        (['before', 'after'] as const).map((when) => [when, at] as const),
      );

      it.each(points)(
        '%s the step %s: the next one goes on, and contradicts nothing',
        async (when, at) => {
          await issueMany(3);
          await open().step();
          await issueMany(4);
          const signed: string[] = [];
          const watched: typeof signer = {
            ...signer,
            sign: (checkpoint) => {
              const note = signer.sign(checkpoint);
              signed.push(note);
              return note;
            },
          };
          await reopen();
          const killed = killedAt(world.ledger.openLog(NAME), at, when);
          await open({ store: killed, signer: watched }).step();
          expect(failures).toHaveLength(1);
          failures.splice(0);
          await issueMany(2);
          await reopen();
          const service = open({ signer: watched });
          await service.step();
          await expectWhole(service, 9);
          const entries = await entriesOf(service.store);
          for (const note of signed) {
            const { treeSize, root } = parseCheckpoint(parseNote(note).text);
            const hashes = entries.slice(0, treeSize).map((entry) => leafHash(entry, nodeSha256));
            expect(root).toEqual(merkleRoot(hashes));
          }
        },
      );
    });

    describe('with two publishers', () => {
      it('one publishes and the other stands by, until the first gives the lease back', async () => {
        const [a, b] = [open(), open()];
        await issueMany(2);
        await a.step();
        // On a file, whoever opens it last is the only one alive.
        await b.step();
        const [active, standby] = a.view.status === 'publishing' ? [a, b] : [b, a];
        await issueMany(2);
        await active.step();
        await active.close();
        await issueMany(2);
        await standby.step();
        await expectWhole(standby, 6);
      });

      it('that race, no index is given twice and none is left out', async () => {
        const racers = [open(), open()];
        for (let round = 0; round < 8; round++) {
          await issueMany(3);
          await Promise.all(racers.map((racer) => racer.step()));
        }
        await Promise.all(racers.map((racer) => racer.close()));
        // A step that met the other one may have given up; what counts is what it left behind.
        failures.splice(0);
        const last = open();
        await last.step();
        await expectWhole(last, 24);
      });

      it('whoever lost the lease writes nothing more', async () => {
        const [old, young] = [world.ledger.openLog(NAME), world.ledger.openLog(NAME)];
        await issueMany(1);
        const token = (await old.acquire('old', 10_000)) ?? 0;
        await old.release(token);
        const newer = (await young.acquire('young', 10_000)) ?? 0;
        expect(newer).toBeGreaterThan(token);
        const [leaf] = await old.listWaiting(1);
        const growth = { treeSize: 0, leafIds: [leaf?.leafId ?? 0], tiles: [] };
        await expect(old.grow(token, growth)).rejects.toThrow('lease');
        expect(await entriesOf(young)).toEqual([]);
      });
    });

    describe('the next start notices', () => {
      const tampered = [
        [
          'an entry in the last bundle',
          'UPDATE log_entries SET entry = (SELECT hashes FROM log_tiles WHERE level = 1) WHERE log_index = 257',
        ],
        ['an entry that is gone', 'DELETE FROM log_entries WHERE log_index = 257'],
        ['the last entry gone', 'DELETE FROM log_entries WHERE log_index = 259'],
        [
          'a full bundle',
          'UPDATE log_entries SET entry = (SELECT hashes FROM log_tiles WHERE level = 1) WHERE log_index = 255',
        ],
        ['a partial tile', 'DELETE FROM log_tiles WHERE level = 0 AND tile_index = 1'],
        ['a full tile', 'DELETE FROM log_tiles WHERE level = 0 AND tile_index = 0'],
        [
          'an upper tile',
          'UPDATE log_tiles SET hashes = (SELECT root FROM log_checkpoints) WHERE level = 1',
        ],
        ['a size that fell', 'UPDATE logs SET tree_size = 259'],
        ['a size that rose', 'UPDATE logs SET tree_size = 261'],
        [
          'the root of a checkpoint',
          'UPDATE log_checkpoints SET root = (SELECT hashes FROM log_tiles WHERE level = 1)',
        ],
        [
          'the note of a checkpoint',
          "UPDATE log_checkpoints SET note = replace(note, '260', '261')",
        ],
        ['another origin', "UPDATE logs SET origin = 'other.example/development'"],
      ] as const;

      it.each(tampered)('%s', async (_title, sql) => {
        await issueMany(260);
        const before = open();
        await before.step();
        await before.close();
        await world.ledger.close();
        await execute(store, sql);
        world = await World.open(store);
        const service = open();
        await service.step();
        expect(failures).toEqual([expect.stringMatching(/^ERR_LOG_INCONSISTENT /)]);
        expect(service.view.status).toBe('failed');
        await issueMany(1);
        await service.step();
        expect(service.view.state.treeSize).toBeLessThan(262);
        expect(await service.store.listWaiting(10)).toHaveLength(1);
      });

      it('another log key', async () => {
        await issueMany(1);
        const before = open();
        await before.step();
        await before.close();
        await open({ signer: createLogSigner(new Uint8Array(32).fill(22), ORIGIN) }).step();
        expect(failures).toEqual([expect.stringMatching(/^ERR_LOG_INCONSISTENT CRATON_LOG_KEY/)]);
      });
    });

    describe('with a witness', () => {
      let witness: FakeWitness;
      const asking = (): Partial<LogServicePorts> => ({
        policy: witness.policy,
        fetch: witness.fetch,
      });

      beforeEach(() => {
        witness = new FakeWitness();
      });

      it('publishes cosigned checkpoints, and receipts name the newest of them', async () => {
        const service = open(asking());
        expect(payloadOf((await world.issue()).receipt).log).not.toHaveProperty('seen');
        await service.step();
        expect(service.view.covering?.treeSize).toBe(1);
        await issueMany(3);
        await service.step();
        const { cosigned } = service.view.state;
        expect(cosigned?.note.split('\n').filter((line) => line.startsWith('\u2014'))).toHaveLength(
          2,
        );
        expect(payloadOf((await world.issue()).receipt).log.seen).toEqual({
          size: 4,
          root: encodeBase64(cosigned?.root ?? new Uint8Array()),
        });
        expect(
          decodeBase64(payloadOf((await world.issue()).receipt).log.seen?.root ?? ''),
        ).toHaveLength(32);
      });

      it('learns after a restart which size the witness knows', async () => {
        await issueMany(2);
        await open(asking()).step();
        await reopen();
        await issueMany(2);
        const service = open(asking());
        await service.step();
        expect(service.view.covering?.treeSize).toBe(4);
      });

      it('publishes without a witness that does not answer, and asks again later', async () => {
        witness.isDown = true;
        const reasons: string[] = [];
        const service = open({ ...asking(), onWitnessFailure: (reason) => reasons.push(reason) });
        await issueMany(2);
        await service.step();
        expect(service.view.state.published?.treeSize).toBe(2);
        expect(service.view.covering).toBeUndefined();
        expect(reasons).toEqual(['unreachable']);
        const { length } = witness.asked;
        await service.step();
        expect(witness.asked).toHaveLength(length);
        witness.isDown = false;
        advance(2_000);
        await service.step();
        expect(service.view.covering?.treeSize).toBe(2);
      });

      it('finds the first checkpoint of a kind that is large enough', async () => {
        const service = open(asking());
        witness.isDown = true;
        await issueMany(1);
        await service.step();
        witness.isDown = false;
        advance(2_000);
        for (const count of [2, 3]) {
          await issueMany(count);
          await service.step();
        }
        const sizeOf = async (kind: 'published' | 'cosigned', sizeMin: number) =>
          (await service.store.firstCheckpoint({ kind, sizeMin }))?.treeSize;
        expect(
          await Promise.all([0, 1, 2, 3, 4, 6, 7].map((min) => sizeOf('published', min))),
        ).toEqual([1, 1, 3, 3, 6, 6, undefined]);
        expect(await Promise.all([0, 3, 4].map((min) => sizeOf('cosigned', min)))).toEqual([
          3, 3, 6,
        ]);
        const { cosigned } = service.view.state;
        expect(await service.store.firstCheckpoint({ kind: 'cosigned', sizeMin: 6 })).toEqual(
          cosigned,
        );
      });

      it('stops when the witness shows what the store has lost', async () => {
        await issueMany(2);
        await open(asking()).step();
        await world.ledger.close();
        for (const table of ['log_entries', 'log_tiles', 'log_checkpoints', 'logs']) {
          await execute(store, `DELETE FROM ${table}`);
        }
        world = await World.open(store);
        await issueMany(1);
        const service = open(asking());
        await service.step();
        expect(failures).toEqual([
          expect.stringMatching(/^ERR_LOG_INCONSISTENT A witness has a checkpoint/),
        ]);
      });

      it('goes on when a witness only says so', async () => {
        await issueMany(2);
        witness.note = `${ORIGIN}\n99\n${encodeBase64(new Uint8Array(32))}\n\n\u2014 x AAAAAAA=\n`;
        const service = open(asking());
        await service.step();
        expect(failures).toEqual([]);
        expect(service.view.status).toBe('publishing');
        expect(service.view.state.published?.treeSize).toBe(2);
      });

      function advance(byMs: number): void {
        const { sources } = world;
        if (!('advance' in sources) || typeof sources.advance !== 'function') {
          throw new Error('The clock stands still.');
        }
        sources.advance(byMs);
      }
    });
  });
}
