/** What every store must do with signed approvals: run against each adapter. */
import type { Approval } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IDEMPOTENCY_MS } from '../src/ledger/issuing.ts';
import type { CheckCommand, CheckOutcome } from '../src/ledger/port.ts';
import { FakeSources, START_MS } from './fake-sources.ts';
import { evidenceOf, expectGenuine, oneTo, sequenceOf } from './ledger-evidence.ts';
import {
  answerOf,
  type AskOptions,
  codeOf,
  DEVELOPMENT,
  issuedText,
  type OpenOptions,
  OTHER_PARTNER,
  STAGING,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const SAMPLE = 'sample-threshold';
const JWS = 'header.claims.signature';
const OWNERS = [DEVELOPMENT, STAGING, OTHER_PARTNER];

export function describeApprovals(name: string, makeStore: StoreMaker): void {
  describe(`signed approvals on ${name}`, () => {
    let store: StoreUnderTest;
    const worlds: World[] = [];

    beforeEach(() => {
      store = makeStore();
    });

    afterEach(async () => {
      for (const world of worlds.splice(0)) await world.ledger.close();
      await store.remove();
    });

    async function openWorld(options: OpenOptions = {}): Promise<World> {
      const world = await World.open(store, options);
      worlds.push(world);
      return world;
    }

    async function openThreaded(): Promise<World> {
      const world = await World.openThreaded(store);
      worlds.push(world);
      return world;
    }

    it('make the class, name the issuer, and are kept as a digest', async () => {
      const world = await openWorld();
      const answer = answerOf(await world.ledger.writer.check(approved(world)));
      const { request, opening } = { request: approved(world).request, ...answer };
      expect(opening.authority).toEqual({
        ...request.authorization,
        class: 'signature_verified',
        issuer: 'https://approvals.example',
        evidence_digest: request.evidence?.digest,
      });
      expectGenuine(answer, await evidenceOf(world, store));
      expect(await store.countRows('used_approvals')).toBe(1);
    });

    it('stay submitted, and are not used up, where they bind nothing', async () => {
      const world = await openWorld();
      for (const jti of ['approval-1', 'approval-2']) {
        const command = approved(world, { jti, isBound: false });
        const { opening } = answerOf(await world.ledger.writer.check(command));
        expect(opening.authority).toEqual({
          ...command.request.authorization,
          class: 'submitted',
          evidence_digest: command.request.evidence?.digest,
        });
      }
      expect(await store.countRows('used_approvals')).toBe(0);
      expect(codeOf(await world.ledger.writer.check(approved(world)))).toBe('issued');
      const unbound = approved(world, { isBound: false });
      expect(codeOf(await world.ledger.writer.check(unbound))).toBe('ERR_APPROVAL_REPLAYED');
    });

    it('count once, for whichever partner and environment', async () => {
      const world = await openWorld();
      expect(codeOf(await world.ledger.writer.check(approved(world)))).toBe('issued');
      for (const owner of OWNERS) {
        expect(await world.ledger.writer.check(approved(world, {}, { owner }))).toMatchObject({
          kind: 'refused',
          code: 'ERR_APPROVAL_REPLAYED',
          field: 'authorization_evidence',
        });
      }
      expect(await store.countRows('receipts')).toBe(1);
      const others = [{ jti: 'approval-2' }, { jti: 'Approval-1' }, { issuer: 'somebody' }];
      for (const other of others) {
        expect(codeOf(await world.ledger.writer.check(approved(world, other)))).toBe('issued');
      }
    });

    it('count once after a restart, too', async () => {
      const world = await openWorld();
      await world.ledger.writer.check(approved(world));
      await world.ledger.close();
      const reopened = await openWorld();
      expect(codeOf(await reopened.ledger.writer.check(approved(reopened)))).toBe(
        'ERR_APPROVAL_REPLAYED',
      );
    });

    it('are good until their end and from their beginning', async () => {
      const sources = new FakeSources();
      const world = await openWorld({ sources });
      const at = async (nowMs: number, members: Partial<Approval>) => {
        sources.set(nowMs);
        return codeOf(await world.ledger.writer.check(approved(world, members)));
      };
      const window = { notBeforeMs: START_MS + 10, expiresAtMs: START_MS + 20 };
      expect(await at(START_MS + 9, window)).toBe('ERR_APPROVAL_INVALID');
      expect(await at(START_MS + 10, { ...window, jti: 'first' })).toBe('issued');
      expect(await at(START_MS + 19, { ...window, jti: 'last' })).toBe('issued');
      expect(await at(START_MS + 20, window)).toBe('ERR_APPROVAL_EXPIRED');
      expect(await store.countRows('receipts')).toBe(2);
    });

    it('are answered again under their idempotency key, long after their end', async () => {
      const sources = new FakeSources();
      const world = await openWorld({ sources });
      const command = approved(world, {}, { idempotencyKey: 'order-1', deadlineMs: Infinity });
      const first = await world.ledger.writer.check(command);
      sources.advance(24 * 3_600_000);
      const again = await world.ledger.writer.check(command);
      expect(again).toMatchObject({ kind: 'issued', replayed: true });
      expect(issuedText(again)).toBe(issuedText(first));
    });

    it('are forgotten once they ended long ago', async () => {
      const sources = new FakeSources();
      const world = await openWorld({ sources });
      const first = approved(world);
      const endMs = first.approval?.expiresAtMs ?? 0;
      await world.ledger.writer.check(first);
      for (const [nowMs, count] of [
        [endMs + IDEMPOTENCY_MS, 2],
        [endMs + IDEMPOTENCY_MS + 1, 2],
      ] as const) {
        sources.set(nowMs);
        const later = approved(world, { jti: `at ${nowMs}`, expiresAtMs: nowMs + 1 });
        expect(codeOf(await world.ledger.writer.check(later))).toBe('issued');
        expect(await store.countRows('used_approvals')).toBe(count);
      }
    });

    it('in one transaction: the second use is refused, the others are issued', async () => {
      const world = await openWorld();
      const entries = ['one', 'two', 'one'].map((jti) => approved(world, { jti }));
      const outcomes = await Promise.all(entries.map((entry) => world.ledger.writer.check(entry)));
      expect(outcomes.map(codeOf)).toEqual(['issued', 'issued', 'ERR_APPROVAL_REPLAYED']);
      expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2]);
    });

    it('have one winner among concurrent twins, of one partner or of several', async () => {
      const world = await openThreaded();
      const asked = oneTo(120).map((number) => {
        const owner = OWNERS[number % OWNERS.length] ?? DEVELOPMENT;
        const commanded = approved(world, { jti: `approval-${number % 8}` }, { owner });
        return world.ledger.writer.check(commanded);
      });
      const outcomes = await Promise.all(asked);
      expect(outcomes.filter(isIssued)).toHaveLength(8);
      expect(new Set(outcomes.map(codeOf))).toEqual(new Set(['issued', 'ERR_APPROVAL_REPLAYED']));
      expect(await store.countRows('used_approvals')).toBe(8);
      expect(await store.countRows('receipts')).toBe(8);
    });
  });
}

/** A check with an approval whose signature somebody verified. */
function approved(
  world: World,
  members: Partial<Approval> = {},
  options: AskOptions = {},
): CheckCommand {
  const approval = {
    issuer: 'https://approvals.example',
    jti: 'approval-1',
    expiresAtMs: world.sources.nowMs() + 600_000,
    notBeforeMs: 0,
    isBound: true,
    ...members,
  };
  return { ...world.command({ authorization_evidence: JWS }, options), approval };
}

function isIssued({ kind }: CheckOutcome): boolean {
  return kind === 'issued';
}
