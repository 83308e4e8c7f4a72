/** Gate 2 from both sides of the wall: which stores, which secrets, and what readiness says. */
import {
  type DraftStoreProbe,
  identityDigest,
  parseSnapshot,
  READINESS_AGE_S_MAX,
  type ReadinessEvidence,
  type ReadSnapshot,
  type SecretEvidence,
  type SeparationEvidence,
  verifySnapshot,
} from '@craton/policy';
import {
  CratonError,
  DEPTH_MAX,
  digestBytes,
  formatTime,
  isJsonObject,
  parseStrict,
} from '@craton/protocol';
import { nodeSha256 } from '../../ledger/node-sha256.ts';
import type { LedgerReader } from '../../ledger/port.ts';
import type { SecretOrigin } from '../../secret-origins.ts';
import type { SelfServiceView } from './self-service-view.ts';

export interface IsolationPorts {
  readonly environment: string;
  readonly isProductionLike: boolean;
  readonly reader: Pick<LedgerReader, 'measureStore'>;
  readonly secrets: readonly SecretOrigin[];
  /** 32 bytes; absent: this side signs no posture, so that no snapshot can be verified. */
  readonly posturePublicKey?: Uint8Array | undefined;
  readonly selfService: SelfServiceView;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A measurement from the future by more than this is none. */
const CLOCK_SKEW_MS = 5_000;

/** G2.1: what each side finds of its own store, over its own connection, now. */
export async function measureSeparation(ports: IsolationPorts): Promise<SeparationEvidence> {
  const { reader, selfService, nowMs } = ports;
  const production = await identitiesOf(reader);
  const probe = (await readOwnWord(ports, await selfService.snapshot()))?.probes.draftStore;
  const isKnown = probe?.reachable === true && isFresh(probe.measuredAtMs, nowMs());
  return {
    production_identities: production,
    draft_identities: isKnown ? probe.storeIdentities : [],
    write_probe: isKnown ? writeProbeOf(probe) : 'not_run',
  };
}

function writeProbeOf({ canWriteProduction }: DraftStoreProbe): 'accepted' | 'refused' {
  return canWriteProduction ? 'accepted' : 'refused';
}

async function identitiesOf(reader: IsolationPorts['reader']): Promise<readonly string[]> {
  try {
    const { identities } = await reader.measureStore();
    return identities.map((identity) => identityDigest(identity));
  } catch {
    // A store that does not answer has no identity: inconclusive, not an error of the caller's.
    return [];
  }
}

function isFresh(measuredAtMs: number, nowMs: number): boolean {
  const ageMs = nowMs - measuredAtMs;
  return ageMs <= READINESS_AGE_S_MAX * 1_000 && ageMs >= -CLOCK_SKEW_MS;
}

/** Undefined for whatever is no snapshot of this environment in its form. */
async function readOwnWord(
  { environment, posturePublicKey }: IsolationPorts,
  bytes: Uint8Array | undefined,
): Promise<ReadSnapshot | undefined> {
  if (bytes === undefined || posturePublicKey === undefined) return undefined;
  try {
    await verifySnapshot(bytes, posturePublicKey);
    const read = readSnapshot(bytes);
    return read.config.environment === environment ? read : undefined;
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function readSnapshot(bytes: Uint8Array): ReadSnapshot {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  if (!isJsonObject(value)) {
    throw new CratonError('ERR_READINESS_SNAPSHOT', 'The snapshot must be an object.');
  }
  return parseSnapshot(value);
}

/** G2.2: every secret of this process by its name, and what self-service says of its own. */
export async function measureSecrets(ports: IsolationPorts): Promise<SecretEvidence> {
  const { secrets, isProductionLike, selfService } = ports;
  const own = secrets.map(({ name, source, required }) => ({ name, source, required }));
  const theirs = await readOwnWord(ports, await selfService.snapshot());
  if (theirs === undefined) return { is_production_like: isProductionLike, secrets: own };
  // It reads its settings from its environment and from the files that this names, and nowhere else.
  const isSet = theirs.config.selfService.state === 'set';
  const database = {
    name: 'SELF_SERVICE_DATABASE_URL',
    source: isSet ? ('environment' as const) : ('absent' as const),
    required: isProductionLike,
  };
  return { is_production_like: isProductionLike, secrets: [...own, database] };
}

/** G2.3: the snapshot, verified with our own posture key and evaluated again. */
export async function measureReadiness(
  ports: IsolationPorts,
): Promise<ReadinessEvidence | undefined> {
  const { selfService, posturePublicKey, environment, nowMs } = ports;
  const bytes = await selfService.snapshot();
  if (bytes === undefined || posturePublicKey === undefined) return undefined;
  try {
    const { detail, digest, hasPosture } = await verifySnapshot(bytes, posturePublicKey);
    const { draftStore } = readSnapshot(bytes).probes;
    // Without a probe nobody has tried to write: that drafts do not is then only said.
    if (draftStore === undefined || detail.environment !== environment) return undefined;
    return {
      snapshot_digest: digest,
      signature: hasPosture ? 'verified' : 'absent',
      // The snapshot is made when it is asked for; what it says is as old as its measurement.
      measured_at: formatTime(draftStore.measuredAtMs),
      production_write_from_self_service: detail.production_write_from_self_service,
    };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    return {
      snapshot_digest: digestBytes(bytes, nodeSha256),
      signature: 'failed',
      measured_at: formatTime(nowMs()),
      production_write_from_self_service: false,
    };
  }
}
