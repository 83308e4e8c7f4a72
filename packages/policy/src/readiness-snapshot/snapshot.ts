/** What readiness was evaluated from, as one document (spec/readiness-snapshot.md). */
import {
  formatTime,
  isDigest,
  isTime,
  type JsonObject,
  Members,
  parseTime,
  taggedDigest,
} from '@craton/protocol';
import type { SignedPosture } from '../posture/verify-posture.ts';
import type { StoreLocation } from '../readiness/database-location.ts';
import type {
  DatabaseSetting,
  LocalOverride,
  ReadinessConfig,
} from '../readiness/readiness-config.ts';
import type {
  DraftStoreProbe,
  ReadinessDetail,
  ReadinessProbes,
} from '../readiness/readiness-document.ts';
import { readinessDocument } from '../readiness/readiness-rows.ts';
import { anonymousConfig } from './anonymous-config.ts';

export const SNAPSHOT_SCHEMA = 'craton.readiness.snapshot.v1';
/** Where self-service serves it. */
export const SNAPSHOT_PATH = '/self-service/readiness/receipt';
/** Of one document as it is sent. */
export const SNAPSHOT_BYTES_MAX = 65_536;
const CODE = 'ERR_READINESS_SNAPSHOT';

export interface SnapshotParts {
  readonly config: ReadinessConfig;
  readonly probes: ReadinessProbes;
  /** As it was received, verified and used; absent: the production side did not answer. */
  readonly posture?: SignedPosture;
}

/** The document, with the answer that these parts gave. No host, user or path is in it. */
export function composeSnapshot(parts: SnapshotParts, detail: ReadinessDetail): JsonObject {
  const { probes, posture } = parts;
  const said = {
    schema: SNAPSHOT_SCHEMA,
    evaluated_at: formatTime(probes.nowMs),
    age_ms_max: probes.ageMsMax,
    config: configObject(anonymousConfig(parts.config)),
    probes: {
      crashed: probes.crashed,
      ...(probes.draftStore && { draft_store: draftStoreObject(probes.draftStore) }),
      ...(probes.verification && {
        verification: {
          measured_at: formatTime(probes.verification.measuredAtMs),
          verified: probes.verification.verified,
        },
      }),
    },
    ...(posture && { posture: { ...posture } }),
    readiness: answerObject(detail),
  };
  return { ...said, digest: taggedDigest(SNAPSHOT_SCHEMA, said) };
}

/** The part of an answer that a snapshot holds: the ten members, and every code. */
export function answerObject(detail: ReadinessDetail): JsonObject {
  const { launch_gate: gate, ...others } = readinessDocument(detail);
  return {
    ...others,
    launch_gate: { ...gate },
    blocked_by: [...detail.blocked_by],
    missing_next: [...detail.missing_next],
    degraded_by: [...detail.degraded_by],
    warnings: [...detail.warnings],
  };
}

function configObject(config: ReadinessConfig): JsonObject {
  const { override } = config;
  return {
    environment: config.environment,
    environment_is_named: config.environmentIsNamed,
    points_away: config.pointsAway,
    primary: settingObject(config.primary),
    self_service: settingObject(config.selfService),
    require_self_service_database_url: config.requireSelfServiceDatabaseUrl,
    override:
      override.state === 'until'
        ? { state: 'until', until: formatTime(override.untilMs) }
        : { state: override.state },
  };
}

function settingObject(setting: DatabaseSetting): JsonObject {
  if (setting.state !== 'set') return { state: setting.state };
  const { location } = setting;
  if (location.kind === 'sqlite') return { state: 'set', kind: 'sqlite', store: location.path };
  const { host, port, database, tlsRequired } = location;
  return {
    state: 'set',
    kind: 'postgres',
    server: host,
    port,
    store: database,
    tls_required: tlsRequired,
  };
}

