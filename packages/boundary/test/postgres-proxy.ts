/** Stands between a node and PostgreSQL, and cuts or holds up what passes. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'to_server' | 'to_client';

/** What becomes of a message; `cut` ends the connection instead. */
export type Fate = 'pass' | 'cut';

export class PostgresProxy {
  readonly url: string;
  /** Asked about each message on a connection on which a transaction was begun. */
  judge: (direction: Direction, message: Buffer) => Fate = () => 'pass';
  /** New connections are ended at once, as by a server that is down. */
  isRefusing = false;
  /** Nothing passes, and nothing is ended, as by a network that lost its way. */
  isStalled = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async before(url: string): Promise<PostgresProxy> {
    const target = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port is free.');
    const own = new URL(url);
    own.port = String(address.port);
    const proxy = new PostgresProxy(server, own.href);
    server.on('connection', (client) => {
      proxy.#accept(client, target);
    });
    return proxy;
  }

  /** Ends every connection there is. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket, target: URL): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const server = connect(Number(target.port), target.hostname);
    const connection = { client, server, isWriting: false };
    this.#forward(connection, 'to_server');
    this.#forward(connection, 'to_client');
  }

  #forward(
    connection: { client: Socket; server: Socket; isWriting: boolean },
    direction: Direction,
  ): void {
    const { client, server } = connection;
    const [from, to] = direction === 'to_server' ? [client, server] : [server, client];
    const end = () => {
      client.destroy();
      server.destroy();
    };
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      end();
    });
    const messages = new MessageReader(direction);
    from.on('data', (chunk: Buffer) => {
      for (const message of messages.read(chunk)) {
        connection.isWriting ||= message.includes('READ COMMITTED READ WRITE');
        if (this.isStalled || to.destroyed) return;
        if (connection.isWriting && this.judge(direction, message) === 'cut') {
          // What passed before still arrives.
          to.end(end);
          return;
        }
        to.write(message);
      }
    });
  }
}

/** Takes a stream apart: a type of one byte, then the length of the rest (manual, section 54.7). */
class MessageReader {
  #rest: Buffer = Buffer.alloc(0);
  /** The first message of a client has no type. */
  #typeBytes: number;

  constructor(direction: Direction) {
    this.#typeBytes = direction === 'to_server' ? 0 : 1;
  }

  *read(chunk: Buffer): Generator<Buffer, void> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= this.#typeBytes + 4) {
      const size = this.#typeBytes + this.#rest.readUInt32BE(this.#typeBytes);
      if (this.#rest.length < size) return;
      yield this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      this.#typeBytes = 1;
    }
  }
}
