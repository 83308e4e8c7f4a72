/** What every store must do with claims and confirmations: run against each adapter. */
import { type ConfirmationPayload, digestBytes, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIRMATIONS_MAX, EXECUTED_AHEAD_MS_MAX } from '../src/ledger/issue-confirmation.ts';
import { CLOCK_BEHIND_MS_MAX } from '../src/ledger/issuing.ts';
import type { CheckOutcome } from '../src/ledger/port.ts';
import type { LedgerStore, LedgerTransaction } from '../src/ledger/transaction.ts';
import { FakeSources } from './fake-sources.ts';
import { evidenceOf, expectGenuine, oneTo } from './ledger-evidence.ts';
import {
  type Answer,
  answerOf,
  anyPayloadOf,
  type AskOptions,
  codeOf,
  DEVELOPMENT,
  issuedText,
  type LinkedPayload,
  type OpenOptions,
  OTHER_PARTNER,
  pathText,
  STAGING,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const SAMPLE = 'sample-threshold';
const ACTION = digestBytes(utf8('the action'));
const OTHER_ACTION = digestBytes(utf8('another action'));
const OUTCOMES = ['executed', 'not_executed', 'failed', 'unknown'] as const;

function linkedPayload(outcome: CheckOutcome): LinkedPayload {
  const payload = anyPayloadOf(answerOf(outcome).receipt);
  if (payload.receipt_type === 'boundary_decision') throw new Error('A decision.');
  return payload;
}

function confirmationPayload(outcome: CheckOutcome): ConfirmationPayload {
  const payload = linkedPayload(outcome);
  if (payload.receipt_type === 'execution_confirmation') return payload;
  throw new Error('Not a confirmation.');
}

const byCommitment = ({ commitment_id }: Answer) => ({ commitment_id });

export function describeLinkedReceipts(name: string, makeStore: StoreMaker): void {
  describe(`claims and confirmations on ${name}`, () => {
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

    async function numbersOf(world: World, receiptType: LinkedPayload['receipt_type']) {
      const range = { pathId: SAMPLE, receiptType, fromSeq: 1, limit: 1000 } as const;
      const { receipts } = await world.ledger.reader.listReceipts(DEVELOPMENT, range);
      return receipts.map(({ seq }) => seq);
    }

    describe('a claim', () => {
      it('is signed, names its decision, and has a stream of its own', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        await world.issue();
        const decision = await world.issue();
        sources.advance(2000);
        const outcome = await world.claim(byCommitment(decision));
        const answer = answerOf(outcome);
        const payload = linkedPayload(outcome);
        const signed = anyPayloadOf(decision.receipt);
        expect(payload).toMatchObject({
          receipt_type: 'execution_claim',
          environment: 'development',
          issued_at: new Date(sources.nowMs()).toISOString(),
          epoch: 1,
          seq: 1,
          commitment_id: decision.commitment_id,
          boundary_snapshot: signed.boundary_snapshot,
          confirms: {
            request_id: decision.request_id,
            payload_digest: digestBytes(Buffer.from(decision.receipt.payload_b64, 'base64')),
          },
          confirmer: { key_id: 'key_development', class: 'same_key' },
          flags: [],
        });
        expect(payload.request_id).not.toBe(decision.request_id);
        expect(payload.stream).not.toBe(signed.stream);
        expect(payload).not.toHaveProperty('action_digest');
        expectGenuine({ receipt: answer.receipt }, await evidenceOf(world, store));
        expect(JSON.parse(issuedText(outcome))).toEqual({
          expires_at: decision.expires_at,
          confirmer: payload.confirmer,
          confirms: payload.confirms,
          commitment_id: decision.commitment_id,
          request_id: payload.request_id,
          decision: decision.receipt,
          receipt: answer.receipt,
        });
      });

      it('has one winner, by whichever name and key the decision is claimed again', async () => {
        const world = await openWorld();
        await world.addKey({ keyId: 'key_second' });
        const decision = await world.issue();
        const other = await world.issue();
        const winner = linkedPayload(
          await world.claim({ request_id: decision.request_id }, { keyId: 'key_second' }),
        );
        expect(winner.confirmer).toEqual({ key_id: 'key_second', class: 'other_key' });
        for (const members of [
          byCommitment(decision),
          { request_id: decision.request_id },
          { ...byCommitment(decision), action_digest: ACTION },
        ]) {
          for (const keyId of ['key_second', 'key_development']) {
            expect(await world.claim(members, { keyId })).toMatchObject({
              kind: 'refused',
              code: 'ERR_ALREADY_CLAIMED',
              relatedRequestId: winner.request_id,
            });
          }
        }
        expect(codeOf(await world.claim(byCommitment(other)))).toBe('issued');
        expect(await numbersOf(world, 'execution_claim')).toEqual([1, 2]);
      });

      it('has one winner among 200 at once', async () => {
        const world = await openThreaded();
        const decisions = [await world.issue(), await world.issue()];
        const claims = oneTo(200).map((number) => {
          const [one, two] = decisions;
          const decision = number % 20 === 0 ? two : one;
          return world.claim({ commitment_id: decision?.commitment_id });
        });
        const outcomes = await Promise.all(claims);
        const winners = outcomes.filter(({ kind }) => kind === 'issued').map(linkedPayload);
        expect(winners.map(({ commitment_id }) => commitment_id).toSorted()).toEqual(
          decisions.map(({ commitment_id }) => commitment_id).toSorted(),
        );
        const losers = outcomes.flatMap((outcome) =>
          outcome.kind === 'refused' ? [outcome.relatedRequestId] : [],
        );
        expect(losers).toHaveLength(198);
        expect(new Set(losers)).toEqual(new Set(winners.map(({ request_id }) => request_id)));
        expect(await numbersOf(world, 'execution_claim')).toEqual([1, 2]);
        expect(await store.countRows('log_leaves')).toBe(4);
      });

      it('is refused a second time by the store itself, if all else fails', async () => {
        const wrapStore = (inner: LedgerStore): LedgerStore => ({
          transaction: (entries, work) =>
            inner.transaction(entries, (transaction) => work(forgetful(transaction))),
          classify: (error) => inner.classify(error),
          get snapshotVersion() {
            return inner.snapshotVersion;
          },
          close: () => inner.close(),
        });
        const world = await openWorld({ wrapStore });
        const decision = await world.issue();
        await world.claim(byCommitment(decision));
        await expect(world.claim(byCommitment(decision))).rejects.toMatchObject({
          code: 'ERR_INTERNAL',
        });
        expect(await numbersOf(world, 'execution_claim')).toEqual([1]);
        expect(codeOf(await world.claim(byCommitment(await world.issue())))).toBe('issued');
        expect(await numbersOf(world, 'execution_claim')).toEqual([1, 2]);
        expect(world.ledger.health().state).toBe('issuing');
      });

      it('is refused where nothing is permitted, and nothing is stored', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const reject = await world.issue({ decision_size_usd: 1_000_000.01 });
        const unmatched = await world.issue({ gate_type: 'data_export_gate' });
        const bound = await world.issue({ action_digest: ACTION });
        const expiring = await world.issue();
        const confirmed = await world.issue();
        await world.applyPath(pathText({ version: 2, enforcement: 'observe' }));
        const observed = await world.issue();
        const confirmation = await world.confirm({
          ...byCommitment(confirmed),
          outcome: 'not_executed',
        });
        const rows = await store.countRows('receipts');
        const attempts: [Record<string, unknown>, string, object?][] = [
          [byCommitment(reject), 'ERR_NOTHING_PERMITTED'],
          [byCommitment(unmatched), 'ERR_NOTHING_PERMITTED'],
          [byCommitment(observed), 'ERR_NOTHING_PERMITTED'],
          [byCommitment(bound), 'ERR_ACTION_MISMATCH', { field: 'action_digest' }],
          [{ ...byCommitment(bound), action_digest: OTHER_ACTION }, 'ERR_ACTION_MISMATCH'],
          [
            byCommitment(confirmed),
            'ERR_ALREADY_CONFIRMED',
            { relatedRequestId: linkedPayload(confirmation).request_id },
          ],
        ];
        for (const [members, code, more = {}] of attempts) {
          expect(await world.claim(members)).toMatchObject({ kind: 'refused', code, ...more });
        }
        sources.set(Date.parse(expiring.expires_at) - 1);
        expect(codeOf(await world.claim(byCommitment(bound)))).toBe('ERR_ACTION_MISMATCH');
        sources.advance(1);
        expect(codeOf(await world.claim(byCommitment(expiring)))).toBe('ERR_DECISION_EXPIRED');
        expect(await store.countRows('receipts')).toBe(rows);
        expect(await numbersOf(world, 'execution_claim')).toEqual([]);
      });

      it('is given for the action that was bound, for a constrain, and until the last moment', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const bound = await world.issue({ action_digest: ACTION });
        const constrain = await world.issue({ decision_size_usd: 750_000 });
        const free = await world.issue();
        sources.set(Date.parse(free.expires_at) - 1);
        const outcomes = [
          await world.claim({ ...byCommitment(bound), action_digest: ACTION }),
          await world.claim(byCommitment(constrain)),
          await world.claim({ ...byCommitment(free), action_digest: OTHER_ACTION }),
        ];
        expect(outcomes.map((outcome) => linkedPayload(outcome).action_digest)).toEqual([
          ACTION,
          undefined,
          OTHER_ACTION,
        ]);
      });
    });

    describe('a confirmation', () => {
      it('is signed and has a stream of its own beside that of the claims', async () => {
        const world = await openWorld();
        const decision = await world.issue({ action_digest: ACTION });
        const bound = { ...byCommitment(decision), action_digest: ACTION };
        const claim = linkedPayload(await world.claim(bound));
        const executedAt = new Date(world.sources.nowMs() - 10).toISOString();
        const outcome = await world.confirm({ ...bound, executed_at: executedAt });
        const payload = confirmationPayload(outcome);
        expect(payload).toMatchObject({
          seq: 1,
          commitment_id: decision.commitment_id,
          boundary_snapshot: claim.boundary_snapshot,
          confirms: claim.confirms,
          outcome: 'executed',
          executed_at: executedAt,
          action_digest: ACTION,
          confirmer: { key_id: 'key_development', class: 'same_key' },
          flags: [],
        });
        expect(payload.stream).not.toBe(claim.stream);
        const answer = answerOf(outcome);
        expectGenuine({ receipt: answer.receipt }, await evidenceOf(world, store));
        expect(JSON.parse(issuedText(outcome))).toEqual({
          outcome: 'executed',
          executed_at: executedAt,
          flags: [],
          confirmer: payload.confirmer,
          confirms: payload.confirms,
          commitment_id: decision.commitment_id,
          request_id: payload.request_id,
          receipt: answer.receipt,
        });
        const streams = await world.ledger.reader.listStreams(DEVELOPMENT);
        expect(streams.map(({ receipt_type }) => receipt_type)).toEqual([
          'boundary_decision',
          'execution_claim',
          'execution_confirmation',
        ]);
        expect(new Set(streams.map(({ stream_key }) => stream_key)).size).toBe(3);
      });

      it('is flagged for what it contradicts', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const allow = await world.issue();
        const bound = await world.issue({ action_digest: ACTION });
        const reject = await world.issue({ decision_size_usd: 1_000_000.01 });
        const unmatched = await world.issue({ gate_type: 'data_export_gate' });
        const late = { executed_at: allow.expires_at };
        sources.set(Date.parse(allow.expires_at) - 1);
        const inTime = { executed_at: new Date(sources.nowMs()).toISOString() };
        const flagsOf = async (members: Record<string, unknown>) =>
          confirmationPayload(await world.confirm(members)).flags;
        expect(await flagsOf(byCommitment(allow))).toEqual([]);
        expect(await flagsOf({ ...byCommitment(allow), ...late })).toEqual(['after_expiry']);
        expect(await flagsOf({ ...byCommitment(allow), action_digest: ACTION })).toEqual([]);
        expect(await flagsOf(byCommitment(bound))).toEqual(['action_mismatch']);
        expect(await flagsOf({ ...byCommitment(bound), action_digest: ACTION })).toEqual([]);
        expect(await flagsOf({ ...byCommitment(reject), outcome: 'not_executed' })).toEqual([
          'after_reject',
        ]);
        expect(await flagsOf(byCommitment(unmatched))).toEqual(['after_reject']);
        sources.advance(1);
        expect(await flagsOf({ ...byCommitment(allow), ...inTime })).toEqual([]);
        expect(await flagsOf(byCommitment(allow))).toEqual(['after_expiry']);
        expect(
          await flagsOf({ ...byCommitment(bound), outcome: 'failed', action_digest: OTHER_ACTION }),
        ).toEqual(['action_mismatch', 'after_expiry', 'conflicts_with_earlier']);
        expect(await flagsOf({ ...byCommitment(allow), outcome: 'unknown' })).toEqual([
          'after_expiry',
          'conflicts_with_earlier',
        ]);
      });

      it('conflicts with earlier ones of its decision in whatever order and at once', async () => {
        const outcomes = fc.array(fc.constantFrom(...OUTCOMES), { minLength: 1, maxLength: 5 });
        const world = await openWorld();
        await fc.assert(
          fc.asyncProperty(outcomes, fc.boolean(), async (said, isAtOnce) => {
            const members = byCommitment(await world.issue());
            const confirm = (outcome: string) => world.confirm({ ...members, outcome });
            const done: CheckOutcome[] = [];
            if (isAtOnce) done.push(...(await Promise.all(said.map(confirm))));
            else for (const outcome of said) done.push(await confirm(outcome));
            const confirmations = done
              .map(confirmationPayload)
              .toSorted((one, other) => one.seq - other.seq);
            confirmations.forEach(({ outcome, flags }, index) => {
              const earlier = confirmations.slice(0, index);
              const isContradicted = earlier.some((other) => other.outcome !== outcome);
              expect(flags).toEqual(isContradicted ? ['conflicts_with_earlier'] : []);
            });
          }),
          { numRuns: 15 },
        );
      });

      it('tells which key of the partner confirmed', async () => {
        const world = await openWorld();
        await world.addKey({ keyId: 'key_second' });
        const decision = await world.issue({}, { keyId: 'key_second' });
        const confirmers = [];
        for (const keyId of ['key_second', 'key_development']) {
          const outcome = await world.confirm(byCommitment(decision), { keyId });
          confirmers.push(linkedPayload(outcome).confirmer);
        }
        expect(confirmers).toEqual([
          { key_id: 'key_second', class: 'same_key' },
          { key_id: 'key_development', class: 'other_key' },
        ]);
      });

      it('is not of the future, beyond what clocks differ', async () => {
        const world = await openWorld();
        const decision = await world.issue();
        const at = (aheadMs: number) => ({
          ...byCommitment(decision),
          executed_at: new Date(world.sources.nowMs() + aheadMs).toISOString(),
        });
        expect(await world.confirm(at(EXECUTED_AHEAD_MS_MAX + 1))).toMatchObject({
          kind: 'refused',
          code: 'ERR_REQUEST_FIELD',
          field: 'executed_at',
        });
        expect(codeOf(await world.confirm(at(EXECUTED_AHEAD_MS_MAX)))).toBe('issued');
      });

      it('comes as often as fits into a bundle', async () => {
        const world = await openWorld();
        const decision = await world.issue();
        await world.claim(byCommitment(decision));
        const confirm = () => world.confirm(byCommitment(decision));
        const outcomes = await Promise.all(oneTo(CONFIRMATIONS_MAX + 3).map(confirm));
        expect(outcomes.map(codeOf)).toEqual([
          ...oneTo(CONFIRMATIONS_MAX).map(() => 'issued'),
          ...oneTo(3).map(() => 'ERR_TOO_MANY_CONFIRMATIONS'),
        ]);
        const { reader } = world.ledger;
        const linked = await reader.findLinked(DEVELOPMENT, decision.commitment_id);
        expect(linked).toHaveLength(CONFIRMATIONS_MAX + 1);
      });
    });

    describe('either', () => {
      const kinds = ['claim', 'confirm'] as const;

      it.each(kinds)('is found by the reader with its decision: %s', async (kind) => {
        const world = await openWorld();
        const decision = await world.issue();
        const outcome = await world[kind](byCommitment(decision));
        const { receipt, request_id } = answerOf(outcome);
        const { reader } = world.ledger;
        const [found, ...others] = await reader.findLinked(DEVELOPMENT, decision.commitment_id);
        expect(others).toEqual([]);
        expect(found).toEqual(await reader.findReceipt(DEVELOPMENT, request_id));
        expect(found).toMatchObject({ receipt, requestId: request_id, seq: 1, epoch: 1 });
        expect(found?.receiptType).toBe(linkedPayload(outcome).receipt_type);
        expect(found?.openingText).toBeUndefined();
        expect(JSON.parse(found?.policyText ?? '')).toEqual(JSON.parse(pathText()));
        const byCommitmentId = await reader.findReceipt(DEVELOPMENT, decision.commitment_id);
        expect(byCommitmentId?.receipt).toEqual(decision.receipt);
        for (const owner of [STAGING, OTHER_PARTNER]) {
          expect(await reader.findReceipt(owner, request_id)).toBeUndefined();
          expect(await reader.findLinked(owner, decision.commitment_id)).toEqual([]);
        }
      });

      it.each(kinds)('knows the decisions of its own partner and environment: %s', async (kind) => {
        const world = await openWorld();
        const decision = await world.issue();
        const own = await world[kind](byCommitment(decision));
        const foreign: [Record<string, unknown>, AskOptions][] = [
          [byCommitment(decision), { owner: OTHER_PARTNER }],
          [{ request_id: decision.request_id }, { owner: OTHER_PARTNER }],
          [byCommitment(decision), { owner: STAGING }],
          [{ request_id: decision.request_id }, { owner: STAGING }],
          // No decision, though a receipt.
          [{ request_id: answerOf(own).request_id }, {}],
          [{ request_id: 'req_019aa000-0000-7000-8000-000000000001' }, {}],
          [{ commitment_id: `bnd_${'A'.repeat(43)}` }, {}],
          // The same first half of the hash.
          [{ commitment_id: `${decision.commitment_id.slice(0, 30)}${'A'.repeat(17)}` }, {}],
        ];
        const rows = await store.countRows('receipts');
        for (const [members, options] of foreign) {
          expect(codeOf(await world[kind](members, options))).toBe('ERR_NOT_FOUND');
        }
        expect(await store.countRows('receipts')).toBe(rows);
      });

      it.each(kinds)('needs a good key with its scope: %s', async (kind) => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const decision = await world.issue();
        const scopes = ['check', 'read', kind === 'claim' ? 'confirm' : 'claim'] as const;
        await world.addKey({ keyId: 'key_scopeless', scopes });
        await world.addKey({ keyId: 'key_gone' });
        await world.ledger.admin.apply({ kind: 'revoke_api_key', keyId: 'key_gone' });
        await world.addKey({ keyId: 'key_short', expiresAtMs: sources.nowMs() + 1 });
        sources.advance(1);
        for (const keyId of ['key_scopeless', 'key_gone', 'key_short', 'key_other', 'nil']) {
          const outcome = await world[kind](byCommitment(decision), { keyId });
          expect(codeOf(outcome)).toBe('ERR_KEY_NOT_ACCEPTED');
        }
        expect(await store.countRows('receipts')).toBe(1);
      });

      it.each(kinds)('is answered again for its idempotency key: %s', async (kind) => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        await world.addKey({ keyId: 'key_second' });
        const decision = await world.issue();
        const idempotencyKey = 'attempt-1';
        const again = (members: Record<string, unknown> = {}, options: AskOptions = {}) =>
          world[kind]({ ...byCommitment(decision), ...members }, { idempotencyKey, ...options });
        const first = await again();
        expect(first).toMatchObject({ kind: 'issued', replayed: false });
        // Whatever happened since: the answer says what was done then.
        sources.set(Date.parse(decision.expires_at) + 1000);
        await world.confirm({ ...byCommitment(decision), outcome: 'failed' });
        await world.ledger.admin.apply({
          kind: 'erase_opening',
          owner: DEVELOPMENT,
          requestId: decision.request_id,
        });
        const second = await again();
        expect(second).toMatchObject({ kind: 'issued', replayed: true });
        expect(issuedText(second)).toBe(issuedText(first));
        const conflict = 'ERR_IDEMPOTENCY_CONFLICT';
        expect(codeOf(await again({ action_digest: ACTION }))).toBe(conflict);
        expect(codeOf(await again({}, { keyId: 'key_second' }))).toBe(conflict);
        expect(codeOf(await world.ask({}, { idempotencyKey }))).toBe(conflict);
        const other = kind === 'claim' ? 'confirm' : 'claim';
        expect(codeOf(await world[other](byCommitment(decision), { idempotencyKey }))).toBe(
          conflict,
        );
        await world.ledger.close();
        const reopened = await openWorld({ sources });
        const options = { idempotencyKey };
        const third = await reopened[kind](byCommitment(decision), options);
        expect(issuedText(third)).toBe(issuedText(first));
      });

      it.each(kinds)('is not the answer to a check’s idempotency key: %s', async (kind) => {
        const world = await openWorld();
        const idempotencyKey = 'order-1';
        const decision = await world.issue({}, { idempotencyKey });
        expect(codeOf(await world[kind](byCommitment(decision), { idempotencyKey }))).toBe(
          'ERR_IDEMPOTENCY_CONFLICT',
        );
      });

      it.each(kinds)('is one for concurrent twins: %s', async (kind) => {
        const world = await openThreaded();
        const decision = await world.issue();
        const options = { idempotencyKey: 'twins' };
        const twins = oneTo(60).map(() => world[kind](byCommitment(decision), options));
        const texts = (await Promise.all(twins)).map(issuedText);
        expect(new Set(texts).size).toBe(1);
        expect(await store.countRows('receipts')).toBe(2);
      });

      it.each(kinds)('is not before its decision, and not by a clock that is: %s', async (kind) => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const decision = await world.issue();
        const { issued_at } = anyPayloadOf(decision.receipt);
        sources.advance(-CLOCK_BEHIND_MS_MAX - 1);
        expect(codeOf(await world[kind](byCommitment(decision)))).toBe('ERR_CLOCK_UNTRUSTED');
        sources.advance(1);
        const payload = linkedPayload(await world[kind](byCommitment(decision)));
        expect(payload.issued_at).toBe(issued_at);
      });

      it.each(kinds)('is not issued for whoever no longer waits: %s', async (kind) => {
        const world = await openWorld();
        const decision = await world.issue();
        const deadlineMs = world.sources.nowMs();
        const outcome = await world[kind](byCommitment(decision), { deadlineMs });
        expect(outcome).toMatchObject({ kind: 'unavailable', code: 'ERR_DEADLINE' });
        expect(await store.countRows('receipts')).toBe(1);
      });

      it('shares transactions with checks, and fails alone', async () => {
        const world = await openThreaded();
        const decisions = await Promise.all(oneTo(30).map(() => world.issue()));
        const asked = decisions.flatMap((decision, index) => [
          world.ask(index % 4 === 0 ? { gate_type: 'data_export_gate' } : {}),
          world.claim(byCommitment(decision)),
          world.confirm(
            index % 3 === 0
              ? byCommitment(decision)
              : { request_id: `req_019aa000-0000-7000-8000-0000000000${10 + index}` },
          ),
        ]);
        const outcomes = await Promise.all(asked);
        const evidence = await evidenceOf(world, store);
        const issued = outcomes.filter(({ kind }) => kind === 'issued').map(answerOf);
        expect(issued).toHaveLength(30 + 30 + 10);
        for (const { receipt } of issued) expectGenuine({ receipt }, evidence);
        expect(await numbersOf(world, 'execution_claim')).toEqual(oneTo(30));
        expect(await numbersOf(world, 'execution_confirmation')).toEqual(oneTo(10));
      });

      it('stands or falls with the other entries of its commit', async () => {
        const world = await openWorld();
        const [one, two] = [await world.issue(), await world.issue()];
        const claim = (decision: Answer) =>
          ({ kind: 'claim', ...world.claimCommand(byCommitment(decision)) }) as const;
        const declined = await world.ledger.writer.commit([claim(one), claim(two), claim(one)]);
        expect(declined.map(codeOf)).toEqual([
          'ERR_LEDGER_CHANGE',
          'ERR_LEDGER_CHANGE',
          'ERR_ALREADY_CLAIMED',
        ]);
        expect(await store.countRows('receipts')).toBe(2);
        const confirmation = {
          kind: 'confirmation',
          ...world.confirmCommand(byCommitment(one)),
        } as const;
        const done = await world.ledger.writer.commit([claim(one), confirmation, world.entry()]);
        expect(done.map(codeOf)).toEqual(['issued', 'issued', 'issued']);
      });

      it('leaves windows and references of checks as they are', async () => {
        const world = await openWorld();
        const members = { external_reference: 'invoice-7' };
        const decision = await world.issue(members);
        await world.claim(byCommitment(decision));
        await world.confirm(byCommitment(decision));
        const again = await world.issue(members);
        expect(again.earlier_commitment_id).toBe(decision.commitment_id);
        expect(anyPayloadOf(again.receipt).seq).toBe(2);
      });
    });
  });
}

/** A transaction that finds nothing that is linked. */
function forgetful(transaction: LedgerTransaction): LedgerTransaction {
  return new Proxy(transaction, {
    get: (target, member) => {
      if (member === 'findLinked') return () => [];
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
