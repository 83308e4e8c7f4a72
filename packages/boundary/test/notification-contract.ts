/** At least once and in order, from the records of each store: run against each adapter. */
import { canonicalize } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKOFF_MS_MAX, Outbox, type OutboxPorts } from '../src/rollout/notifications/outbox.ts';
import { sendWebhook } from '../src/rollout/notifications/send-webhook.ts';
import { FakeSources } from './fake-sources.ts';
import { type StoreMaker, type StoreUnderTest, World } from './ledger-world.ts';
import { expectedSignature, WebhookReceiver } from './webhook-receiver.ts';

const ROLLOUT = 'rollout:one';

export function describeNotifications(name: string, makeStore: StoreMaker): void {
  describe(`notifications on ${name}`, () => {
    let store: StoreUnderTest;
    let sources: FakeSources;
    let world: World;
    let hook: WebhookReceiver;

    beforeEach(async () => {
      store = makeStore();
      sources = new FakeSources();
      world = await World.open(store, { sources });
      hook = await WebhookReceiver.open();
    });
    afterEach(async () => {
      await hook.close();
      await world.ledger.close();
      await store.remove();
    });

    /** As a process that was just started has it: nothing of an earlier one is remembered. */
    function outbox(members: Partial<OutboxPorts> = {}): Outbox {
      const { operatorRecords, admin } = world.ledger;
      return new Outbox({
        ...{ operatorRecords, admin, environment: 'development', send: sendWebhook },
        publicUrl: () => 'https://craton.example',
        receivers: [hook.configured()],
        nowMs: () => sources.nowMs(),
        ...members,
      });
    }

    const append = (recordKind: string, chain = ROLLOUT, body: object = { secret: 'reason' }) =>
      world.ledger.admin.apply({
        ...{ kind: 'append_record', chain, actor: 'act_ada', recordKind },
        bodyText: canonicalize(body),
      });

    it('tell of records in their order, signed, and of nothing that stands in them', async () => {
      await append('rollout_opened');
      await append('role_holders_proposed', 'governance:development');
      await append('deployment_recorded', 'path:northstar_controls/payment-release');
      await append('smoke_run', 'smoke:staging');
      await append('deployed');
      await outbox().turn();
      expect(hook.told()).toEqual([
        ['rollout_opened', 1],
        ['role_holders_proposed', 1],
        ['deployed', 2],
      ]);
      for (const received of hook.received) {
        expect(received.headers['webhook-signature']).toBe(expectedSignature(received));
        expect(received.body).not.toMatch(/secret|reason|act_ada/);
      }
      const [first] = hook.received;
      expect(first?.headers).toMatchObject({
        'webhook-id': 'msg_development_1',
        'webhook-timestamp': String(sources.nowMs() / 1_000),
        'content-type': 'application/json',
      });
      expect(JSON.parse(first?.body ?? '')).toEqual({
        type: 'craton.rollout.rollout_opened',
        timestamp: '2026-11-21T18:00:00.000Z',
        data: {
          ...{ environment: 'development', kind: 'rollout_opened', chain: ROLLOUT, seq: 1 },
          at: '2026-11-21T18:00:00.000Z',
          link: 'https://craton.example/operator/rollouts/one',
        },
      });
    });

    it('lose nothing when the process ends, and repeat nothing that was told', async () => {
      await append('rollout_opened');
      await outbox().turn();
      hook.status = 503;
      await append('approved');
      await append('deployed');
      await outbox().turn();
      hook.status = 204;
      await outbox().turn();
      expect(hook.told()).toEqual([
        ['rollout_opened', 1],
        ['approved', 2],
        ['approved', 2],
        ['deployed', 3],
      ]);
      await outbox().turn();
      expect(hook.received).toHaveLength(4);
    });

    it('repeat what was told when the process ends before it could note that', async () => {
      await append('rollout_opened');
      const killed = { apply: () => Promise.reject(new Error('killed')) };
      await expect(outbox({ admin: killed }).turn()).rejects.toThrow('killed');
      await outbox().turn();
      expect(hook.told()).toEqual([
        ['rollout_opened', 1],
        ['rollout_opened', 1],
      ]);
      const ids = hook.received.map(({ headers }) => headers['webhook-id']);
      expect(new Set(ids).size).toBe(1);
    });

    it('wait longer after each failure, up to an hour', async () => {
      await append('rollout_opened');
      hook.status = 500;
      const failures: unknown[] = [];
      const one = outbox({ onFailure: (...failure) => failures.push(failure) });
      for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
        await one.turn();
        sources.advance(waitMs - 1);
        await one.turn();
        sources.advance(1);
      }
      expect(hook.received).toHaveLength(4);
      expect(failures[0]).toEqual(['incidents', expect.objectContaining({ status: 500 })]);
      for (let turn = 0; turn < 20; turn++) {
        await one.turn();
        sources.advance(BACKOFF_MS_MAX);
      }
      expect(hook.received).toHaveLength(24);
      hook.status = 200;
      await one.turn();
      await one.turn();
      expect(hook.received).toHaveLength(25);
    });

    it('keep nobody waiting for somebody else, and follow no redirect', async () => {
      const away = await WebhookReceiver.open();
      hook.status = 307;
      hook.location = away.url;
      const other = await WebhookReceiver.open();
      await append('rollout_opened');
      await append('deployed');
      const receivers = [
        hook.configured(),
        other.configured({ name: 'others', kinds: ['deployed'] }),
        other.configured({ name: 'nobody', url: 'http://127.0.0.1:1/' }),
      ];
      await outbox({ receivers }).turn();
      expect([hook.told(), other.told()]).toEqual([[['rollout_opened', 1]], [['deployed', 2]]]);
      expect(away.received).toEqual([]);
      const { operatorRecords } = world.ledger;
      const cursors = receivers.map((one) => operatorRecords.cursorOf(one.name));
      expect(await Promise.all(cursors)).toEqual([0, 2, 0]);
      await other.close();
      await away.close();
    });
  });
}
