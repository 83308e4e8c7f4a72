/** A boundary in this process: real store, real keys, a clock that tests move. */
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Attestation, composeAttestation } from '@craton/protocol';
import { createLogger, type Probe } from '@craton/service';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { apiKeySha256, composeApiKey } from '../src/api-key.ts';
import { keyUseNotes } from '../src/commands/note-key-use.ts';
import { type BoundaryServerPorts, createBoundaryServer } from '../src/http/server.ts';
import { keepSampleReceipt } from '../src/commands/keep-sample-receipt.ts';
import type { LedgerAdmin } from '../src/ledger/administration.ts';
import type { OpenLedger, Seams } from '../src/ledger/open-ledger.ts';
import type { ApiKey, LedgerReader } from '../src/ledger/port.ts';
import { systemSources } from '../src/ledger/sources.ts';
import { openInlineSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { createLogSigner } from '../src/log/log-signer.ts';
import { LogService } from '../src/log/log-service.ts';
import { NO_WITNESSES } from '../src/log/witness-policy.ts';
import { measurePosture } from '../src/posture/measure-posture.ts';
import { PostureService } from '../src/posture/posture-service.ts';
import { boundaryProbes } from '../src/probes.ts';
import { NO_REVIEWS } from '../src/rollout/review-source.ts';
import { NO_CHANNELS, unmeasured } from '../src/rollout/unmeasured.ts';
import { createSigner, type Signer } from '../src/signing/signer.ts';
import {
  loadVerificationMaterial,
  type VerificationMaterial,
} from '../src/verification-material.ts';
import { STAGING } from '../src/staging.ts';
import { sampleBody, SAMPLE_PATH } from './sample.ts';

export const ISSUER = 'craton.localhost';
export const ENVIRONMENT = 'development';
export const PARTNER_ID = 'northstar_controls';
export const OTHER_PARTNER_ID = 'southstar_controls';
const YEAR_MS = 365 * 24 * 3_600_000;

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Of the root that attests the keys of tests, 32 bytes. */
export const ROOT_KEY = Buffer.from(createSigner(Buffer.alloc(32, 9)).publicKey);

/** An attestation of `subject` by a root of its own, for the issuer and environment of the tests. */
export function attest(
  subject: Uint8Array,
  terms: Partial<{
    issuer: string;
    environments: string[];
    notBeforeMs: number;
    notAfterMs: number;
    rootSeed: Uint8Array;
    rootKeyId: string;
  }> = {},
): Attestation {
  const { rootSeed = Buffer.alloc(32, 9), rootKeyId = 'test-root', ...others } = terms;
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, rootSeed]),
    format: 'der',
    type: 'pkcs8',
  });
  return composeAttestation(
    {
      rootKeyId,
      rootPublicKey: createSigner(rootSeed).publicKey,
      subjectPublicKey: subject,
      issuer: ISSUER,
      environments: [ENVIRONMENT],
      issuedAtMs: Date.now() - YEAR_MS,
      notBeforeMs: Date.now() - YEAR_MS,
      notAfterMs: Date.now() + YEAR_MS,
      ...others,
    },
    (payload) => sign(null, payload, key),
  );
}

/** A reader that does something else where a test says so. */
export function overrideReader(
  reader: LedgerReader,
  overrides: Partial<LedgerReader>,
): LedgerReader {
  return {
    findReceipt: (...query) => reader.findReceipt(...query),
    findLinked: (...query) => reader.findLinked(...query),
    listReceipts: (...query) => reader.listReceipts(...query),
    listStreams: (owner) => reader.listStreams(owner),
    findLivePath: (...query) => reader.findLivePath(...query),
    apiKeys: () => reader.apiKeys(),
    storeIdentity: () => reader.storeIdentity(),
    measureStore: () => reader.measureStore(),
    ...overrides,
  };
}

type Issuer = BoundaryServerPorts['writer'];

/** A writer that does something else where a test says so. */
export function overrideWriter(writer: Issuer, overrides: Partial<Issuer>): Issuer {
  return {
    check: (command) => writer.check(command),
    claim: (command) => writer.claim(command),
    confirm: (command) => writer.confirm(command),
    ...overrides,
  };
}

/** Administration that does something else where a test says so. */
export function overrideAdmin(admin: LedgerAdmin, overrides: Partial<LedgerAdmin>): LedgerAdmin {
  return {
    apply: (...changes) => admin.apply(...changes),
    listPartners: () => admin.listPartners(),
    listPaths: (environment) => admin.listPaths(environment),
    findPath: (query) => admin.findPath(query),
    listApiKeyRecords: () => admin.listApiKeyRecords(),
    listEvents: (...range) => admin.listEvents(...range),
    ...overrides,
  };
}

export interface HarnessOptions {
  readonly deadlineMs?: number;
  readonly queueMax?: number;
  readonly wrapStore?: Seams['wrapStore'];
  /** Put in the place of the real ports. */
  readonly ports?: (real: BoundaryServerPorts) => Partial<BoundaryServerPorts>;
  readonly probes?: readonly Probe[];
  /** Serves staging, too. */
  readonly hasStaging?: boolean;
}

