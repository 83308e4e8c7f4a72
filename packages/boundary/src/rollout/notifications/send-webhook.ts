/** One signed message to one receiver, as Standard Webhooks has it. */
import { createHmac } from 'node:crypto';
import type { Receiver } from './receivers.ts';

export interface WebhookMessage {
  /** The same in every attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  /** Canonical JSON. */
  readonly body: string;
}

/** What became of one attempt. */
export interface WebhookAnswer {
  readonly isDelivered: boolean;
  /** A label: `delivered`, `redirected`, `refused`, `not_reached`. */
  readonly code: string;
  /** Absent if nothing answered. */
  readonly status?: number;
}

export type SendWebhook = (
  receiver: Receiver,
  message: WebhookMessage,
  nowMs: number,
) => Promise<WebhookAnswer>;

/** Milliseconds for the whole exchange. */
export const WEBHOOK_MS_MAX = 5_000;

/** Never throws. Follows no redirect, and reads nothing of the answer but its status. */
export const sendWebhook: SendWebhook = async (receiver, { id, body }, nowMs) => {
  const timestamp = String(Math.floor(nowMs / 1_000));
  try {
    const answer = await fetch(receiver.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_MS_MAX),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'craton-webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': webhookSignature(receiver, { id, timestamp, body }),
      },
      body,
    });
    await answer.body?.cancel();
    return answerOf(answer.status);
  } catch {
    return { isDelivered: false, code: 'not_reached' };
  }
};

function answerOf(status: number): WebhookAnswer {
  if (status >= 200 && status < 300) return { isDelivered: true, code: 'delivered', status };
  const code = status >= 300 && status < 400 ? 'redirected' : 'refused';
  return { isDelivered: false, code, status };
}

/** `v1,` and the base64 of HMAC-SHA-256 over `<id>.<timestamp>.<body>`. */
export function webhookSignature(
  { secret }: Pick<Receiver, 'secret'>,
  { id, timestamp, body }: WebhookMessage & { readonly timestamp: string },
): string {
  const mac = createHmac('sha256', secret.expose()).update(`${id}.${timestamp}.${body}`);
  return `v1,${mac.digest('base64')}`;
}
