/** What self-service answers to the operator side, from a server of the test's own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  composeSnapshot,
  type DraftStoreProbe,
  evaluateReadiness,
  identityDigest,
  parsePosture,
  parseReadinessConfig,
  readinessPosture,
  type SignedPosture,
  SNAPSHOT_PATH,
} from '@craton/policy';
import { decodeBase64, type JsonObject } from '@craton/protocol';

export const PULL_KEY = 'craton_pull_of_this_test';

/** Answers whatever its test puts in, to whoever has the pull key. */
export class DraftsServer {
  snapshot: JsonObject | string | undefined;
  openApi: JsonObject | undefined = { paths: { '/self-service/api/drafts': { post: {} } } };
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const document = this.#answer(request.url ?? '', request.headers['x-api-key']);
      response.writeHead(document === undefined ? 404 : 200, {
        'content-type': 'application/json',
      });
      response.end(typeof document === 'string' ? document : JSON.stringify(document ?? {}));
    });
  }

  static async open(): Promise<DraftsServer> {
    const drafts = new DraftsServer();
    await new Promise<void>((resolve) => drafts.#server.listen(0, '127.0.0.1', resolve));
    return drafts;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(path: string, key: unknown): JsonObject | string | undefined {
    if (path === '/self-service/openapi.json') return this.openApi;
    return path === SNAPSHOT_PATH && key === PULL_KEY ? this.snapshot : undefined;
  }
}

export interface SnapshotTerms {
  readonly environment: string;
  readonly nowMs: number;
  readonly posture?: SignedPosture;
  readonly draftStore?: Partial<DraftStoreProbe> | 'not_probed';
}

/** A snapshot as self-service makes one. */
export function snapshotOf({ environment, nowMs, posture, draftStore }: SnapshotTerms): JsonObject {
  const { config } = parseReadinessConfig({
    CRATON_ENV: environment,
    SELF_SERVICE_DATABASE_URL: 'sqlite:/drafts.db',
  });
  const probes = {
    nowMs,
    ageMsMax: 30_000,
    crashed: false,
    ...(draftStore !== 'not_probed' && {
      draftStore: {
        measuredAtMs: nowMs - 1_000,
        reachable: true,
        storeIdentities: [identityDigest('drafts')],
        migrationsPending: false,
        canWriteProduction: false,
        ...draftStore,
      },
    }),
    verification: { measuredAtMs: nowMs - 1_000, verified: true },
  };
  const read = posture && readinessPosture(parsePosture(decodeBase64(posture.payload_b64)));
  const { detail } = evaluateReadiness(config, read, probes);
  return composeSnapshot({ config, probes, ...(posture && { posture }) }, detail);
}
