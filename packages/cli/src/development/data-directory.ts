/** The development data directory: keys, attestation and trust policy, made on the first start. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  createVerifierKey,
  formatVerifierKey,
  logOrigin,
  parseTime,
  readAttestation,
  SIGNATURE_TYPE,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile, writeNewFile } from '../files.ts';
import { attestKey, parseAttestations } from '../keys/attest-key.ts';
import {
  createDevelopmentKeyFiles,
  defaultRootKeyId,
  namesOf,
  readSecretKey,
} from '../keys/key-file.ts';
import type { KeyPair } from '../keys/key-pair.ts';
import { composeTrustPolicy } from '../trust/compose-policy.ts';

/** Served beside the own environment, so that packets can be staged. */
const STAGING = 'staging';

/** Only its owner may look into the data directory. */
const PRIVATE_DIRECTORY_MODE = 0o700;
/** Attestations made in development hold so long. */
const YEAR_MS = 365 * 24 * 3_600_000;

/** Issuer of receipts on a development machine, unless `CRATON_ISSUER` names another. */
export const DEVELOPMENT_ISSUER = 'craton.localhost';

/** Where everything lies below a data directory. */
export interface DataPaths {
  readonly directory: string;
  /** The root's private part: for `craton keys attest` only, never for a server. */
  readonly rootKey: string;
  readonly signingKey: string;
  /** Of the environment `staging`; directories of earlier versions have none. */
  readonly stagingKey: string;
  readonly logKey: string;
  readonly postureKey: string;
  readonly attestations: string;
  readonly trustPolicy: string;
  readonly credentials: string;
  readonly database: string;
  /** Digests of the keys that self-service accepts. */
  readonly selfServiceKeys: string;
  /** The key of self-service for `craton smoke`. */
  readonly smokeKey: string;
  /** The key with which the operator side reads what is under review. */
  readonly pullKey: string;
}

export function dataPathsOf(directory: string): DataPaths {
  return {
    directory,
    rootKey: join(directory, 'offline-root', 'root-key.txt'),
    signingKey: join(directory, 'signing-key.txt'),
    stagingKey: join(directory, 'staging-signing-key.txt'),
    logKey: join(directory, 'log-key.txt'),
    postureKey: join(directory, 'posture-key.txt'),
    attestations: join(directory, 'attestations.json'),
    trustPolicy: join(directory, 'trust-policy.txt'),
    credentials: join(directory, 'dev-credentials.json'),
    database: join(directory, 'boundary.db'),
    selfServiceKeys: join(directory, 'self-service-keys.json'),
    smokeKey: join(directory, 'self-service-smoke-key.txt'),
    pullKey: join(directory, 'review-pull-key.txt'),
  };
}

