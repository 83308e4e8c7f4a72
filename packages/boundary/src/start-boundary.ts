/** Composes the boundary process: store, keys, routes, address. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CratonError } from '@craton/protocol';
import { closeHttpServer, ConfigError, type Logger } from '@craton/service';
import type { FastifyInstance } from 'fastify';
import { loadApprovalIssuers } from './approval/load-approval-issuers.ts';
import type { VerifyApproval } from './approval/verify-approval.ts';
import { type Admission, admitOperator } from './commands/admit-operator.ts';
import type { BoundaryConfig } from './config.ts';
import { type DevelopmentKeys, prepareDevelopment, writeCredentials } from './development.ts';
import { keepSampleReceipt } from './commands/keep-sample-receipt.ts';
import { keyUseNotes } from './commands/note-key-use.ts';
import { BoundaryMetrics } from './http/metrics.ts';
import { createBoundaryServer } from './http/server.ts';
import { withKeyCompromises } from './key-compromises.ts';
import type { OpenLedger } from './ledger/open-ledger.ts';
import { openPostgresLedger } from './ledger/postgres/open.ts';
import { openSqliteLedger } from './ledger/sqlite/open.ts';
import { type LogObserver, openLogService } from './log/open-log-service.ts';
import { storeKeyEvents } from './log/store-key-events.ts';
import { measurePosture, type PosturePorts } from './posture/measure-posture.ts';
import { PostureService } from './posture/posture-service.ts';
import { openPeople } from './people/open-people.ts';
import { boundaryProbes } from './probes.ts';
import { RateLimits } from './rate-limits.ts';
import type { BackgroundTask } from './rollout/background-task.ts';
import { rolloutTasks, withEvidence } from './rollout/open-evidence.ts';
import { openRollouts } from './rollout/open-rollouts.ts';
import { areRolesFilled } from './rollout/role-holders.ts';
import { createSigner } from './signing/signer.ts';
import { type ServedLogs, STAGING } from './staging.ts';
import { registeredTracer, tracedIssuer, tracePublication } from './traces.ts';
import {
  loadVerificationMaterial,
  type RoleKey,
  type VerificationMaterial,
} from './verification-material.ts';
import { VERSION } from './version.ts';

export interface RunningBoundary {
  /** Where it listens, without a final slash. */
  readonly address: string;
  /** Stops listening, answers what was taken, then closes the store. */
  close(): Promise<void>;
}

const CREDENTIALS_FILE = 'dev-credentials.json';

/**
 * Opens everything and listens. Throws `ERR_CONFIG`, `ERR_SIGNING`, `ERR_STORE_LOCKED`,
 * `ERR_MIGRATION`, or the system's error if the address cannot be used; nothing stays open then.
 */
export async function startBoundary(config: BoundaryConfig, log: Logger): Promise<RunningBoundary> {
  const material = await loadMaterial(config);
  const verifyApproval = loadApprovalIssuers(config);
  const metrics = new BoundaryMetrics();
  const ledger = await openLedger(config, log, metrics);
  let server: FastifyInstance | undefined;
  let logs: ServedLogs | undefined;
  let tasks: readonly BackgroundTask[] = [];
  try {
    logs = openLogs(config, log, { ledger, metrics });
    await prepareLogs(config, logs, material);
    ({ server, tasks } = composeServer(config, {
      log,
      material,
      verifyApproval,
      ledger,
      metrics,
      ...logs,
    }));
    const keys = await prepareIfDevelopment(config, ledger);
    await admitFirstOperator(config, ledger, log);
    await keepSample(config, { ledger, material, log });
    const address = await server.listen({ host: config.host, port: config.port });
    if (keys !== undefined) {
      writeCredentials(join(config.dataDir, CREDENTIALS_FILE), address, keys);
    }
    logs.transparencyLog.start();
    logs.stagingLog?.start();
    for (const task of tasks) task.start();
    return { address, close: () => closeAll(ledger, { server, logs, tasks }) };
  } catch (error) {
    await closeAll(ledger, { server, logs, tasks });
    throw error;
  }
}

/** What was opened on the ledger so far. */
interface Opened {
  readonly server: FastifyInstance | undefined;
  readonly logs: ServedLogs | undefined;
  readonly tasks: readonly BackgroundTask[];
}

async function closeAll(ledger: OpenLedger, { server, logs, tasks }: Opened): Promise<void> {
  // In this order: what was taken is answered while the writer still works.
  if (server !== undefined) await closeHttpServer(server);
  for (const task of tasks) await task.close();
  await logs?.transparencyLog.close();
  await logs?.stagingLog?.close();
  await ledger.close();
}

