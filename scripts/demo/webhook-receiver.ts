/** Where the demo's incidents are told: a receiver of webhooks on this machine. */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

/** A message as it came. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const BODY_CHARACTERS_MAX = 65_536;
const SECRET_BYTES = 32;

export class WebhookReceiver {
  /** Of the signatures of messages, base64. */
  readonly secret = randomBytes(SECRET_BYTES).toString('base64');
  readonly received: Received[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body = (body + text).slice(0, BODY_CHARACTERS_MAX);
      });
      request.on('end', () => {
        this.received.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
  }

  /** Listens on a port that the system chooses, and answers the address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('No address.');
    return `http://127.0.0.1:${address.port}/incidents`;
  }

  /** Whether a message was signed with the secret (Standard Webhooks). */
  isSigned({ headers, body }: Received): boolean {
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const mac = createHmac('sha256', Buffer.from(this.secret, 'base64')).update(signed);
    return headers['webhook-signature'] === `v1,${mac.digest('base64')}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
