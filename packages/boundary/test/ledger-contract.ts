/** What every store must do, whatever is under it: run against each adapter. */
import { CratonError, digestBytes, encodeBase64, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BATCH_ENTRIES_MAX } from '../src/ledger/batch.ts';
import { WINDOW_MS } from '../src/ledger/issue-decision.ts';
import { CLOCK_BEHIND_MS_MAX, IDEMPOTENCY_MS } from '../src/ledger/issuing.ts';
import type { LedgerEntry } from '../src/ledger/port.ts';
import type { FailureKind, LedgerStore } from '../src/ledger/transaction.ts';
import { replaceInsert } from './replace-insert.ts';
import { FakeSources, START_MS } from './fake-sources.ts';
import { evidenceOf, expectGenuine, oneTo, sequenceOf } from './ledger-evidence.ts';
import {
  type Answer,
  answerOf,
  codeOf,
  DEVELOPMENT,
  ISSUER,
  issuedText,
  type OpenOptions,
  OTHER_PARTNER,
  pathText,
  payloadOf,
  rulesText,
  STAGING,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const SAMPLE = 'sample-threshold';
const UNMATCHED = { gate_type: 'data_export_gate' };
const WINDOW_RULES = [
  ['facts.window_count_24h < 3', 'allow', 'below_count'],
  ['facts.window_count_24h >= 3', 'reject', 'too_many'],
  ['facts.window_sum_usd_cents_24h > 9007199254740990', 'reject', 'too_much'],
] as const;

export function describeLedger(name: string, makeStore: StoreMaker): void {
  describe(`the ledger on ${name}`, () => {
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

    async function openThreaded(options: OpenOptions = {}): Promise<World> {
      const world = await World.openThreaded(store, options);
      worlds.push(world);
      return world;
    }

    describe('issues', () => {
      it('an allow, a constrain and a reject whose receipts verify and match their leaves', async () => {
        const world = await openWorld();
        const allow = await world.issue();
        const constrain = await world.issue({ decision_size_usd: 500000.01 });
        const reject = await world.issue({ decision_size_usd: 1000000.01 });
        expect([allow, constrain, reject].map(({ verdict }) => verdict)).toEqual([
          'allow',
          'constrain',
          'reject',
        ]);
        const evidence = await evidenceOf(world, store);
        for (const [index, answer] of [allow, constrain, reject].entries()) {
          const payload = expectGenuine(answer, evidence);
          expect(payload).toMatchObject({
            issuer: ISSUER,
            seq: index + 1,
            epoch: 1,
            verdict: answer.verdict,
            reasons: answer.reasons,
            expires_at: answer.expires_at,
            request_id: answer.request_id,
            commitment_id: answer.commitment_id,
            boundary_snapshot: answer.boundary_snapshot,
          });
        }
        expect(evidence.leaves.size).toBe(3);
      });

      it('from its own thread, with the system’s clock and randomness', async () => {
        const world = await openThreaded();
        const answers = [await world.issue(), await world.issue(UNMATCHED)];
        const evidence = await evidenceOf(world, store);
        for (const answer of answers) {
          const payload = expectGenuine(answer, evidence);
          expect(Math.abs(Date.parse(payload.issued_at) - Date.now())).toBeLessThan(60_000);
        }
        expect(new Set(answers.map(({ opening }) => opening.nonce)).size).toBe(2);
      });

      it('what no path matches, and what two match, on the stream of unmatched decisions', async () => {
        const world = await openWorld();
        await world.applyPath(pathText({ path_id: 'second', decision_types: ['other_request'] }));
        const none = await world.issue(UNMATCHED);
        const ambiguous = await world.issue({ decision_type: undefined });
        expect(none.reasons).toEqual(['no_live_boundary']);
        expect(ambiguous.reasons).toEqual(['ambiguous_boundary']);
        expect(ambiguous.needs).toEqual([
          { member: 'decision_type', reason: 'ambiguous_boundary' },
        ]);
        expect(await sequenceOf(world, DEVELOPMENT, 'unmatched')).toEqual([1, 2]);
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([]);
      });

      it('nothing for a fact that the path does not declare', async () => {
        const world = await openWorld();
        const command = world.command();
        const outcome = await world.ledger.writer.check({
          ...command,
          request: { ...command.request, facts: { region: { value: 'north' } } },
        });
        expect(outcome).toMatchObject({
          kind: 'refused',
          code: 'ERR_REQUEST_FIELD',
          field: 'context.facts.region',
        });
        expect(await store.countRows('receipts')).toBe(0);
        expect(await store.countRows('streams')).toBe(0);
      });

      it('with the digest of evidence that nobody checked', async () => {
        const world = await openWorld();
        const evidence = digestBytes(utf8('approval'));
        const { opening } = await world.issue({ authorization_evidence: evidence });
        expect(opening.authority).toMatchObject({ class: 'submitted', evidence_digest: evidence });
      });

      it('what the reader then finds, by both ids and in order', async () => {
        const world = await openWorld();
        const answers = [await world.issue(), await world.issue(), await world.issue()];
        const { reader } = world.ledger;
        for (const answer of answers) {
          const byRequest = await reader.findReceipt(DEVELOPMENT, answer.request_id);
          const byCommitment = await reader.findReceipt(DEVELOPMENT, answer.commitment_id);
          expect(byRequest).toEqual(byCommitment);
          expect(byRequest?.receipt).toEqual(answer.receipt);
          expect(JSON.parse(byRequest?.openingText ?? '')).toEqual(answer.opening);
          expect(JSON.parse(byRequest?.policyText ?? '')).toEqual(JSON.parse(pathText()));
          expect(await reader.findLinked(DEVELOPMENT, answer.commitment_id)).toEqual([]);
        }
        const first = await reader.listReceipts(DEVELOPMENT, {
          pathId: SAMPLE,
          fromSeq: 1,
          limit: 2,
        });
        expect(first.receipts.map(({ seq }) => seq)).toEqual([1, 2]);
        expect(first.nextSeq).toBe(3);
        const rest = await reader.listReceipts(DEVELOPMENT, {
          pathId: SAMPLE,
          fromSeq: 3,
          limit: 2,
        });
        expect(rest.receipts.map(({ seq }) => seq)).toEqual([3]);
        expect(rest.nextSeq).toBeUndefined();
        expect(await reader.findLivePath(DEVELOPMENT, SAMPLE)).toBeDefined();
        expect(await reader.findReceipt(DEVELOPMENT, 'neither')).toBeUndefined();
      });
    });

    describe('keeps apart', () => {
      it('partners and environments: receipts, streams, references, idempotency keys', async () => {
        const world = await openWorld();
        const owners = [DEVELOPMENT, STAGING, OTHER_PARTNER];
        const members = { external_reference: 'shared-reference' };
        const answers = [];
        for (const owner of owners) {
          answers.push(await world.issue(members, { owner, idempotencyKey: 'shared-key' }));
        }
        expect(new Set(answers.map(({ request_id }) => request_id)).size).toBe(3);
        expect(answers.map(({ opening }) => opening.ledger.reference_reused)).toEqual([
          false,
          false,
          false,
        ]);
        expect(answers.map(({ receipt }) => payloadOf(receipt).seq)).toEqual([1, 1, 1]);
        const kids = answers.map(({ receipt }) => receipt.kid);
        expect(kids[0]).not.toBe(kids[1]);
        for (const [asking, owner] of owners.entries()) {
          const { reader } = world.ledger;
          for (const [about, answer] of answers.entries()) {
            const byRequest = await reader.findReceipt(owner, answer.request_id);
            const byCommitment = await reader.findReceipt(owner, answer.commitment_id);
            expect(byRequest === undefined).toBe(asking !== about);
            expect(byCommitment === undefined).toBe(asking !== about);
          }
          expect(await reader.listStreams(owner)).toHaveLength(1);
          expect(await sequenceOf(world, owner, SAMPLE)).toEqual([1]);
        }
      });

      it('stream keys: each stream has its own', async () => {
        const world = await openWorld();
        await world.issue();
        await world.issue(UNMATCHED);
        await world.issue({}, { owner: STAGING });
        const streams = [
          ...(await world.ledger.reader.listStreams(DEVELOPMENT)),
          ...(await world.ledger.reader.listStreams(STAGING)),
        ];
        expect(new Set(streams.map(({ stream_key }) => stream_key)).size).toBe(3);
        expect(new Set(streams.map(({ stream }) => stream)).size).toBe(3);
      });

      it('upper from lower case, and a space at the end, in references and keys', async () => {
        const world = await openWorld();
        for (const external_reference of ['Ref-A', 'ref-a', 'ref-a ', 'REF-A']) {
          const { opening } = await world.issue({ external_reference });
          expect(opening.ledger.reference_reused).toBe(false);
        }
        const ids = new Set<string>();
        for (const idempotencyKey of ['Key', 'key', 'key ', 'KEY']) {
          ids.add((await world.issue({}, { idempotencyKey })).request_id);
        }
        expect(ids.size).toBe(4);
      });

      it('whoever has no good key from issuing', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const now = sources.nowMs();
        await world.addKey({ keyId: 'key_reader', scopes: ['read'] });
        await world.addKey({ keyId: 'key_short', expiresAtMs: now + 1000 });
        await world.addKey({ keyId: 'key_gone' });
        await world.ledger.admin.apply({ kind: 'revoke_api_key', keyId: 'key_gone' });
        sources.advance(1000);
        const attempts = ['key_reader', 'key_short', 'key_gone', 'key_other', 'key_staging', 'nil'];
        for (const keyId of attempts) {
          expect(codeOf(await world.ask({}, { keyId }))).toBe('ERR_KEY_NOT_ACCEPTED');
        }
        expect(await store.countRows('receipts')).toBe(0);
        const keys = Array.from(world.ledger.reader.apiKeys().values());
        expect(keys.find(({ keyId }) => keyId === 'key_gone')?.revokedAtMs).toBe(now);
        expect(keys.find(({ keyId }) => keyId === 'key_reader')?.scopes).toEqual(['read']);
      });
    });

    describe('counts', () => {
      it('gapless streams while hundreds of checks run at once, some of them refused', async () => {
        const world = await openThreaded();
        const asks = oneTo(600).map((number) => {
          const owner = number % 3 === 0 ? OTHER_PARTNER : DEVELOPMENT;
          const keyId = number % 7 === 0 ? 'key_unknown' : undefined;
          const members = number % 5 === 0 ? UNMATCHED : {};
          return world.ask(members, { owner, ...(keyId !== undefined && { keyId }) });
        });
        const outcomes = await Promise.all(asks);
        const issued = outcomes.filter(({ kind }) => kind === 'issued').map(answerOf);
        expect(outcomes.length - issued.length).toBe(Math.floor(600 / 7));
        let counted = 0;
        for (const owner of [DEVELOPMENT, OTHER_PARTNER]) {
          const evidence = await evidenceOf(world, store, owner);
          const own = issued.filter(
            ({ receipt }) => payloadOf(receipt).boundary_snapshot.partner_id === owner.partnerId,
          );
          for (const answer of own) expectGenuine(answer, evidence);
          for (const pathId of [SAMPLE, 'unmatched']) {
            const sequence = await sequenceOf(world, owner, pathId);
            expect(sequence).toEqual(oneTo(sequence.length));
            counted += sequence.length;
          }
        }
        expect(counted).toBe(issued.length);
        expect(new Set(issued.map(({ commitment_id }) => commitment_id)).size).toBe(issued.length);
      });

      it('on after a batch with one bad entry, which fails alone', async () => {
        const faults: string[] = [];
        const onFault = (fault: string) => faults.push(fault);
        const issued: Answer[] = [];
        // The store refuses a request id that it has, whenever it is told to store it.
        const wrapStore = (inner: LedgerStore) =>
          replaceInsert(inner, (decision) => {
            const isBad = decision.externalReference === 'bad';
            return isBad ? { ...decision, requestId: issued[0]?.request_id ?? '' } : decision;
          });
        const world = await openWorld({ wrapStore, onFault });
        issued.push(await world.issue());
        const outcomes = await Promise.allSettled(
          oneTo(5).map((number) => world.ask(number === 3 ? { external_reference: 'bad' } : {})),
        );
        expect(outcomes.map(({ status }) => status)).toEqual([
          'fulfilled',
          'fulfilled',
          'rejected',
          'fulfilled',
          'fulfilled',
        ]);
        expect(outcomes[2]).toMatchObject({ reason: { code: 'ERR_INTERNAL' } });
        expect(faults).toHaveLength(1);
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2, 3, 4, 5]);
        expect(await store.countRows('log_leaves')).toBe(5);
        expect(world.ledger.health().state).toBe('issuing');
      });

      it('amounts to the last cent, and sums beyond what is safe as the largest safe integer', async () => {
        const world = await openWorld();
        await world.applyPath(rulesText([WINDOW_RULES[0], WINDOW_RULES[2]], { version: 2 }));
        await world.applyPath(
          rulesText(
            [
              ['facts.window_sum_usd_cents_24h >= 0', 'allow', 'sum_known'],
              ['facts.window_sum_usd_cents_24h < 0', 'reject', 'never'],
            ],
            { version: 3 },
          ),
        );
        const largest = 999_999_999_999_999;
        const command = world.command();
        const request = { ...command.request, decisionSizeUsdCents: largest };
        const sums: unknown[] = [];
        for (let count = 0; count < 12; count++) {
          const outcome = await world.ledger.writer.check({ ...command, request });
          sums.push(answerOf(outcome).opening.facts['window_sum_usd_cents_24h']);
        }
        const exact = oneTo(12).map((number) => BigInt(number - 1) * BigInt(largest));
        expect(sums).toEqual(
          exact.map((sum) => Number(sum > 2n ** 53n - 1n ? 2n ** 53n - 1n : sum)),
        );
        expect(sums.at(-1)).toBe(Number.MAX_SAFE_INTEGER);
      });

      it('versions and times up to the largest safe integer', async () => {
        const world = await openWorld();
        const version = Number.MAX_SAFE_INTEGER;
        await world.applyPath(pathText({ version }));
        await world.addKey({ keyId: 'key_forever', expiresAtMs: Number.MAX_SAFE_INTEGER });
        const answer = await world.issue({}, { keyId: 'key_forever' });
        expect(answer.boundary_snapshot).toMatchObject({ path_version: version });
        const keys = Array.from(world.ledger.reader.apiKeys().values());
        expect(keys.find(({ keyId }) => keyId === 'key_forever')?.expiresAtMs).toBe(version);
      });
    });

    describe('answers an idempotency key', () => {
      const idempotencyKey = 'order-1';

      it('again with the same bytes, needs and earlier commitment included', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const external_reference = 'twice';
        const earlier = await world.issue({ external_reference });
        const command = world.command(
          { external_reference, decision_size_usd: undefined },
          { idempotencyKey },
        );
        const first = await world.ledger.writer.check(command);
        sources.advance(60_000);
        const second = await world.ledger.writer.check(command);
        expect(first).toMatchObject({ kind: 'issued', replayed: false });
        expect(second).toMatchObject({ kind: 'issued', replayed: true });
        expect(issuedText(second)).toBe(issuedText(first));
        expect(answerOf(first)).toMatchObject({
          earlier_commitment_id: earlier.commitment_id,
          needs: [{ member: 'decision_size_usd' }],
        });
        expect(await store.countRows('receipts')).toBe(2);
      });

      it('once for concurrent twins, whether in one batch or in several', async () => {
        const world = await openThreaded();
        const command = world.command({}, { idempotencyKey });
        const twins = oneTo(100).map(() => world.ledger.writer.check(command));
        const texts = (await Promise.all(twins)).map(issuedText);
        expect(new Set(texts).size).toBe(1);
        expect(await store.countRows('receipts')).toBe(1);
      });

      it('not for another request or other evidence', async () => {
        const world = await openWorld();
        const members = { external_reference: 'same' };
        await world.issue(members, { idempotencyKey });
        const others = [
          { ...members, decision_size_usd: 500000.5 },
          { ...members, authorization_evidence: digestBytes(utf8('approval')) },
        ];
        for (const other of others) {
          expect(await world.ask(other, { idempotencyKey })).toMatchObject({
            kind: 'refused',
            code: 'ERR_IDEMPOTENCY_CONFLICT',
          });
        }
        expect(await store.countRows('receipts')).toBe(1);
        const withEvidence = { ...members, authorization_evidence: digestBytes(utf8('approval')) };
        await world.issue(withEvidence, { idempotencyKey: 'order-2' });
        expect(codeOf(await world.ask(members, { idempotencyKey: 'order-2' }))).toBe(
          'ERR_IDEMPOTENCY_CONFLICT',
        );
      });

      it('with a new decision after a refusal: errors are not stored', async () => {
        const world = await openWorld();
        const refused = await world.ask({}, { idempotencyKey, keyId: 'key_unknown' });
        expect(refused.kind).toBe('refused');
        expect(await world.ask({ decision_size_usd: 1 }, { idempotencyKey })).toMatchObject({
          kind: 'issued',
          replayed: false,
        });
      });

      it('for seven days and no longer', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const command = world.command({}, { idempotencyKey, deadlineMs: Infinity });
        const first = await world.ledger.writer.check(command);
        sources.set(START_MS + IDEMPOTENCY_MS - 1);
        expect(await world.ledger.writer.check(command)).toMatchObject({ replayed: true });
        sources.set(START_MS + IDEMPOTENCY_MS);
        const renewed = await world.ledger.writer.check(command);
        expect(renewed).toMatchObject({ kind: 'issued', replayed: false });
        const again = await world.ledger.writer.check(command);
        expect(issuedText(again)).toBe(issuedText(renewed));
        expect(issuedText(again)).not.toBe(issuedText(first));
        sources.advance(1);
        await world.issue();
        expect(await store.countRows('answers')).toBe(1);
      });

      it('after a restart', async () => {
        const world = await openWorld();
        const command = world.command({}, { idempotencyKey });
        const before = issuedText(await world.ledger.writer.check(command));
        await world.ledger.close();
        const reopened = await openWorld();
        const after = await reopened.ledger.writer.check(command);
        expect(after).toMatchObject({ kind: 'issued', replayed: true });
        expect(issuedText(after)).toBe(before);
      });
    });

    describe('knows external references', () => {
      const members = { external_reference: 'invoice-1' };

      it('and flags a reuse with the first commitment, on every path and verdict', async () => {
        const world = await openWorld();
        const first = await world.issue({ ...members, ...UNMATCHED });
        for (const again of [members, members, { ...members, ...UNMATCHED }]) {
          const answer = await world.issue(again);
          expect(answer.opening.ledger.reference_reused).toBe(true);
          expect(answer.reasons).toContain('external_reference_reused');
          expect(answer.earlier_commitment_id).toBe(first.commitment_id);
        }
        expect(first.earlier_commitment_id).toBeUndefined();
      });

      it('among checks that run at once: exactly one is the first', async () => {
        const world = await openWorld();
        const answers = await Promise.all(oneTo(40).map(() => world.issue(members)));
        const first = answers.filter(({ opening }) => !opening.ledger.reference_reused);
        expect(first).toHaveLength(1);
        const earlier = new Set(answers.map(({ earlier_commitment_id }) => earlier_commitment_id));
        expect(earlier).toEqual(new Set([undefined, first[0]?.commitment_id]));
      });

      it('and rejects a reuse where the path says so', async () => {
        const world = await openWorld();
        await world.applyPath(pathText({ version: 2, reference_reuse: 'refuse' }));
        const first = await world.issue(members);
        const second = await world.issue(members);
        expect(first.verdict).toBe('allow');
        expect(second).toMatchObject({
          verdict: 'reject',
          reasons: ['external_reference_reused'],
          earlier_commitment_id: first.commitment_id,
        });
      });

      it('after a restart, and after the opening was erased', async () => {
        const world = await openWorld();
        const first = await world.issue(members);
        await world.ledger.admin.apply({
          kind: 'erase_opening',
          owner: DEVELOPMENT,
          requestId: first.request_id,
        });
        await world.ledger.close();
        const reopened = await openWorld();
        const second = await reopened.issue(members);
        expect(second.earlier_commitment_id).toBe(first.commitment_id);
      });
    });

    describe('measures windows', () => {
      it('exactly: 24 h back and no further, rejects left out, this decision left out', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const rules = [
          ['has(request.decision_owner) && request.decision_owner == "stop"', 'reject', 'stopped'],
          ['facts.window_count_24h >= 0', 'allow', 'counted'],
          ['facts.window_sum_usd_cents_24h < 0', 'reject', 'never'],
        ];
        await world.applyPath(rulesText(rules, { version: 2 }));
        const windows = async (members: Record<string, unknown> = {}) => {
          const { opening } = await world.issue(members, { deadlineMs: Infinity });
          const { window_count_24h, window_sum_usd_cents_24h } = opening.facts;
          return [window_count_24h, window_sum_usd_cents_24h];
        };
        expect(await windows({ decision_size_usd: 100.01 })).toEqual([0, 0]);
        expect(await windows({ decision_size_usd: 7, decision_owner: 'stop' })).toEqual([1, 10001]);
        expect(await windows({ decision_size_usd: undefined })).toEqual([1, 10001]);
        sources.advance(1000);
        expect(await windows({ decision_size_usd: 2 })).toEqual([2, 10001]);
        sources.set(START_MS + WINDOW_MS);
        expect(await windows({ decision_size_usd: 3 })).toEqual([3, 10201]);
        sources.advance(1);
        expect(await windows({ decision_size_usd: 4 })).toEqual([2, 500]);
        sources.set(START_MS + 3 * WINDOW_MS);
        expect(await windows()).toEqual([0, 0]);
      });

      it('so that of fifty checks at once exactly three pass a limit of three', async () => {
        const world = await openThreaded();
        await world.applyPath(rulesText(WINDOW_RULES, { version: 2 }));
        const answers = await Promise.all(oneTo(50).map(() => world.issue()));
        expect(answers.filter(({ verdict }) => verdict === 'allow')).toHaveLength(3);
        const counts = answers.map(({ opening }) => opening.facts['window_count_24h']);
        expect(Math.max(...counts.map(Number))).toBe(3);
      });

      it('as a plain count over all earlier decisions does, whatever their times', async () => {
        const step = fc.record({
          gapMs: fc.constantFrom(0, 0, 1, 3_600_000, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1),
          cents: fc.integer({ min: 0, max: 1_000_000 }),
          isRestarted: fc.boolean(),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
            const one = makeStore();
            const sources = new FakeSources();
            let world = await World.open(one, { sources });
            const rules = [
              ['facts.window_count_24h >= 0 && facts.window_sum_usd_cents_24h >= 0', 'allow', 'ok'],
            ];
            await world.applyPath(rulesText(rules, { version: 2 }));
            const earlier: { atMs: number; cents: number }[] = [];
            for (const { gapMs, cents, isRestarted } of steps) {
              sources.advance(gapMs);
              if (isRestarted) {
                await world.ledger.close();
                world = await World.open(one, { sources });
              }
              const atMs = sources.nowMs();
              const inside = earlier.filter((decision) => decision.atMs >= atMs - WINDOW_MS);
              const { opening } = await world.issue({
                decision_size_usd: cents / 100,
                external_reference: `step-${earlier.length}`,
              });
              expect(opening.facts).toMatchObject({
                window_count_24h: inside.length,
                window_sum_usd_cents_24h: inside.reduce((sum, decision) => sum + decision.cents, 0),
              });
              earlier.push({ atMs, cents });
            }
            await world.ledger.close();
            await one.remove();
          }),
          { numRuns: 15 },
        );
      });
    });

    describe('minds the clock', () => {
      it('when it is a little behind: times never go back on a stream', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        const first = payloadOf((await world.issue()).receipt);
        sources.advance(-CLOCK_BEHIND_MS_MAX);
        const second = payloadOf((await world.issue()).receipt);
        expect(second.issued_at).toBe(first.issued_at);
        expect(second.evaluated_at).toBe(first.issued_at);
        expect(second.seq).toBe(2);
      });

      it('when it is far behind: nothing is issued until it is right again', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        await world.issue();
        sources.advance(-CLOCK_BEHIND_MS_MAX - 1);
        expect(await world.ask()).toMatchObject({
          kind: 'unavailable',
          code: 'ERR_CLOCK_UNTRUSTED',
        });
        sources.advance(1);
        expect(payloadOf((await world.issue()).receipt).seq).toBe(2);
      });

      it('when a decision would be issued at its expiry: nothing is issued', async () => {
        const sources = new FakeSources();
        const world = await openWorld({ sources });
        sources.onRequestId = () => sources.advance(300_000);
        expect(codeOf(await world.ask())).toBe('ERR_CLOCK_UNTRUSTED');
        expect(await store.countRows('receipts')).toBe(0);
        sources.onRequestId = () => sources.advance(299_999);
        const payload = payloadOf((await world.issue()).receipt);
        expect(Date.parse(payload.expires_at) - Date.parse(payload.issued_at)).toBe(1);
      });

      it('when the caller no longer waits', async () => {
        const world = await openWorld();
        const deadlineMs = world.sources.nowMs();
        expect(codeOf(await world.ask({}, { deadlineMs }))).toBe('ERR_DEADLINE');
        expect(await store.countRows('receipts')).toBe(0);
      });
    });

    describe('changes', () => {
      it('apply from the next entry on, and all of them or none', async () => {
        const world = await openWorld();
        const { writer, reader } = world.ledger;
        const stricter = rulesText([['true', 'reject', 'closed']], { version: 2 });
        const change = {
          kind: 'apply_path',
          environment: 'development',
          documentText: stricter,
        } as const;
        await expect(
          writer.commit([], [change, { kind: 'revoke_api_key', keyId: 'unknown' }]),
        ).rejects.toMatchObject({ code: 'ERR_LEDGER_CHANGE' });
        expect((await world.issue()).verdict).toBe('allow');
        const [outcome] = await writer.commit([world.entry()], [change]);
        expect(outcome && answerOf(outcome).verdict).toBe('allow');
        const after = await world.issue();
        expect(after).toMatchObject({ verdict: 'reject', reasons: ['closed'] });
        expect(after.boundary_snapshot).toMatchObject({ path_version: 2 });
        expect(JSON.parse((await reader.findLivePath(DEVELOPMENT, SAMPLE)) ?? '')).toMatchObject({
          version: 2,
        });
      });

      it('are not made if an entry beside them is not issued', async () => {
        const world = await openWorld();
        const change = {
          kind: 'apply_path',
          environment: 'development',
          documentText: pathText({ version: 2 }),
        } as const;
        const entries = [world.entry(), world.entry({}, { keyId: 'key_unknown' })];
        const outcomes = await world.ledger.writer.commit(entries, [change]);
        expect(outcomes.map(codeOf)).toEqual(['ERR_LEDGER_CHANGE', 'ERR_KEY_NOT_ACCEPTED']);
        expect(await store.countRows('receipts')).toBe(0);
        expect((await world.issue()).boundary_snapshot).toMatchObject({ path_version: 1 });
      });

      it('of paths: a version never changes, new ones go up, no two answer for one boundary', async () => {
        const world = await openWorld();
        await world.applyPath(pathText());
        await world.applyPath(pathText({ version: 3 }));
        const refused: [string, string][] = [
          [pathText({ version: 3, salt: 'AAAAAAAAAAAAAAAAAAAAAA' }), 'ERR_LEDGER_CHANGE'],
          [pathText({ version: 2 }), 'ERR_LEDGER_CHANGE'],
          [pathText({ path_id: 'rival' }), 'ERR_PATH_DOCUMENT'],
          [pathText({ path_id: 'stranger', partner_id: 'nobody' }), 'ERR_LEDGER_CHANGE'],
          [pathText({ version: 4, unit: 'unknown_unit' }), 'ERR_LEDGER_CHANGE'],
          [pathText({ version: 4, surprise: true }), 'ERR_PATH_DOCUMENT'],
        ];
        for (const [documentText, code] of refused) {
          await expect(world.applyPath(documentText)).rejects.toMatchObject({ code });
        }
        expect((await world.issue()).boundary_snapshot).toMatchObject({ path_version: 3 });
        await world.applyPath(pathText());
        expect((await world.issue()).boundary_snapshot).toMatchObject({ path_version: 1 });
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2]);
      });

      it('of keys: one key once, for a known partner, revoked for good', async () => {
        const world = await openWorld();
        await expect(world.addKey({ keyId: 'key_development' })).rejects.toMatchObject({
          code: 'ERR_LEDGER_CHANGE',
        });
        await expect(
          world.addKey({ keyId: 'key_nobody', partnerId: 'nobody' }),
        ).rejects.toMatchObject({ code: 'ERR_LEDGER_CHANGE', field: 'partner_id' });
        expect(codeOf(await world.ask())).toBe('issued');
        const pending = world.ask();
        await world.ledger.admin.apply({ kind: 'revoke_api_key', keyId: 'key_development' });
        // What is asked for at the same moment comes before or after the change, never in between:
        // what came before it is stored by now.
        const stored = await store.countRows('receipts');
        const isBefore = codeOf(await pending) === 'issued';
        expect(codeOf(await pending)).toBe(isBefore ? 'issued' : 'ERR_KEY_NOT_ACCEPTED');
        expect(stored).toBe(isBefore ? 2 : 1);
        expect(codeOf(await world.ask())).toBe('ERR_KEY_NOT_ACCEPTED');
      });

      it('erase an opening and nothing else', async () => {
        const world = await openWorld();
        const command = world.command({}, { idempotencyKey: 'erased' });
        const before = answerOf(await world.ledger.writer.check(command));
        const other = await world.issue();
        const erase = { kind: 'erase_opening', requestId: before.request_id } as const;
        await expect(
          world.ledger.admin.apply({ ...erase, owner: OTHER_PARTNER }),
        ).rejects.toMatchObject({ code: 'ERR_LEDGER_CHANGE' });
        await world.ledger.admin.apply({ ...erase, owner: DEVELOPMENT });
        const { reader } = world.ledger;
        const found = await reader.findReceipt(DEVELOPMENT, before.request_id);
        expect(found?.openingText).toBeUndefined();
        expect(found?.receipt).toEqual(before.receipt);
        const evidence = await evidenceOf(world, store);
        expectGenuine({ receipt: before.receipt }, evidence);
        expectGenuine(other, evidence);
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual([1, 2]);
        expect(
          (await reader.findReceipt(DEVELOPMENT, other.request_id))?.openingText,
        ).toBeDefined();
        const replayed = answerOf(await world.ledger.writer.check(command));
        const { opening, ...rest } = before;
        expect(opening.request_id).toBe(before.request_id);
        expect(replayed).toEqual(rest);
      });

      it('and entries come in commits of a bounded size', async () => {
        const world = await openWorld();
        const entries = oneTo(BATCH_ENTRIES_MAX + 1).map(() => world.entry());
        await expect(world.ledger.writer.commit(entries)).rejects.toThrow(TypeError);
        const outcomes = await world.ledger.writer.commit(entries.slice(1));
        expect(outcomes.every(({ kind }) => kind === 'issued')).toBe(true);
      });
    });

    describe('when it fails', () => {
      /** Fails transactions on their last step while it is on, if they are what it looks for. */
      function sabotage(kind: FailureKind, fails: (entries: readonly LedgerEntry[]) => boolean) {
        const state = { isOn: false };
        const fault = new Error('injected');
        const wrapStore = (inner: LedgerStore): LedgerStore => ({
          transaction: (entries, work) => {
            // Outside of what the runner calls its work, so that it cannot know where.
            const failing = state.isOn && fails(entries);
            return inner.transaction(entries, (transaction) => {
              const result = work(transaction);
              if (failing) throw fault;
              return result;
            });
          },
          classify: (error) => (error === fault ? kind : inner.classify(error)),
          get snapshotVersion() {
            return inner.snapshotVersion;
          },
          close: () => inner.close(),
        });
        return { state, wrapStore };
      }

      it('on one commit of a batch and does not say which: the others are issued', async () => {
        const reference = 'poison';
        const { state, wrapStore } = sabotage('entry', (entries) =>
          entries.some(
            (entry) => entry.kind === 'decision' && entry.request.externalReference === reference,
          ),
        );
        const world = await openWorld({ wrapStore });
        state.isOn = true;
        const asks = oneTo(9).map((number) =>
          world.ask(number === 4 ? { external_reference: reference } : {}),
        );
        const settled = await Promise.allSettled(asks);
        const failed = settled.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []));
        expect(failed).toEqual([3]);
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual(oneTo(8));
        expect(world.ledger.health().state).toBe('issuing');
      });

      it('for a moment: nothing is issued, no number is lost, and it goes on', async () => {
        const { state, wrapStore } = sabotage('unavailable', () => true);
        const world = await openWorld({ wrapStore });
        await world.issue();
        state.isOn = true;
        const failed = await Promise.all(oneTo(40).map(() => world.ask()));
        expect(new Set(failed.map(codeOf))).toEqual(new Set(['ERR_STORE_UNAVAILABLE']));
        expect(await store.countRows('receipts')).toBe(1);
        expect(await store.countRows('log_leaves')).toBe(1);
        state.isOn = false;
        const next = await world.issue();
        expect(payloadOf(next.receipt).seq).toBe(2);
        expectGenuine(next, await evidenceOf(world, store));
        expect(world.ledger.health().state).toBe('issuing');
      });

      it('for good: nothing is issued any more, and it says so', async () => {
        const { state, wrapStore } = sabotage('fatal', () => true);
        const world = await openWorld({ wrapStore });
        await world.issue();
        state.isOn = true;
        const asks = oneTo(80).map(() => world.ask());
        const codes = new Set((await Promise.all(asks)).map(codeOf));
        expect(codes).toEqual(new Set(['ERR_STORE_UNAVAILABLE']));
        state.isOn = false;
        expect(await world.ask()).toMatchObject({
          kind: 'unavailable',
          code: 'ERR_STORE_UNAVAILABLE',
        });
        await expect(world.applyPath(pathText({ version: 2 }))).rejects.toMatchObject({
          code: 'ERR_STORE_UNAVAILABLE',
        });
        expect(world.ledger.health()).toMatchObject({
          state: 'failed',
          code: 'ERR_STORE_UNAVAILABLE',
          queued: 0,
          inFlight: 0,
        });
        expect(await store.countRows('receipts')).toBe(1);
        await world.ledger.close();
        const reopened = await openWorld();
        const [second] = [await reopened.issue()];
        expect(payloadOf(second.receipt).seq).toBe(2);
      });

      it('to sign: nothing is issued any more', async () => {
        const state = { isOn: false };
        const wrapStore = (inner: LedgerStore): LedgerStore => ({
          transaction: (entries, work) =>
            inner.transaction(entries, (transaction) => {
              if (state.isOn) throw new CratonError('ERR_SIGNING', 'The key is gone.');
              return work(transaction);
            }),
          classify: (error) => inner.classify(error),
          snapshotVersion: 0,
          close: () => inner.close(),
        });
        const world = await openWorld({ wrapStore });
        state.isOn = true;
        expect(codeOf(await world.ask())).toBe('ERR_SIGNING');
        state.isOn = false;
        expect(codeOf(await world.ask())).toBe('ERR_SIGNING');
        expect(world.ledger.health()).toMatchObject({ state: 'failed', code: 'ERR_SIGNING' });
        expect(await store.countRows('receipts')).toBe(0);
      });
    });

    describe('under pressure', () => {
      /** Holds transactions back until it is opened. */
      function gate() {
        let open: () => void = () => undefined;
        const opened = new Promise<void>((resolve) => {
          open = resolve;
        });
        const state = { isShut: false };
        const wrapStore = (inner: LedgerStore): LedgerStore => ({
          transaction: async (entries, work) => {
            if (state.isShut) await opened;
            return inner.transaction(entries, work);
          },
          classify: (error) => inner.classify(error),
          get snapshotVersion() {
            return inner.snapshotVersion;
          },
          close: () => inner.close(),
        });
        return { state, open, wrapStore };
      }

      it('takes what the queue holds, refuses the rest, and answers what it took', async () => {
        const { state, open, wrapStore } = gate();
        const world = await openWorld({ wrapStore, queueMax: 200 });
        state.isShut = true;
        const asks = oneTo(300).map(() => world.ask());
        await new Promise((resolve) => setImmediate(resolve));
        expect(world.ledger.health().inFlight).toBe(4 * BATCH_ENTRIES_MAX);
        open();
        const codes = (await Promise.all(asks)).map(codeOf);
        expect(codes.slice(0, 200)).toEqual(oneTo(200).map(() => 'issued'));
        expect(codes.slice(200)).toEqual(oneTo(100).map(() => 'ERR_QUEUE_FULL'));
        expect(await sequenceOf(world, DEVELOPMENT, SAMPLE)).toEqual(oneTo(200));
        expect(world.ledger.health()).toMatchObject({ queued: 0, inFlight: 0 });
      });

      it('tells those whose time ends in the queue, and never issues for them', async () => {
        const { state, open, wrapStore } = gate();
        const sources = new FakeSources();
        const world = await openWorld({ wrapStore, sources });
        state.isShut = true;
        const patient = oneTo(4 * BATCH_ENTRIES_MAX).map(() => world.ask());
        const deadlineMs = sources.nowMs() + 1000;
        const hasty = oneTo(10).map(() => world.ask({}, { deadlineMs }));
        await new Promise((resolve) => setImmediate(resolve));
        sources.advance(1000);
        const told = await Promise.all(hasty);
        expect(new Set(told.map(codeOf))).toEqual(new Set(['ERR_DEADLINE']));
        open();
        expect(new Set((await Promise.all(patient)).map(codeOf))).toEqual(new Set(['issued']));
        expect(await store.countRows('receipts')).toBe(patient.length);
      });

      it('closes after answering what it took', async () => {
        const world = await openThreaded();
        const asks = oneTo(300).map(() => world.ask());
        const closed = world.ledger.close();
        expect(world.ledger.health().state).toBe('closing');
        expect(codeOf(await world.ask())).toBe('ERR_SHUTTING_DOWN');
        await expect(world.applyPath(pathText({ version: 2 }))).rejects.toMatchObject({
          code: 'ERR_SHUTTING_DOWN',
        });
        await closed;
        const texts = (await Promise.all(asks)).map(issuedText);
        expect(new Set(texts).size).toBe(300);
        expect(world.ledger.health()).toMatchObject({ state: 'closed', queued: 0 });
        expect(await store.countRows('receipts')).toBe(300);
      });
    });

    describe('after a restart', () => {
      it('has everything: identity, keys, paths, streams, receipts', async () => {
        const world = await openWorld();
        const before = await Promise.all(oneTo(70).map(() => world.issue()));
        const identity = await world.ledger.reader.storeIdentity();
        const streams = await world.ledger.reader.listStreams(DEVELOPMENT);
        const keys = world.ledger.reader.apiKeys();
        await world.ledger.close();

        const reopened = await openWorld();
        const { reader } = reopened.ledger;
        expect(await reader.storeIdentity()).toBe(identity);
        expect(await reader.listStreams(DEVELOPMENT)).toEqual(streams);
        expect(reader.apiKeys()).toEqual(keys);
        const evidence = await evidenceOf(reopened, store);
        for (const answer of before) {
          expectGenuine(answer, evidence);
          const found = await reader.findReceipt(DEVELOPMENT, answer.commitment_id);
          expect(found?.receipt).toEqual(answer.receipt);
        }
        expect(payloadOf((await reopened.issue()).receipt).seq).toBe(71);
      });

      it('says of itself which database it is in, and shows its newest receipt', async () => {
        const world = await openWorld();
        const { reader } = world.ledger;
        const empty = await reader.measureStore();
        expect(empty).toMatchObject({ migrationsPending: false });
        expect(empty.identities).toContain(await reader.storeIdentity());
        expect(empty.newestReceipt).toBeUndefined();
        await world.issue();
        const { receipt } = await world.issue();
        const { newestReceipt, ...others } = await reader.measureStore();
        expect(others).toEqual(empty);
        expect(newestReceipt?.kid).toBe(receipt.kid);
        expect(encodeBase64(newestReceipt?.payload ?? new Uint8Array())).toBe(receipt.payload_b64);
        expect(encodeBase64(newestReceipt?.signature ?? new Uint8Array())).toBe(receipt.signature);
      });

      it('of another store has another identity', async () => {
        const world = await openWorld();
        const other = makeStore();
        const sources = new FakeSources();
        sources.randomBytes(1);
        const elsewhere = await World.open(other, { sources });
        expect(await elsewhere.ledger.reader.storeIdentity()).not.toBe(
          await world.ledger.reader.storeIdentity(),
        );
        await elsewhere.ledger.close();
        await other.remove();
      });
    });
  });
}
