import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedSignature, WebhookReceiver } from '../../../test/webhook-receiver.ts';
import { sendWebhook } from './send-webhook.ts';
import { webhookChannels } from './webhook-channel.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 10);
let hook: WebhookReceiver;
beforeEach(async () => {
  hook = await WebhookReceiver.open();
});
afterEach(async () => {
  await hook.close();
});

const test = (channel: string, url = hook.url) =>
  webhookChannels({
    ...{ environment: 'production', send: sendWebhook, nowMs: () => NOW_MS },
    receivers: [hook.configured({ url })],
    publicUrl: () => 'https://craton.example',
  }).sendTest(channel, 'rol_1');

describe('an incident channel', () => {
  it.each(['by name', 'by address'])('is confirmed by a signed message, named %s', async (how) => {
    const delivery = await test(how === 'by name' ? 'incidents' : hook.url);
    expect(delivery).toEqual({
      ...{ delivered: true, code: 'delivered' },
      evidence: {
        ...{ receiver: 'incidents', message_id: `msg_production_test_rol_1_${NOW_MS}` },
        ...{ at: '2026-11-22T10:00:00.000Z', status: 204 },
      },
    });
    const [received] = hook.received;
    if (received === undefined) throw new Error('Nothing came.');
    expect(received.headers['webhook-signature']).toBe(expectedSignature(received));
    expect(JSON.parse(received.body)).toMatchObject({
      type: 'craton.channel.test',
      data: { test: true, rollout_id: 'rol_1' },
    });
  });

  it('that no operator configured is never written to', async () => {
    const other = await WebhookReceiver.open();
    expect(await test(other.url)).toMatchObject({
      ...{ delivered: false, code: 'channel_not_configured' },
    });
    expect([other.received, hook.received]).toEqual([[], []]);
    await other.close();
  });

  it.each([
    [500, 'refused'],
    [404, 'refused'],
    [302, 'redirected'],
  ])('that answers %d is not confirmed', async (status, code) => {
    hook.status = status;
    hook.location = status === 302 ? hook.url : undefined;
    expect(await test('incidents')).toMatchObject({ delivered: false, code });
    expect(hook.received).toHaveLength(1);
  });

  it('that does not answer is not confirmed', async () => {
    const delivery = await test('incidents', 'http://127.0.0.1:1/');
    expect([delivery.delivered, delivery.code]).toEqual([false, 'not_reached']);
  });
});
