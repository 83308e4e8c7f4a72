/** What the production side measured of itself, as it signs it (spec/posture.md). */
import {
  canonicalBytes,
  CratonError,
  DEPTH_MAX,
  type Digest,
  equalBytes,
  formatTime,
  isDigest,
  isEnvironment,
  isHashText,
  isIssuer,
  Members,
  parseStrict,
  parseTime,
  taggedDigest,
} from '@craton/protocol';
import type { ReadinessPosture } from '../readiness/readiness-document.ts';

export const POSTURE_PROTOCOL = 'craton.posture.v1';
/** Where the production side serves it. */
export const POSTURE_PATH = '/protocol/v1/posture';
/** Of one document as it is sent. */
export const POSTURE_BYTES_MAX = 16_384;

/** Where the signing key comes from. */
export const SIGNING_KEY_SOURCES = ['configured', 'development', 'absent'] as const;
/** What the publisher of the log does on the node that was asked. */
export const LOG_STATUSES = ['off', 'starting', 'publishing', 'standby', 'failed'] as const;
/** What became of the newest stored receipt when it was verified with the published keys. */
export const RECEIPT_RESULTS = ['verified', 'failed', 'none'] as const;

/** The production store as its own process sees it. */
export interface PostureStore {
  /** Whether `DATABASE_URL` names it; if not, it is the embedded store of one machine. */
  readonly configured: boolean;
  readonly reachable: boolean;
  /** `identityDigest` of everything by which this database is known, sorted; empty if unreachable. */
  readonly identities: readonly Digest[];
  /** `roleDigest`; absent for a store without roles. */
  readonly role?: Digest;
  readonly migrationsPending: boolean;
}

export interface Posture {
  readonly issuer: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly measuredAtMs: number;
  readonly store: PostureStore;
  readonly signingKey: {
    readonly source: (typeof SIGNING_KEY_SOURCES)[number];
    /** Absent if there is no key. */
    readonly kid?: string;
    /** Whether an attestation covers it at the time of measuring. */
    readonly attested: boolean;
  };
  readonly log: {
    readonly status: (typeof LOG_STATUSES)[number];
    /** Whole seconds that the oldest receipt waits for its checkpoint; 0 if none waits. */
    readonly oldestWaitingS: number;
    /** Whether no receipt waits for longer than was promised. */
    readonly promiseKept: boolean;
  };
  readonly newestReceipt: (typeof RECEIPT_RESULTS)[number];
  /** Whether each role of the rollout gates has a holder; absent while there are no roles. */
  readonly rolesFilled?: boolean;
}

/** What two sides compare to learn that they are in one database; it tells nobody which. */
export function identityDigest(identity: string): Digest {
  return taggedDigest('craton.store.identity.v1', identity);
}

/** A role of one database server; `server` is an identity of that server. */
export function roleDigest(server: string, role: string): Digest {
  return taggedDigest('craton.database.role.v1', { role, server });
}

/** The bytes that are signed. */
export function encodePosture(posture: Posture): Uint8Array {
  const { store, signingKey, log } = posture;
  return canonicalBytes({
    protocol: POSTURE_PROTOCOL,
    issuer: posture.issuer,
    environment: posture.environment,
    measured_at: formatTime(posture.measuredAtMs),
    store: {
      configured: store.configured,
      reachable: store.reachable,
      identities: Array.from(store.identities).sort(),
      ...(store.role !== undefined && { role: store.role }),
      migrations_pending: store.migrationsPending,
    },
    signing_key: {
      source: signingKey.source,
      ...(signingKey.kid !== undefined && { kid: signingKey.kid }),
      attested: signingKey.attested,
    },
    log: {
      status: log.status,
      oldest_waiting_s: log.oldestWaitingS,
      promise_kept: log.promiseKept,
    },
    newest_receipt: posture.newestReceipt,
    ...(posture.rolesFilled !== undefined && { roles: { filled: posture.rolesFilled } }),
  });
}

const CODE = 'ERR_POSTURE';

/**
 * Reads the signed bytes. Members that are not known are ignored. Throws `ERR_POSTURE`, or what
 * `parseStrict` throws, if they are not a posture document in canonical form.
 */
export function parsePosture(bytes: Uint8Array): Posture {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const members = Members.of(value, '', CODE);
  if (!equalBytes(canonicalBytes(members.object), bytes)) {
    throw new CratonError(CODE, 'The posture document is not in canonical form.');
  }
  members.constant('protocol', POSTURE_PROTOCOL);
  return {
    issuer: members.text('issuer', isIssuer),
    environment: members.text('environment', isEnvironment),
    measuredAtMs: timeOf(members, 'measured_at'),
    store: parseStore(members.members('store')),
    signingKey: signingKeyOf(members.members('signing_key')),
    log: logOf(members.members('log')),
    newestReceipt: members.oneOf('newest_receipt', RECEIPT_RESULTS),
    ...(members.has('roles') && { rolesFilled: flagOf(members.members('roles'), 'filled') }),
  };
}

function parseStore(members: Members): PostureStore {
  const role = members.optionalText('role', isDigest);
  return {
    configured: flagOf(members, 'configured'),
    reachable: flagOf(members, 'reachable'),
    identities: members.textList('identities', isDigest) as readonly Digest[],
    ...(role !== undefined && { role: role as Digest }),
    migrationsPending: flagOf(members, 'migrations_pending'),
  };
}

function signingKeyOf(members: Members): Posture['signingKey'] {
  const kid = members.optionalText('kid', isHashText);
  return {
    source: members.oneOf('source', SIGNING_KEY_SOURCES),
    ...(kid !== undefined && { kid }),
    attested: flagOf(members, 'attested'),
  };
}

function logOf(members: Members): Posture['log'] {
  return {
    status: members.oneOf('status', LOG_STATUSES),
    oldestWaitingS: members.integer('oldest_waiting_s', 0),
    promiseKept: flagOf(members, 'promise_kept'),
  };
}

function flagOf(members: Members, name: string): boolean {
  const value = members.value(name);
  if (typeof value === 'boolean') return value;
  throw members.wrong(name, 'must be true or false');
}

function timeOf(members: Members, name: string): number {
  try {
    return parseTime(members.text(name));
  } catch {
    throw members.wrong(name, 'must be a time');
  }
}

/** As readiness takes it. */
export function readinessPosture(posture: Posture): ReadinessPosture {
  const { store, signingKey, log } = posture;
  return {
    measuredAtMs: posture.measuredAtMs,
    primaryConfigured: store.configured,
    primaryReachable: store.reachable,
    storeIdentities: store.identities,
    ...(store.role !== undefined && { databaseRole: store.role }),
    migrationsPending: store.migrationsPending,
    signingKey: signingKey.source,
    rootAttested: signingKey.attested,
    logAvailable: log.promiseKept && (log.status === 'publishing' || log.status === 'standby'),
    rolesFilled: posture.rolesFilled === true,
  };
}
