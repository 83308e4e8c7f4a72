/** A receiver of webhooks on this machine that answers what its test says. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@craton/service';
import type { Receiver } from '../src/rollout/notifications/receivers.ts';

const SECRET = new Uint8Array(32).fill(6);

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class WebhookReceiver {
  readonly received: Received[] = [];
  /** The status of the next answers. */
  status = 204;
  /** Where a redirect points. */
  location: string | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.writeHead(this.status, this.location ? { location: this.location } : {});
        response.end(this.status === 204 ? undefined : 'never read');
      });
    });
  }

  static async open(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hooks`;
  }

  /** As an operator would have configured it. */
  configured(members: Partial<Receiver> = {}): Receiver {
    return { name: 'incidents', url: this.url, secret: new Secret(SECRET), ...members };
  }

  /** Kinds and numbers of what came, in the order in which it came. */
  told(): readonly unknown[] {
    return this.received.map(({ body }) => {
      const { data } = JSON.parse(body) as { data: { kind: string; seq: number } };
      return [data.kind, data.seq];
    });
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** As Standard Webhooks says, computed apart from what is tested. */
export function expectedSignature({ headers, body }: Received): string {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`;
}