/** A log for each environment, under one key: a checkpoint names its origin. */
function openLogs(
  config: BoundaryConfig,
  log: Logger,
  { ledger, metrics }: Pick<Parts, 'ledger' | 'metrics'>,
): ServedLogs {
  const tracer = registeredTracer(VERSION);
  const observer: LogObserver = {
    onStep: (step, tookMs) => {
      metrics.onLogStep(step, tookMs);
      tracePublication(tracer, step, tookMs);
    },
    onWitnessFailure: metrics.onWitnessFailure,
    onFailure: (code, message, isFatal) => {
      if (isFatal) log.error({ code }, `the publisher of the log stopped: ${message}`);
      else log.warn({ code }, `a step of the log failed and is tried again: ${message}`);
    },
  };
  const transparencyLog = openLogService(config, ledger, observer);
  const staging = { ...config, environment: STAGING };
  const stagingLog =
    config.stagingSeed === undefined ? undefined : openLogService(staging, ledger, observer);
  metrics.watchLog(transparencyLog.view, () => Date.now());
  // From here on the signers alone have the key.
  config.logSeed?.expose().fill(0);
  return { transparencyLog, stagingLog };
}

/**
 * Before anything is issued, so that an attestation stands in the log before its key's receipts. And
 * the first bundle that somebody asks for has a proof already.
 */
async function prepareLogs(
  { issuer, environment }: BoundaryConfig,
  { transparencyLog, stagingLog }: ServedLogs,
  material: VerificationMaterial,
): Promise<void> {
  const logs = [{ environment, log: transparencyLog }];
  if (stagingLog !== undefined) logs.push({ environment: STAGING, log: stagingLog });
  for (const { environment: served, log } of logs) {
    await storeKeyEvents({ issuer, environment: served, store: log.store }, material);
    await log.look();
  }
}

async function loadMaterial(config: BoundaryConfig): Promise<VerificationMaterial> {
  const { publicKey } = createSigner(config.signingSeed.expose());
  const staging = config.stagingSeed && createSigner(config.stagingSeed.expose());
  const { issuer, environment } = config;
  const material = loadVerificationMaterial(config, {
    publicKey,
    issuer,
    environment,
    stagingPublicKey: staging?.publicKey,
    nowMs: Date.now(),
    otherKeys: otherKeysOf(config),
  });
  const signingKeys = staging === undefined ? 1 : 2;
  return withKeyCompromises(material, config, {
    issuer,
    environments: signingKeys === 1 ? [environment] : [environment, STAGING],
    retiredKids: material.keys.slice(signingKeys).map(({ kid }) => kid),
  });
}

function otherKeysOf({ logSeed, postureSeed }: BoundaryConfig): readonly RoleKey[] {
  const seeds = { CRATON_LOG_KEY: logSeed, CRATON_POSTURE_KEY: postureSeed };
  return Object.entries(seeds).flatMap(([variable, seed]) =>
    seed === undefined ? [] : [{ variable, publicKey: createSigner(seed.expose()).publicKey }],
  );
}

async function openLedger(
  config: BoundaryConfig,
  log: Logger,
  { onBatch }: BoundaryMetrics,
): Promise<OpenLedger> {
  const { isProductionLike, environment, issuer, queueMax } = config;
  const location = config.database.expose();
  const stagingSeed = config.stagingSeed?.expose();
  const signingKeys = [
    { environment, seed: config.signingSeed.expose() },
    ...(stagingSeed === undefined ? [] : [{ environment: STAGING, seed: stagingSeed }]),
  ];
  const options = {
    issuer,
    signingKeys,
    queueMax,
    onBatch,
    onFault: (fault: string) => {
      log.error({ fault }, 'the writer met an unforeseen error');
    },
  };
  if (location.kind === 'sqlite') prepareFile(location.path, isProductionLike);
  const ledger =
    location.kind === 'sqlite'
      ? await openSqliteLedger({ ...options, file: location.path })
      : await openPostgresLedger({ ...options, url: location.url, isProductionLike });
  // From here on the writer's thread alone has the keys.
  for (const { seed } of signingKeys) seed.fill(0);
  return ledger;
}

function prepareFile(file: string, isProductionLike: boolean): void {
  if (!isProductionLike) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  else if (!existsSync(file)) {
    const message =
      'DATABASE_URL names a file that does not exist. A store of production is never made by a misspelt path: create the empty file first.';
    throw new ConfigError([{ variable: 'DATABASE_URL', message }]);
  }
}

interface Parts extends ServedLogs {
  readonly log: Logger;
  readonly material: VerificationMaterial;
  readonly verifyApproval: VerifyApproval | undefined;
  readonly ledger: OpenLedger;
  readonly metrics: BoundaryMetrics;
}

interface ComposedServer {
  readonly server: FastifyInstance;
  /** Not started. */
  readonly tasks: readonly BackgroundTask[];
}

