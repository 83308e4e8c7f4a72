/** An HTTP server that answers one golden case, and can be made to lie. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import type { Golden } from './fake-context.ts';

export interface FakeBoundary {
  readonly url: string;
  readonly requests: readonly { readonly url: string; readonly headers: object; body: string }[];
  readonly close: () => void;
}

/** What a fake answers; each can be replaced. */
export interface FakeAnswers {
  readonly check: { readonly status: number; readonly body: unknown };
  readonly bundle: { readonly status: number; readonly body: unknown };
}

/** The honest answers of a golden case. */
export function honestAnswers({ expected, full }: Golden): FakeAnswers {
  const { verdict, reasons, obligations, expires_at, commitment_id, request_id, ...payload } =
    JSON.parse(expected.payload) as Record<string, unknown>;
  const { boundary_snapshot } = payload;
  const { opening, receipt } = full.bundle;
  const mirrored = { verdict, reasons, obligations, expires_at, commitment_id, request_id };
  return {
    check: { status: 200, body: { ...mirrored, boundary_snapshot, opening, receipt } },
    bundle: { status: 200, body: full.bundle },
  };
}

/** The honest answers of a golden claim or confirmation. */
export function honestReport({ expected, full }: Golden): FakeAnswers {
  const { receipt, linked = [] } = full.bundle;
  const payload = JSON.parse(expected.payload) as Record<string, unknown>;
  const { outcome, flags, confirmer, confirms, commitment_id, request_id } = payload;
  const named = { outcome, flags, confirmer, confirms, commitment_id, request_id };
  const decision = outcome === undefined ? linked[0]?.receipt : undefined;
  return {
    check: { status: 200, body: { ...named, decision, receipt } },
    bundle: { status: 200, body: full.bundle },
  };
}

export async function startFakeBoundary(answers: FakeAnswers): Promise<FakeBoundary> {
  const requests: { url: string; headers: object; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    void readBody(request).then((body) => {
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      const answer = request.method === 'POST' ? answers.check : answers.bundle;
      response.writeHead(answer.status, { 'content-type': 'application/json', location: '/' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
