/** Measures this process, its store and its log: what the posture document says. Writes nothing. */
import { decodeBase64url, MERGE_DELAY_MS, verifyEd25519 } from '@craton/protocol';
import { identityDigest, type Posture, type PostureStore, roleDigest } from '@craton/policy';
import type { LedgerHealth, LedgerReader, StoreMeasure } from '../ledger/port.ts';
import type { LogView } from '../log/log-view.ts';
import type { VerificationMaterial } from '../verification-material.ts';

export interface PosturePorts {
  readonly issuer: string;
  readonly environment: string;
  /** Whether a setting names the store. */
  readonly isStoreConfigured: boolean;
  readonly signingKeySource: 'configured' | 'development';
  readonly reader: Pick<LedgerReader, 'measureStore'>;
  readonly health: () => LedgerHealth;
  readonly material: VerificationMaterial;
  readonly logView: Pick<LogView, 'status' | 'lag'>;
  /** Whether the rollout gates have their people; absent: nobody is asked. */
  readonly areRolesFilled?: () => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Never throws for a store that does not answer: that is a measurement, too. */
export async function measurePosture(ports: PosturePorts): Promise<Posture> {
  const { issuer, environment, material, signingKeySource, nowMs } = ports;
  const measure = await measureOrNothing(ports);
  const rolesFilled = await rolesOrNothing(ports);
  const measuredAtMs = nowMs();
  const [key] = material.keys;
  return {
    issuer,
    environment,
    measuredAtMs,
    store: storeOf(ports, measure),
    signingKey: {
      source: signingKeySource,
      ...(key && { kid: key.kid }),
      attested: material.isAttestedAt(measuredAtMs),
    },
    log: logOf(ports, measuredAtMs),
    newestReceipt: await verifyNewest(material, measure),
    ...(rolesFilled !== undefined && { rolesFilled }),
  };
}

async function rolesOrNothing({ areRolesFilled }: PosturePorts): Promise<boolean | undefined> {
  try {
    return await areRolesFilled?.();
  } catch {
    return undefined;
  }
}

async function measureOrNothing({ reader }: PosturePorts): Promise<StoreMeasure | undefined> {
  try {
    return await reader.measureStore();
  } catch {
    return undefined;
  }
}

function storeOf(
  { isStoreConfigured, health }: PosturePorts,
  measure: StoreMeasure | undefined,
): PostureStore {
  const { identities = [], role, migrationsPending = false } = measure ?? {};
  return {
    configured: isStoreConfigured,
    // A writer that has stopped keeps its readers: what cannot be written is not reached.
    reachable: measure !== undefined && health().state === 'issuing',
    identities: identities.map((identity) => identityDigest(identity)),
    ...(role && { role: roleDigest(role.server, role.name) }),
    migrationsPending,
  };
}

function logOf({ logView }: PosturePorts, nowMs: number): Posture['log'] {
  const { oldestIssuedAtMs = nowMs } = logView.lag;
  const waitingMs = Math.max(0, nowMs - oldestIssuedAtMs);
  return {
    status: logView.status,
    oldestWaitingS: Math.floor(waitingMs / 1000),
    promiseKept: waitingMs <= MERGE_DELAY_MS,
  };
}

/** With nothing but the keys that are published, as anybody would. */
async function verifyNewest(
  { keys }: VerificationMaterial,
  measure: StoreMeasure | undefined,
): Promise<Posture['newestReceipt']> {
  if (measure?.newestReceipt === undefined) return 'none';
  const { payload, signature, kid } = measure.newestReceipt;
  const key = keys.find((published) => published.kid === kid);
  if (key === undefined) return 'failed';
  const isGenuine = await verifyEd25519(decodeBase64url(key.x), payload, signature);
  return isGenuine ? 'verified' : 'failed';
}
