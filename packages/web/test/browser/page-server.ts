/** Serves the pages the way the product does: same headers, same policy, nothing else. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  agentApiPage,
  assets,
  CONTENT_SECURITY_POLICY,
  homePage,
  protocolPage,
  verifyPage,
} from '../../src/index.ts';
import { agentApiModel, siteModel, verifyModel } from '../models.ts';

/** Paths of all pages. */
export const PAGES = {
  '/': () => homePage({ site: siteModel }),
  '/protocol': () => protocolPage({ site: siteModel }),
  '/agent-api': () => agentApiPage(agentApiModel),
  '/verify': () => verifyPage(verifyModel),
} as const;

export interface PageServer {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

export async function startPageServer(): Promise<PageServer> {
  const requests: string[] = [];
  const files = assets();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const page = PAGES[path as keyof typeof PAGES];
    const asset = files.get(path);
    if (page !== undefined) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.end(page());
    } else if (asset === undefined) {
      response.writeHead(404).end();
    } else {
      response.setHeader('Content-Type', asset.contentType);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.end(asset.body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, requests, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