export class Harness {
  readonly folder: string;
  readonly file: string;
  readonly signer: Signer;
  readonly lines: string[] = [];
  readonly material: VerificationMaterial;
  readonly ledger: OpenLedger;
  /** Not started: a test takes its steps. */
  readonly log: LogService;
  readonly stagingLog: LogService | undefined;
  readonly posture: PostureService;
  readonly server: FastifyInstance;
  /** What the server was given. */
  readonly ports: BoundaryServerPorts;
  readonly #clock: Clock;

  private constructor(parts: Parts, options: HarnessOptions) {
    this.folder = parts.folder;
    this.file = join(parts.folder, DATABASE);
    this.signer = parts.signer;
    this.ledger = parts.ledger;
    this.#clock = parts.clock;
    this.material = writeMaterial(parts);
    this.log = this.#openLog(ENVIRONMENT);
    this.stagingLog = options.hasStaging === true ? this.#openLog(STAGING) : undefined;
    this.posture = this.#openPosture();
    const ports = this.#ports(options);
    this.ports = { ...ports, ...options.ports?.(ports) };
    this.server = createBoundaryServer(this.ports);
  }

  static async open(options: HarnessOptions = {}): Promise<Harness> {
    const harness = new Harness(openParts(options), options);
    await harness.ledger.admin.apply(
      { kind: 'upsert_partner', partnerId: PARTNER_ID, units: ['operations'] },
      { kind: 'upsert_partner', partnerId: OTHER_PARTNER_ID, units: [] },
      { kind: 'apply_path', environment: ENVIRONMENT, documentText: SAMPLE_PATH },
    );
    return harness;
  }

  /** Added to the system's clock, for the writer and the routes alike. */
  set clockOffsetMs(offsetMs: number) {
    this.#clock.offsetMs = offsetMs;
  }

  nowMs(): number {
    return nowOf(this.#clock);
  }

  /** Issues the sample receipt, as a start does. */
  async keepSample(): Promise<void> {
    const { reader, admin, writer } = this.ledger;
    const kid = this.material.keys[0]?.kid ?? '';
    const nowMs = (): number => this.nowMs();
    await keepSampleReceipt({ reader, admin, writer, environment: ENVIRONMENT, kid, nowMs });
  }

  /** A key that works, with members replaced; answers its text. */
  async makeKey(
    members: Partial<ApiKey> = {},
    text = composeApiKey(
      members.kind ?? 'bnd',
      members.environment ?? ENVIRONMENT,
      randomBytes(32),
    ),
  ): Promise<string> {
    const { revokedAtMs, ...others } = members;
    // Keys of operators and review pulls belong to no partner.
    const isPartners = members.kind !== 'ops' && members.kind !== 'pull';
    const key = {
      keyId: `key_${randomBytes(8).toString('hex')}`,
      kind: 'bnd',
      environment: ENVIRONMENT,
      ...(isPartners && { partnerId: PARTNER_ID }),
      scopes: ['check', 'claim', 'confirm', 'read'],
      expiresAtMs: this.nowMs() + YEAR_MS,
      ...others,
    } as const;
    await this.ledger.admin.apply({
      kind: 'insert_api_key',
      keySha256: apiKeySha256(text),
      key,
    });
    if (revokedAtMs !== undefined) {
      await this.ledger.admin.apply({ kind: 'revoke_api_key', keyId: key.keyId });
    }
    return text;
  }

  /** Posts a check; `body` is bytes or text as sent, or members of the sample to replace. */
  async check(
    key: string,
    body: Uint8Array | string | Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const isSent = typeof body === 'string' || body instanceof Uint8Array;
    return this.inject({
      method: 'POST',
      url: '/v1/boundary/check',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...headers,
      },
      payload: isSent ? Buffer.from(body) : Buffer.from(sampleBody(body)),
    });
  }