function composeServer(config: BoundaryConfig, parts: Parts): ComposedServer {
  const { log, material, verifyApproval, ledger, metrics, transparencyLog, stagingLog } = parts;
  const { view: logView } = transparencyLog;
  const { environment, issuer, deadlineMs, queueMax, publicUrl } = config;
  const { reader, writer, admin, exportRows, operatorRecords } = ledger;
  const nowMs = (): number => Date.now();
  const health = () => ledger.health();
  metrics.watchLedger(health);
  metrics.watchProcess();
  const opened = openRollouts(config, ledger);
  const posture = openPosture(config, {
    ...{ reader, health, material, logView, nowMs },
    areRolesFilled: () => areRolesFilled(opened),
  });
  const origin = (): string => publicUrl ?? server.listeningOrigin;
  const { isProductionLike } = config;
  const place = { environment, isProductionLike, origin, nowMs };
  const measuring = {
    ...{ log, ledger, material, logView, publicUrl: origin },
    posturePublicKey: posture?.publicKey,
    ownUrl: () => server.listeningOrigin,
  };
  const rollouts = withEvidence(config, opened, measuring);
  const server: FastifyInstance = createBoundaryServer({
    log,
    ...openPeople(config.identityProvider, { ...place, operatorRecords, admin }),
    isProductionLike,
    rollouts,
    posture,
    reader,
    writer: tracedIssuer(metrics.watchVerdicts(writer), registeredTracer(VERSION)),
    material,
    verifyApproval,
    environment,
    hasStaging: config.stagingSeed !== undefined,
    issuer,
    version: VERSION,
    deadlineMs,
    nowMs,
    admin,
    exportRows,
    operatorRecords,
    transparencyLog,
    stagingLog,
    hasOpenTiles: config.hasOpenTiles,
    hasDevelopmentPrivileges: config.hasDevelopmentPrivileges,
    metrics,
    hasOpenMetrics: config.hasDevelopmentPrivileges,
    rateLimits: new RateLimits(config.rateLimits, () => performance.now()),
    noteUse: keyUseNotes({ admin, nowMs }),
    probes: boundaryProbes({ reader, health, queueMax, material, nowMs, logView }),
    baseUrl: origin,
    selfServiceUrl: config.selfServiceUrl,
  });
  return { server, tasks: rolloutTasks(config, rollouts, measuring) };
}

function openPosture(
  config: BoundaryConfig,
  ports: Omit<PosturePorts, 'issuer' | 'environment' | 'isStoreConfigured' | 'signingKeySource'>,
): PostureService | undefined {
  const { issuer, environment, isDatabaseConfigured, signingKeySource, postureSeed } = config;
  const seed = postureSeed?.expose();
  if (seed === undefined) return undefined;
  const place = { issuer, environment, isStoreConfigured: isDatabaseConfigured, signingKeySource };
  const measure = () => measurePosture({ ...place, ...ports });
  const service = new PostureService(seed, { measure, nowMs: ports.nowMs });
  // From here on the service alone has the key.
  seed.fill(0);
  return service;
}

async function prepareIfDevelopment(
  config: BoundaryConfig,
  { reader, admin, operatorRecords }: OpenLedger,
): Promise<DevelopmentKeys | undefined> {
  if (!config.hasDevelopmentPrivileges) return undefined;
  return prepareDevelopment({
    reader,
    admin,
    operatorRecords,
    environment: config.environment,
    hasStaging: config.stagingSeed !== undefined,
    credentialsFile: join(config.dataDir, CREDENTIALS_FILE),
    nowMs: () => Date.now(),
  });
}

/** What cannot be issued now is told by health and readiness: it never keeps the boundary down. */
async function keepSample(
  { environment }: BoundaryConfig,
  { ledger, material, log }: Pick<Parts, 'ledger' | 'material' | 'log'>,
): Promise<void> {
  const { reader, admin, writer } = ledger;
  const kid = material.keys[0]?.kid ?? '';
  try {
    await keepSampleReceipt({ reader, admin, writer, environment, kid, nowMs: () => Date.now() });
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    log.warn({ code: error.code }, 'the sample receipt could not be issued');
  }
}

const ADMISSIONS: Readonly<Record<Admission, readonly ['info' | 'warn' | 'error', string]>> = {
  admitted: ['warn', 'lets that operator token in for one hour; issue another with it now'],
  kept: ['info', 'names an operator token that is in force'],
  not_needed: ['warn', 'is not needed, because an operator token is in force; remove it'],
  used_before: ['error', 'names a token that was let in before and is over; make a new one'],
};

/** Never keeps the boundary from issuing: a variable that was left behind is only complained of. */
async function admitFirstOperator(
  { operatorBootstrapSha256, environment }: BoundaryConfig,
  { reader, admin }: OpenLedger,
  log: Logger,
): Promise<void> {
  if (operatorBootstrapSha256 === undefined) return;
  const ports = { reader, admin, environment, nowMs: () => Date.now() };
  const admission = await admitOperator(ports, operatorBootstrapSha256);
  const [level, sentence] = ADMISSIONS[admission];
  log[level]({ admission }, `CRATON_OPERATOR_BOOTSTRAP_SHA256 ${sentence}`);
}
