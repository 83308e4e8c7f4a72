/** The incident channel of a plan, tried with a real message to a receiver that is configured. */
import { canonicalize, formatTime } from '@craton/protocol';
import type { ChannelTester } from '../test-channel.ts';
import type { Receiver } from './receivers.ts';
import type { SendWebhook } from './send-webhook.ts';

export interface ChannelPorts {
  readonly environment: string;
  readonly receivers: readonly Receiver[];
  readonly send: SendWebhook;
  readonly publicUrl: () => string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A plan may write anything: it only ever chooses among what an operator has configured. */
export function webhookChannels(ports: ChannelPorts): ChannelTester {
  const { receivers, send, environment, publicUrl, nowMs } = ports;
  return {
    sendTest: async (channel, rolloutId) => {
      const receiver = receivers.find(({ name, url }) => name === channel || url === channel);
      if (receiver === undefined) {
        return { delivered: false, code: 'channel_not_configured', evidence: {} };
      }
      const sentAtMs = nowMs();
      const at = formatTime(sentAtMs);
      const link = `${publicUrl()}/operator/rollouts/${encodeURIComponent(rolloutId)}`;
      const said = { test: true, environment, rollout_id: rolloutId, at, link };
      const body = canonicalize({ type: 'craton.channel.test', timestamp: at, data: said });
      const message = { id: `msg_${environment}_test_${rolloutId}_${sentAtMs}`, body };
      const { isDelivered, code, status } = await send(receiver, message, sentAtMs);
      const answered = status !== undefined && { status };
      const evidence = { receiver: receiver.name, message_id: message.id, at, ...answered };
      return { delivered: isDelivered, code, evidence };
    },
  };
}