  /** Posts a claim or a confirmation. */
  async report(
    path: 'claim' | 'confirm',
    key: string,
    body: string | Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    return this.inject({
      method: 'POST',
      url: `/v1/boundary/${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...headers,
      },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async get(url: string, key?: string): Promise<LightMyRequestResponse> {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return this.inject({ url, headers });
  }

  async inject(options: InjectOptions): Promise<LightMyRequestResponse> {
    return this.server.inject(options);
  }

  /** How many rows each table of the store has. */
  countRows(): Record<string, number> {
    const database = new DatabaseSync(this.file, { readOnly: true });
    const select = (sql: string) => database.prepare(sql).all();
    try {
      const tables = select("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) =>
        String(row['name']),
      );
      return Object.fromEntries(
        tables.map((table) => [
          table,
          Number(select(`SELECT count(*) AS n FROM ${table}`)[0]?.['n']),
        ]),
      );
    } finally {
      database.close();
    }
  }

  /** Everything that the store has on disk, as it lies there. */
  storedBytes(): Buffer {
    return Buffer.concat([readFileSync(this.file), readFileSync(`${this.file}-wal`)]);
  }

  #openLog(environment: string): LogService {
    const origin = `${ISSUER}/${environment}`;
    return new LogService({
      store: this.ledger.openLog({ environment, origin }),
      signer: createLogSigner(LOG_SEED, origin),
      policy: NO_WITNESSES,
      nowMs: () => this.nowMs(),
      onSeen: () => undefined,
    });
  }

  #openPosture(): PostureService {
    const { material } = this;
    const nowMs = (): number => this.nowMs();
    const measure = () =>
      measurePosture({
        issuer: ISSUER,
        environment: ENVIRONMENT,
        isStoreConfigured: true,
        signingKeySource: 'configured',
        reader: this.ledger.reader,
        health: () => this.ledger.health(),
        material,
        logView: this.log.view,
        nowMs,
      });
    return new PostureService(POSTURE_SEED, { measure, nowMs });
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.ledger.close();
    rmSync(this.folder, { recursive: true });
  }

  #ports({
    deadlineMs = 5_000,
    queueMax = 100,
    probes,
    hasStaging,
  }: HarnessOptions): BoundaryServerPorts {
    const { reader, writer } = this.ledger;
    const { material } = this;
    const { admin, exportRows, operatorRecords } = this.ledger;
    const nowMs = (): number => this.nowMs();
    const health = () => this.ledger.health();
    return {
      log: createLogger({
        name: 'test',
        level: 'trace',
        destination: { write: (line: string) => void this.lines.push(line) },
      }),
      reader,
      writer,
      material,
      environment: ENVIRONMENT,
      hasStaging,
      issuer: ISSUER,
      version: '0.0.0',
      deadlineMs,
      nowMs,
      admin,
      exportRows,
      operatorRecords,
      rollouts: {
        ...{ operatorRecords, admin, writer, reader },
        environment: ENVIRONMENT,
        isProductionLike: false,
        sources: { ...systemSources(), nowMs: () => this.nowMs() },
        reviews: NO_REVIEWS,
        evidence: unmeasured({ build: 'test', stagingEnvironment: STAGING }),
        channels: NO_CHANNELS,
      },
      isProductionLike: false,
      hasDevelopmentPrivileges: true,
      posture: this.posture,
      transparencyLog: this.log,
      stagingLog: this.stagingLog,
      hasOpenTiles: false,
      noteUse: keyUseNotes({ admin, nowMs }),
      probes: probes ?? boundaryProbes({ reader, health, queueMax, material, nowMs }),
      baseUrl: () => 'http://127.0.0.1:8080',
    };
  }
}

const DATABASE = 'boundary.db';
const LOG_SEED = new Uint8Array(32).fill(41);
const POSTURE_SEED = new Uint8Array(32).fill(43);

interface Clock {
  offsetMs: number;
}

const nowOf = ({ offsetMs }: Clock): number => Date.now() + offsetMs;

interface Parts {
  readonly folder: string;
  readonly signer: Signer;
  readonly stagingPublicKey: Uint8Array | undefined;
  readonly ledger: OpenLedger;
  readonly clock: Clock;
}

function openParts({ queueMax, wrapStore, hasStaging }: HarnessOptions): Parts {
  const folder = mkdtempSync(join(tmpdir(), 'craton-boundary-'));
  const clock = { offsetMs: 0 };
  const seed = randomBytes(32);
  const signer = createSigner(seed);
  const stagingSeed = hasStaging === true ? randomBytes(32) : undefined;
  const stagingPublicKey = stagingSeed && createSigner(stagingSeed).publicKey;
  const ledger = openInlineSqliteLedger(
    {
      file: join(folder, DATABASE),
      issuer: ISSUER,
      signingKeys: [
        { environment: ENVIRONMENT, seed },
        ...(stagingSeed === undefined ? [] : [{ environment: STAGING, seed: stagingSeed }]),
      ],
      ...(queueMax !== undefined && { queueMax }),
    },
    {
      sources: { ...systemSources(), nowMs: () => nowOf(clock) },
      ...(wrapStore && { wrapStore }),
    },
  );
  return { folder, signer, stagingPublicKey, ledger, clock };
}

function writeMaterial(parts: Parts): VerificationMaterial {
  const { folder, signer, stagingPublicKey } = parts;
  const { publicKey } = signer;
  const attestationsFile = join(folder, 'attestations.json');
  const ofStaging = stagingPublicKey && attest(stagingPublicKey, { environments: [STAGING] });
  const attestations = [attest(publicKey), ...(ofStaging ? [ofStaging] : [])];
  writeFileSync(attestationsFile, JSON.stringify(attestations));
  const scope = { publicKey, stagingPublicKey, issuer: ISSUER, environment: ENVIRONMENT };
  return loadVerificationMaterial({ attestationsFile }, { ...scope, nowMs: Date.now() });
}