function draftStoreObject(probe: DraftStoreProbe): JsonObject {
  return {
    measured_at: formatTime(probe.measuredAtMs),
    reachable: probe.reachable,
    store_identities: [...probe.storeIdentities],
    ...(probe.databaseRole !== undefined && { database_role: probe.databaseRole }),
    migrations_pending: probe.migrationsPending,
    can_write_production: probe.canWriteProduction,
  };
}

/** A snapshot taken apart; nothing of it was evaluated yet. */
export interface ReadSnapshot extends Omit<SnapshotParts, 'posture'> {
  readonly posture?: JsonObject;
  readonly answer: JsonObject;
}

/** Throws `ERR_READINESS_SNAPSHOT` for another form, and where the digest does not fit. */
export function parseSnapshot(value: JsonObject): ReadSnapshot {
  const sent = Members.of(value, '', CODE);
  const said = Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'digest'));
  sent.constant('schema', SNAPSHOT_SCHEMA);
  if (sent.text('digest', isDigest) !== taggedDigest(SNAPSHOT_SCHEMA, said)) {
    throw sent.wrong('digest', 'is not the digest of the other members');
  }
  const probes = sent.members('probes');
  return {
    config: readConfig(sent.members('config')),
    probes: {
      nowMs: timeOf(sent, 'evaluated_at'),
      ageMsMax: sent.integer('age_ms_max', 0),
      crashed: flagOf(probes, 'crashed'),
      ...(probes.has('draft_store') && {
        draftStore: readDraftStore(probes.members('draft_store')),
      }),
      ...(probes.has('verification') && {
        verification: readVerification(probes.members('verification')),
      }),
    },
    ...(sent.has('posture') && { posture: sent.members('posture').object }),
    answer: sent.members('readiness').object,
  };
}

function readConfig(sent: Members): ReadinessConfig {
  return {
    environment: sent.text('environment'),
    environmentIsNamed: flagOf(sent, 'environment_is_named'),
    pointsAway: flagOf(sent, 'points_away'),
    primary: readSetting(sent.members('primary')),
    selfService: readSetting(sent.members('self_service')),
    requireSelfServiceDatabaseUrl: flagOf(sent, 'require_self_service_database_url'),
    override: readOverride(sent.members('override')),
    hostPatterns: [],
  };
}

function readSetting(sent: Members): DatabaseSetting {
  const state = sent.oneOf('state', ['absent', 'unreadable', 'set']);
  return state === 'set' ? { state, location: readLocation(sent) } : { state };
}

function readLocation(sent: Members): StoreLocation {
  const kind = sent.oneOf('kind', ['sqlite', 'postgres']);
  const store = sent.text('store');
  if (kind === 'sqlite') return { kind, path: store };
  return {
    kind,
    host: sent.text('server'),
    port: sent.integer('port', 1),
    database: store,
    tlsRequired: flagOf(sent, 'tls_required'),
  };
}

function readOverride(sent: Members): LocalOverride {
  const state = sent.oneOf('state', ['off', 'on', 'until']);
  return state === 'until' ? { state, untilMs: timeOf(sent, 'until') } : { state };
}

function readDraftStore(sent: Members): DraftStoreProbe {
  const databaseRole = sent.optionalText('database_role', isDigest);
  return {
    measuredAtMs: timeOf(sent, 'measured_at'),
    reachable: flagOf(sent, 'reachable'),
    storeIdentities: sent.textList('store_identities', isDigest),
    ...(databaseRole !== undefined && { databaseRole }),
    migrationsPending: flagOf(sent, 'migrations_pending'),
    canWriteProduction: flagOf(sent, 'can_write_production'),
  };
}

function readVerification(sent: Members): NonNullable<ReadinessProbes['verification']> {
  return { measuredAtMs: timeOf(sent, 'measured_at'), verified: flagOf(sent, 'verified') };
}

function flagOf(sent: Members, name: string): boolean {
  const value = sent.value(name);
  if (typeof value === 'boolean') return value;
  throw sent.wrong(name, 'must be true or false');
}

function timeOf(sent: Members, name: string): number {
  return parseTime(sent.text(name, isTime));
}
