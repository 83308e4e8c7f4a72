/** What every store must do with people, sessions, records and deployments: run against each adapter. */
import {
  canonicalize,
  decodeBase64,
  type DeploymentPayload,
  parseCheckRequest,
  parseStrict,
  readPayload,
  type Receipt,
  taggedDigest,
  utf8,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerChange } from '../src/ledger/change.ts';
import type { OperatorRecord } from '../src/ledger/operator-records.ts';
import type { DeploymentCommand } from '../src/ledger/port.ts';
import { FakeSources, START_MS } from './fake-sources.ts';
import { evidenceOf, expectGenuine } from './ledger-evidence.ts';
import {
  type Answer,
  DEVELOPMENT,
  issuedText,
  OTHER_PARTNER,
  pathText,
  rulesText,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';
import { sampleBody } from './sample.ts';

const CHAIN = 'rollout:one';
const SAMPLE = 'sample-threshold';
const SESSION = 'a'.repeat(64);
const HOUR_MS = 3_600_000;

const record = (
  body: object,
  members: { chain?: string; afterSeq?: number } = {},
): LedgerChange => ({
  kind: 'append_record',
  chain: CHAIN,
  actor: 'act_one',
  recordKind: 'noted',
  bodyText: canonicalize(body),
  ...members,
});
const person = (actId: string, subject = actId, name?: string): LedgerChange => ({
  kind: 'upsert_person',
  actId,
  issuer: 'https://id.example',
  subject,
  ...(name !== undefined && { name }),
});
const session = (actId: string, authenticatedAtMs = START_MS): LedgerChange => ({
  kind: 'put_session',
  sessionSha256: SESSION,
  actId,
  authenticatedAtMs,
  expiresAtMs: START_MS + HOUR_MS,
});

const tokenOf = (actId: string, digit: string): LedgerChange => ({
  kind: 'insert_api_key',
  keySha256: digit.repeat(64),
  key: {
    ...{ keyId: `key_${digit}`, kind: 'ops', environment: 'development', actId },
    scopes: ['read'],
    expiresAtMs: START_MS + HOUR_MS,
  },
});

/** What the digest of a stored record must be, from what is shown of it. */
function digestOf(one: OperatorRecord, previous?: OperatorRecord): string {
  const { chain, seq, atMs, actor, kind, bodyText } = one;
  return taggedDigest('craton.operator_record.v1', {
    chain,
    seq,
    at: new Date(atMs).toISOString(),
    actor,
    kind,
    body: parseStrict(utf8(bodyText), { numbers: 'safe', depthMax: 12 }),
    ...(previous && { previous: previous.digest }),
  });
}

interface Deployed {
  readonly decision: Answer;
  readonly deployment_record?: Receipt;
}

export function describeOperators(name: string, makeStore: StoreMaker): void {
  describe(`what operators do on ${name}`, () => {
    let store: StoreUnderTest;
    let sources: FakeSources;
    let world: World;

    beforeEach(async () => {
      store = makeStore();
      sources = new FakeSources();
      world = await World.open(store, { sources });
    });
    afterEach(async () => {
      await world.ledger.close();
      await store.remove();
    });

    const apply = (...changes: LedgerChange[]) => world.ledger.admin.apply(...changes);
    const refused = (code: string) => expect.objectContaining({ code }) as Error;

    it('keeps records in chains that anybody can check', async () => {
      const { operatorRecords } = world.ledger;
      await apply(record({ n: 1 }), record({ n: 2 }, { chain: 'governance:development' }));
      // A clock that went back does not turn the order round.
      sources.advance(-3);
      await apply(record({ n: 3, deep: { list: [{ more: true }] } }, { afterSeq: 1 }));
      const [first, second, ...others] = await operatorRecords.readChain(CHAIN);
      if (first === undefined || second === undefined) throw new Error('Records are missing.');
      expect(others).toEqual([]);
      expect([first.seq, second.seq, first.atMs, second.atMs]).toEqual([1, 2, START_MS, START_MS]);
      expect(JSON.parse(second.bodyText)).toEqual({ n: 3, deep: { list: [{ more: true }] } });
      expect(first.digest).toBe(digestOf(first));
      expect(second.digest).toBe(digestOf(second, first));
      const all = await operatorRecords.listSince(0);
      expect(all.map(({ recordId, chain }) => [recordId, chain])).toEqual([
        [1, CHAIN],
        [2, 'governance:development'],
        [3, CHAIN],
      ]);
      expect((await operatorRecords.listSince(1, 1)).map(({ recordId }) => recordId)).toEqual([2]);
      await apply(record({ subject: 'drf_1' }, { chain: 'rollout:two' }));
      expect(await operatorRecords.findChains('noted', 'drf_1')).toEqual(['rollout:two']);
      expect(await operatorRecords.findChains('noted', 'drf_')).toEqual([]);
      expect(await operatorRecords.findChains('other', 'drf_1')).toEqual([]);
      expect(await operatorRecords.listChains('rollout:o')).toEqual([
        { chain: CHAIN, seq: 2, atMs: START_MS },
      ]);
    });

    it('refuses what was decided on an older state, and stores none of it', async () => {
      await apply(record({ n: 1 }, { afterSeq: 0 }));
      const stale: LedgerChange[][] = [
        [record({ n: 2 }, { chain: 'path:other' }), record({ n: 2 }, { afterSeq: 0 })],
        [record({ n: 2 }), { kind: 'expect', heads: { [CHAIN]: 1 } }],
        [{ kind: 'expect', heads: { [CHAIN]: 1, 'path:other': 1 } }, record({ n: 2 })],
        [record({ n: 2 }), { kind: 'expect', beforeMs: START_MS }],
      ];
      for (const changes of stale) {
        await expect(apply(...changes)).rejects.toEqual(refused('ERR_RECORD_CONFLICT'));
      }
      expect(await store.countRows('operator_records')).toBe(1);
      await apply(
        { kind: 'expect', heads: { [CHAIN]: 1, 'path:other': 0 }, beforeMs: START_MS + 1 },
        record({ n: 2 }, { afterSeq: 1 }),
      );
      expect(await store.countRows('operator_records')).toBe(2);
    });

    it('lets one of two win who saw the same state', async () => {
      const both = [1, 2].map((n) => apply(record({ n }, { afterSeq: 0 })));
      const results = await Promise.allSettled(both);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store.countRows('operator_records')).toBe(1);
    });

    it('knows people by their provider, and forgets them', async () => {
      const { operatorRecords } = world.ledger;
      await apply(person('act_one', 'sub-1', 'Ada'), person('act_two', 'sub-2'));
      await apply(person('act_one', 'sub-1', 'Ada L.'));
      const found = await operatorRecords.findPersonOf('https://id.example', 'sub-1');
      expect(found).toMatchObject({ actId: 'act_one', name: 'Ada L.' });
      await expect(apply(person('act_three', 'sub-1'))).rejects.toThrow(
        refused('ERR_LEDGER_CHANGE'),
      );
      await expect(apply(person('act_two', 'sub-9'))).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      await apply(session('act_one'));
      await apply(tokenOf('act_one', 'c'));
      await expect(apply(tokenOf('act_nobody', 'd'))).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      expect(world.ledger.reader.apiKeys().get('c'.repeat(64))?.actId).toBe('act_one');
      await apply({ kind: 'erase_person', actId: 'act_one' });
      expect(await operatorRecords.findPerson('act_one')).toEqual({
        actId: 'act_one',
        erasedAtMs: START_MS,
      });
      expect(await operatorRecords.findSession(SESSION)).toMatchObject({ endedAtMs: START_MS });
      expect(world.ledger.reader.apiKeys().get('c'.repeat(64))?.revokedAtMs).toBe(START_MS);
      for (const change of [session('act_one'), tokenOf('act_one', 'd')]) {
        await expect(apply(change)).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      }
      expect((await operatorRecords.listPeople()).map(({ actId }) => actId)).toEqual([
        'act_one',
        'act_two',
      ]);
    });

    it('keeps sessions until they end', async () => {
      const { operatorRecords } = world.ledger;
      await apply(person('act_one'), person('act_two'), session('act_one'));
      await apply(session('act_one', START_MS + 5));
      const expected = { actId: 'act_one', authenticatedAtMs: START_MS + 5 };
      expect(await operatorRecords.findSession(SESSION)).toMatchObject(expected);
      await expect(apply(session('act_two'))).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      await apply({ kind: 'end_session', sessionSha256: SESSION });
      expect(await operatorRecords.findSession(SESSION)).toMatchObject({ endedAtMs: START_MS });
      await expect(apply(session('act_one'))).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      expect(await operatorRecords.findSession('b'.repeat(64))).toBeUndefined();
    });

    it('moves cursors forward only', async () => {
      const move = (recordId: number) => apply({ kind: 'move_cursor', receiver: 'hook', recordId });
      expect(await world.ledger.operatorRecords.cursorOf('hook')).toBe(0);
      for (const recordId of [3, 2]) await move(recordId);
      expect(await world.ledger.operatorRecords.cursorOf('hook')).toBe(3);
    });

    it('brings an earlier version back, and leaves a path without one', async () => {
      await world.applyPath(rulesText([['true', 'reject', 'closed']], { version: 2 }));
      const versions = async () => {
        const { boundary_snapshot: snapshot, verdict } = await world.issue();
        return [snapshot, verdict] as const;
      };
      expect(await versions()).toMatchObject([{ path_version: 2 }, 'reject']);
      await apply({ kind: 'restore_path', owner: DEVELOPMENT, pathId: SAMPLE, version: 1 });
      expect(await versions()).toMatchObject([{ path_version: 1 }, 'allow']);
      await apply({ kind: 'suspend_path', owner: DEVELOPMENT, pathId: SAMPLE });
      expect(await versions()).toMatchObject([{ path_id: 'unmatched' }, 'reject']);
      await apply({ kind: 'restore_path', owner: DEVELOPMENT, pathId: SAMPLE, version: 2 });
      expect(await versions()).toMatchObject([{ path_version: 2 }, 'reject']);
      for (const change of [
        { kind: 'restore_path', owner: DEVELOPMENT, pathId: SAMPLE, version: 3 },
        { kind: 'restore_path', owner: DEVELOPMENT, pathId: 'nowhere', version: 1 },
        { kind: 'suspend_path', owner: DEVELOPMENT, pathId: 'nowhere' },
      ] as const) {
        await expect(apply(change)).rejects.toThrow(refused('ERR_LEDGER_CHANGE'));
      }
      // The other partner's path of the same name was not touched.
      const other = await world.issue({}, { owner: OTHER_PARTNER });
      expect(other.boundary_snapshot).toMatchObject({ path_id: SAMPLE });
    });

    /** Approved by the sample path, whose owner has no key of its own. */
    function deployment(members: Record<string, unknown> = {}): DeploymentCommand {
      const requestId = sources.requestId(START_MS);
      const body = sampleBody({
        partner_id: DEVELOPMENT.partnerId,
        external_reference: `deploy-${requestId}`,
        ...members,
      });
      return {
        environment: 'development',
        request: parseCheckRequest(body),
        requestId,
        actor: 'act_one',
        recordText: canonicalize({
          schema: 'craton.deployment.record.v1',
          action: 'deploy',
          gates: [{ id: 'G1', criteria: [{ id: 'G1.1', result: 'pass' }] }],
        }),
        deadlineMs: START_MS + HOUR_MS,
      };
    }

    const deploy = async (command: DeploymentCommand, ...changes: LedgerChange[]) => {
      const [outcome] = await world.ledger.writer.commit(
        [{ kind: 'deployment', ...command }],
        changes,
      );
      if (outcome === undefined) throw new Error('No outcome.');
      return outcome;
    };
    const newVersion: LedgerChange = {
      kind: 'apply_path',
      environment: 'development',
      documentText: pathText({ version: 2 }),
    };

    it('deploys with a decision, a record and the change in one transaction', async () => {
      const command = deployment();
      const outcome = await deploy(command, newVersion, record({ deployed: true }));
      const answer = JSON.parse(issuedText(outcome)) as Deployed;
      expect(answer.decision).toMatchObject({ verdict: 'allow', request_id: command.requestId });
      const found = await world.ledger.reader.findLinked(
        DEVELOPMENT,
        answer.decision.commitment_id,
      );
      expect(found.map(({ receipt }) => receipt)).toEqual([answer.deployment_record]);
      expect(found[0]).toMatchObject({ receiptType: 'deployment_record', seq: 1 });
      const { payload_b64 } = found[0]?.receipt ?? { payload_b64: '' };
      const reading = readPayload(decodeBase64(payload_b64));
      if (!('payload' in reading)) throw new Error('No payload.');
      const payload = reading.payload as DeploymentPayload;
      expect(canonicalize(payload.record)).toBe(command.recordText);
      expect([payload.request_id, payload.commitment_id, payload.boundary_snapshot]).toEqual([
        answer.decision.request_id,
        answer.decision.commitment_id,
        answer.decision.boundary_snapshot,
      ]);
      expect(await store.readLeaves()).toHaveLength(2);
      expect((await world.issue()).boundary_snapshot).toMatchObject({ path_version: 2 });
      expect(await store.countRows('operator_records')).toBe(1);
    });

    it('signs a deployment that is not allowed, and changes nothing', async () => {
      const command = deployment({ decision_size_usd: 2_000_000 });
      const outcome = await deploy(command, newVersion, record({ deployed: true }));
      expect(outcome).toMatchObject({ kind: 'issued', isWithheld: true });
      const answer = JSON.parse(issuedText(outcome)) as Deployed;
      expect(answer.decision.verdict).toBe('reject');
      expect(answer.deployment_record).toBeUndefined();
      expect((await world.issue()).boundary_snapshot).toMatchObject({ path_version: 1 });
      expect(await store.countRows('operator_records')).toBe(0);
    });

    it('issues nothing if what it was decided on has changed', async () => {
      await apply(record({ n: 1 }));
      const stale = record({ deployed: true }, { afterSeq: 0 });
      await expect(deploy(deployment(), newVersion, stale)).rejects.toEqual(
        refused('ERR_RECORD_CONFLICT'),
      );
      expect(await store.countRows('receipts')).toBe(0);
      const elsewhere = deploy({ ...deployment(), environment: 'nowhere' });
      await expect(elsewhere).rejects.toEqual(refused('ERR_FORBIDDEN'));
      expect(await deploy({ ...deployment(), deadlineMs: START_MS })).toMatchObject({
        kind: 'unavailable',
        code: 'ERR_DEADLINE',
      });
      expect(await store.countRows('receipts')).toBe(0);
    });

    it('records deployments that verify, in a stream of their own without a gap', async () => {
      for (const round of [1, 2]) {
        const answer = JSON.parse(issuedText(await deploy(deployment()))) as Deployed;
        expectGenuine(answer.decision, await evidenceOf(world, store));
        const [found] = await world.ledger.reader.findLinked(
          DEVELOPMENT,
          answer.decision.commitment_id,
        );
        expect(found?.seq).toBe(round);
      }
      const streams = await world.ledger.reader.listStreams(DEVELOPMENT);
      expect(streams.map(({ receipt_type, last_seq }) => [receipt_type, last_seq]).sort()).toEqual([
        ['boundary_decision', 2],
        ['deployment_record', 2],
      ]);
    });
  });
}