/** For whom the keys of a data directory sign. */
export interface KeyScope {
  readonly issuer: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Makes what is missing of a data directory, or sees that what is there fits. The trust policy is
 * written last, so where it stands everything else must stand too. Answers whether this was the
 * first start.
 */
export async function prepareDataDirectory(paths: DataPaths, scope: KeyScope): Promise<boolean> {
  mkdirSync(paths.directory, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  chmodSync(paths.directory, PRIVATE_DIRECTORY_MODE);
  const isFirst = !existsSync(paths.trustPolicy);
  if (isFirst) await createDataFiles(paths, scope);
  else assertComplete(paths);
  assertAttested(paths, scope);
  return isFirst;
}

async function createDataFiles(paths: DataPaths, scope: KeyScope): Promise<void> {
  assertNoReceipts(paths);
  mkdirSync(dirname(paths.rootKey), { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  const keys = {
    root: keepOrCreate(paths.rootKey),
    signing: keepOrCreate(paths.signingKey),
    staging: keepOrCreate(paths.stagingKey),
    log: keepOrCreate(paths.logKey),
    posture: keepOrCreate(paths.postureKey),
  };
  if (!existsSync(paths.attestations)) await writeAttestations(paths, keys, scope);
  writeTrustPolicy(paths, keys, scope);
}

/** A first start that was interrupted left some keys; they are good. */
function keepOrCreate(path: string): KeyPair {
  return existsSync(path) ? readSecretKey(path) : createDevelopmentKeyFiles(path);
}

interface DevelopmentKeys {
  readonly root: KeyPair;
  readonly signing: KeyPair;
  readonly staging: KeyPair;
  readonly log: KeyPair;
}

async function writeAttestations(
  paths: DataPaths,
  { root, signing, staging }: DevelopmentKeys,
  { issuer, environment, nowMs }: KeyScope,
): Promise<void> {
  const attest = (key: KeyPair, of: string) =>
    attestKey(root, {
      rootKeyId: defaultRootKeyId(root.publicKey),
      subjectPublicKey: key.publicKey,
      issuer,
      environments: [of],
      issuedAtMs: nowMs,
      notBeforeMs: nowMs,
      notAfterMs: nowMs + YEAR_MS,
    });
  const attestations = [await attest(signing, environment), await attest(staging, STAGING)];
  replaceFile(paths.attestations, `${JSON.stringify(attestations, undefined, 2)}\n`, PUBLIC_MODE);
}

function writeTrustPolicy(paths: DataPaths, keys: DevelopmentKeys, scope: KeyScope): void {
  const origin = logOrigin(scope.issuer, scope.environment);
  const text = composeTrustPolicy({
    rootKeyId: defaultRootKeyId(keys.root.publicKey),
    rootPublicKey: keys.root.publicKey,
    issuer: scope.issuer,
    environments: [scope.environment, STAGING],
    // That of staging has the same key, and a policy names each key once.
    log: formatVerifierKey(createVerifierKey(origin, SIGNATURE_TYPE.ed25519, keys.log.publicKey)),
  });
  writeNewFile(paths.trustPolicy, text, PUBLIC_MODE);
}

function assertComplete(paths: DataPaths): void {
  const needed = [paths.signingKey, paths.logKey, paths.postureKey, paths.attestations];
  const missing = needed.filter((path) => !existsSync(path));
  if (missing.length > 0) throw unusable(`The data directory lacks ${missing.join(', ')}.`);
}

/** New keys beside old receipts would leave receipts that nothing here vouches for. */
function assertNoReceipts(paths: DataPaths): void {
  if (!existsSync(paths.database) || existsSync(paths.signingKey)) return;
  throw unusable(`${paths.database} holds receipts, but the keys are gone.`);
}

/** The root attests the signing key for this issuer and environment, today. */
function assertAttested(paths: DataPaths, { issuer, environment, nowMs }: KeyScope): void {
  const { kid } = namesOf(readSecretKey(paths.signingKey).publicKey);
  const values = parseAttestations(readFileOrFail(paths.attestations), paths.attestations);
  const said = values
    .map((value) => readAttestation(value).payload)
    .filter(({ subject }) => subject.kid === kid);
  if (said.length === 0) throw unusable('No attestation is of the signing key.');
  const fitting = said.filter(
    (payload) => payload.issuer === issuer && payload.environments.includes(environment),
  );
  if (fitting.length === 0) {
    throw unusable(`The keys are attested for another issuer or environment than ${environment}.`);
  }
  const isCurrent = fitting.some(
    ({ not_before, not_after }) => parseTime(not_before) <= nowMs && nowMs <= parseTime(not_after),
  );
  if (!isCurrent) throw unusable('The attestation does not hold at this time.');
}

function unusable(message: string): CommandFailure {
  return new CommandFailure(message, {
    code: 'data_directory_unusable',
    nextStep: [
      'Put right what changed, or start afresh: move the data directory away, or name another',
      'one with CRATON_DATA_DIR. craton doctor says more.',
    ].join('\n'),
  });
}
