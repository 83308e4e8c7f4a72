/** What the log must do with statements of roots on every store: keep each once, before the receipts. */
import {
  type Attestation,
  composeAttestation,
  decodeUtf8,
  isKeyEventEntry,
  leafHash,
  logOrigin,
  merkleRoot,
  parseCheckpoint,
  parseNote,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeSha256 } from '../src/ledger/node-sha256.ts';
import { createLogSigner } from '../src/log/log-signer.ts';
import { LogService } from '../src/log/log-service.ts';
import type { LogStore } from '../src/log/port.ts';
import { storeKeyEvents } from '../src/log/store-key-events.ts';
import { NO_WITNESSES } from '../src/log/witness-policy.ts';
import { createKeySigning } from '../src/signing/signer.ts';
import {
  DEVELOPMENT,
  ISSUER,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const ORIGIN = logOrigin(ISSUER, 'development');
const NAME = { environment: 'development', origin: ORIGIN };
const STAGING = { environment: 'staging', origin: logOrigin(ISSUER, 'staging') };
const signer = createLogSigner(new Uint8Array(32).fill(21), ORIGIN);
const root = createKeySigning(new Uint8Array(32).fill(1));

/** `no` tells statements apart. */
export function attestation(
  no: number,
  environments = ['development'],
  issuer = ISSUER,
): Attestation {
  const terms = {
    rootKeyId: 'root-1',
    rootPublicKey: root.publicKey,
    subjectPublicKey: createKeySigning(new Uint8Array(32).fill(100 + no)).publicKey,
    issuer,
    environments,
    issuedAtMs: 0,
    notBeforeMs: 0,
    notAfterMs: 1,
  };
  return composeAttestation(terms, (payload) => root.sign(payload));
}

interface LoggedEntry {
  readonly digest: string;
  readonly tag: string;
}

async function entriesOf(log: LogStore): Promise<readonly LoggedEntry[]> {
  const { treeSize } = await log.readState();
  const entries = await log.listEntries(0, treeSize + 1);
  return entries.map((entry) => JSON.parse(decodeUtf8(entry)) as LoggedEntry);
}

const kindsOf = async (log: LogStore): Promise<string> =>
  (await entriesOf(log)).map((entry) => (isKeyEventEntry(entry) ? 'event' : 'receipt')).join(' ');

export function describeKeyEvents(name: string, make: StoreMaker): void {
  describe(`key events on ${name}`, () => {
    let store: StoreUnderTest;
    let world: World;

    beforeEach(async () => {
      store = make();
      world = await World.open(store);
    });

    afterEach(async () => {
      await world.ledger.close();
      await store.remove();
    });

    function open(): LogService {
      return new LogService({
        store: world.ledger.openLog(NAME),
        signer,
        policy: NO_WITNESSES,
        nowMs: () => world.sources.nowMs(),
        onSeen: () => undefined,
      });
    }

    async function keep(...attestations: Attestation[]): Promise<void> {
      for (const { environment, origin } of [NAME, STAGING]) {
        const log = world.ledger.openLog({ environment, origin });
        const accepted = { attestations, keyCompromises: [] };
        await storeKeyEvents({ issuer: ISSUER, environment, store: log }, accepted);
      }
    }

    async function reopen(): Promise<void> {
      await world.ledger.close();
      world = await World.open(store);
    }

    it('stand before receipts that wait, in their order, and a checkpoint covers them', async () => {
      const service = open();
      await keep(attestation(1), attestation(2));
      await world.issue();
      await world.issue();
      await service.step();
      expect(await kindsOf(service.store)).toBe('event event receipt receipt');
      const entries = await service.store.listEntries(0, 4);
      const { published } = service.view.state;
      const { treeSize, root: signed } = parseCheckpoint(parseNote(published?.note ?? '').text);
      expect(treeSize).toBe(4);
      expect(signed).toEqual(merkleRoot(entries.map((entry) => leafHash(entry, nodeSha256))));
      const told = await service.store.listKeyEvents();
      expect(told.map(({ logIndex }) => logIndex)).toEqual([0, 1]);
      expect(told.map(({ statementText }) => JSON.parse(statementText) as unknown)).toEqual([
        attestation(1),
        attestation(2),
      ]);
    });

    it('come before the next receipts where receipts are in the log already', async () => {
      const service = open();
      await world.issue();
      await service.step();
      await keep(attestation(1));
      await world.issue();
      await service.step();
      await service.close();
      await open().step();
      expect(await kindsOf(service.store)).toBe('receipt event receipt');
      const { receipts } = await world.ledger.reader.listReceipts(DEVELOPMENT, {
        pathId: 'sample-threshold',
        fromSeq: 1,
        limit: 9,
      });
      expect(receipts.map(({ logIndex }) => logIndex)).toEqual([0, 2]);
    });

    it('are published also where nothing else is', async () => {
      const service = open();
      await keep(attestation(1));
      await service.step();
      expect(await kindsOf(service.store)).toBe('event');
      await service.step();
      expect(service.view.state.treeSize).toBe(1);
    });

    it('have one entry each, however often and from wherever they are stored', async () => {
      const service = open();
      await keep(attestation(1));
      await service.step();
      await service.close();
      await keep(attestation(1));
      await reopen();
      await Promise.all([
        keep(attestation(1), attestation(2), attestation(3)),
        keep(attestation(3), attestation(2), attestation(1)),
      ]);
      const again = open();
      await again.step();
      expect(await kindsOf(again.store)).toBe('event event event');
      expect(new Set((await entriesOf(again.store)).map(({ digest }) => digest)).size).toBe(3);
    });

    it('wait through the end of the process between storing and publishing', async () => {
      await keep(attestation(1));
      await reopen();
      await world.issue();
      const waiting = await world.ledger.openLog(NAME).listWaiting(9);
      expect(waiting.map(({ leafId }) => Math.sign(leafId))).toEqual([-1, 1]);
      await reopen();
      const service = open();
      await service.step();
      expect(await kindsOf(service.store)).toBe('event receipt');
    });

    it('belong to the logs of their issuer and of each environment that they name', async () => {
      await keep(
        attestation(1, ['development', 'staging']),
        attestation(2, ['staging']),
        attestation(3, ['production']),
        attestation(4, ['development'], 'other.example'),
      );
      const [development, staging] = [NAME, STAGING].map((log) => world.ledger.openLog(log));
      const waiting = await development?.listWaiting(9);
      expect(waiting).toHaveLength(1);
      expect(await staging?.listKeyEvents()).toHaveLength(2);
      const [first] = (await staging?.listWaiting(9)) ?? [];
      expect(first?.entry).toEqual(waiting?.[0]?.entry);
    });

    it('that wait count as lag from when they were stored, and stop to when covered', async () => {
      const service = open();
      await keep(attestation(1));
      const log = service.store;
      const lag = await log.readLag(0);
      expect(lag.waiting).toBe(1);
      expect(lag.oldestIssuedAtMs).toEqual(expect.any(Number));
      await service.step();
      // Indexed and not covered: as late as before.
      expect(await log.readLag(0)).toEqual({ waiting: 0, oldestIssuedAtMs: lag.oldestIssuedAtMs });
      expect(await log.readLag(1)).toEqual({ waiting: 0 });
    });

    it('are read in a limited number, with no receipt before an event', async () => {
      await keep(attestation(1), attestation(2));
      await world.issue();
      const log = world.ledger.openLog(NAME);
      const signs = async (limit: number): Promise<number[]> =>
        (await log.listWaiting(limit)).map(({ leafId }) => Math.sign(leafId));
      expect([await signs(1), await signs(2), await signs(3)]).toEqual([
        [-1],
        [-1, -1],
        [-1, -1, 1],
      ]);
    });

    it('are given an index once, whoever asks for a second one', async () => {
      const log = world.ledger.openLog(NAME);
      await keep(attestation(1));
      const token = (await log.acquire('a', 10_000)) ?? 0;
      const [leaf] = await log.listWaiting(1);
      const leafIds = [leaf?.leafId ?? 0];
      await log.grow(token, { treeSize: 0, leafIds, tiles: [] });
      await expect(log.grow(token, { treeSize: 1, leafIds, tiles: [] })).rejects.toThrow();
      await expect(
        log.grow(token, { treeSize: 1, leafIds: [-99], tiles: [] }),
      ).rejects.toMatchObject({ code: 'ERR_LOG_INCONSISTENT' });
      expect((await log.readState()).treeSize).toBe(1);
    });
  });
}
