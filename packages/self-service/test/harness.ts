/** Self-service in this process: a real store, real keys, a clock that tests move. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { evaluateReadiness, parseReadinessConfig } from '@craton/policy';
import { apiKeySha256, composeApiKey, type JsonObject } from '@craton/protocol';
import { createLogger } from '@craton/service';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createSelfServiceServer, type SelfServiceServerPorts } from '../src/http/server.ts';
import { KeyRing, type SelfServiceKey } from '../src/keys.ts';
import { Limits } from '../src/limits.ts';
import { type Sources, systemSources } from '../src/sources.ts';
import type { DraftStore } from '../src/store/port.ts';
import { openSqliteDrafts } from '../src/store/sqlite.ts';

export const BOUNDARY_URL = 'https://boundary.example';
const FAR_MS = Date.UTC(2099, 0, 1);

const keyText = (kind: 'ssv' | 'pull' | 'bnd' | 'ops', number: number): string =>
  composeApiKey({ kind, environment: 'development', random: new Uint8Array(32).fill(number) });

/** Keys of people and of the operator side; `boundary` and `operator` are of the production side. */
export const KEYS = {
  ada: keyText('ssv', 1),
  colleague: keyText('ssv', 2),
  stranger: keyText('ssv', 3),
  reader: keyText('ssv', 4),
  expired: keyText('ssv', 5),
  pull: keyText('pull', 6),
  boundary: keyText('bnd', 7),
  operator: keyText('ops', 8),
  unknown: keyText('ssv', 9),
} as const;

const person = (
  name: string,
  text: string,
  changes: Partial<Extract<SelfServiceKey, { kind: 'person' }>> = {},
): SelfServiceKey => ({
  kind: 'person',
  keyId: name,
  sha256: apiKeySha256(text),
  expiresAtMs: FAR_MS,
  person: `${name} of tests`,
  organisation: 'northstar',
  scopes: ['read', 'draft', 'request_review'],
  ...changes,
});

export const KNOWN_KEYS: readonly SelfServiceKey[] = [
  person('ada', KEYS.ada),
  person('colleague', KEYS.colleague),
  person('stranger', KEYS.stranger, { organisation: 'southstar' }),
  person('reader', KEYS.reader, { scopes: ['read'] }),
  person('expired', KEYS.expired, { expiresAtMs: 1 }),
  {
    kind: 'pull',
    keyId: 'pull',
    sha256: apiKeySha256(KEYS.pull),
    expiresAtMs: FAR_MS,
    scopes: ['pull'],
  },
];

export interface HarnessOptions {
  /** Put in the place of the real ports. */
  readonly ports?: (real: SelfServiceServerPorts) => Partial<SelfServiceServerPorts>;
}

export class Harness {
  readonly server: FastifyInstance;
  readonly store: DraftStore;
  readonly logged: string[];
  clockOffsetMs = 0;
  readonly #folder: string;

  constructor(options: HarnessOptions = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), 'craton-self-service-'));
    const sources: Sources = {
      ...systemSources(),
      nowMs: () => Date.now() + this.clockOffsetMs,
    };
    this.store = openSqliteDrafts(join(this.#folder, 'drafts.db'), sources);
    const logged: string[] = [];
    this.logged = logged;
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged.push(chunk.toString());
        done();
      },
    });
    const real: SelfServiceServerPorts = {
      log: createLogger({ name: 'test', level: 'debug', destination }),
      store: () => this.store,
      sources,
      keys: new KeyRing(KNOWN_KEYS, sources.nowMs),
      limits: new Limits({ perAddress: 0, previews: 0 }, () => performance.now()),
      isBehindBoundary: false,
      readiness: () =>
        evaluateReadiness(parseReadinessConfig({ CRATON_ENV: 'development' }).config, undefined, {
          nowMs: sources.nowMs(),
          ageMsMax: 0,
          crashed: false,
        }),
      snapshot: () => ({}),
      hasOpenDetail: true,
      boundaryUrl: BOUNDARY_URL,
      reviewStatus: () => Promise.resolve({ status: 'not_pulled' }),
      site: () => ({
        baseUrl: 'http://127.0.0.1:8081',
        environment: 'development',
        issuer: 'craton.localhost',
        version: '0.1.0',
      }),
    };
    this.server = createSelfServiceServer({ ...real, ...options.ports?.(real) });
  }

  inject(request: InjectOptions): Promise<LightMyRequestResponse> {
    return this.server.inject(request);
  }

  get(path: string, key?: string): Promise<LightMyRequestResponse> {
    return this.inject({
      method: 'GET',
      url: `/self-service/api${path}`,
      ...(key !== undefined && { headers: { 'x-api-key': key } }),
    });
  }

  post(path: string, body: unknown, key?: string): Promise<LightMyRequestResponse> {
    return this.inject({
      method: 'POST',
      url: `/self-service/api${path}`,
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { 'x-api-key': key }),
      },
      payload: JSON.stringify(body),
    });
  }

  /** Saves the complete draft as Ada, with other members. */
  async save(changes: JsonObject = {}): Promise<Saved> {
    const answer = await this.post('/drafts', { draft: draftWith(changes) }, KEYS.ada);
    return answer.json<Saved>();
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Some members of a stored draft as it is answered. */
export interface Saved {
  readonly draft_id: string;
  readonly revision: number;
  readonly version: number;
  readonly latest_version: number;
  readonly packet_digest: string;
  readonly state: string;
}

/** A draft that lacks nothing. */
export const COMPLETE_DRAFT = {
  schema: 'craton.draft.v1',
  title: 'Console limits',
  primary_path: {
    production_bound: true,
    partner_id: 'northstar_controls',
    unit: 'operations',
    gate_type: 'threshold_gate',
    system_scope: 'operations_console',
    decision_types: ['threshold_execution_request'],
  },
  authority: { context: 'The head of operations approves', source: 'approval_workflow' },
  policy: { preset: 'threshold', allow_up_to: 50_000_000, constrain_up_to: 100_000_000 },
  expected_verdicts: [
    { case: 'small', request: { decision_size_usd: 500_000 }, verdict: 'allow' },
    { case: 'large', request: { decision_size_usd: 1_000_000.01 }, verdict: 'reject' },
  ],
  expansion_moves: [
    { kind: 'draft_coverage', order: 1, type: 'new_unit', scope: { unit: 'treasury' } },
  ],
  owners: { platform_owner: 'Ada Platform' },
} as const satisfies JsonObject;

/** The complete draft with other members. */
export function draftWith(changes: JsonObject = {}): JsonObject {
  return { ...COMPLETE_DRAFT, ...changes };
}
