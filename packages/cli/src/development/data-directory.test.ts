import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type Attestation,
  decodeBase64,
  equalBytes,
  keyFingerprint,
  logOrigin,
  parseTrustPolicy,
  readAttestation,
  verifyEd25519,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../../test/temporary-folder.ts';
import { CommandFailure } from '../failure.ts';
import { keyPairOf } from '../keys/key-pair.ts';
import { type DataPaths, dataPathsOf, prepareDataDirectory } from './data-directory.ts';

const NOW = Date.UTC(2026, 0, 1);
const SCOPE = { issuer: 'craton.localhost', environment: 'development', nowMs: NOW };
const YEAR_MS = 365 * 24 * 3_600_000;

function newPaths(): DataPaths {
  return dataPathsOf(join(newFolder(), 'data'));
}

/** The seed of a generated key, which says of itself that it is one. */
function seedIn(path: string): Uint8Array {
  const [, seed = ''] = /^development:(\S+)\n$/.exec(readFileSync(path, 'utf8')) ?? [];
  return decodeBase64(seed);
}

describe('the first start', () => {
  it('makes five different private keys, in files that only their owner may read', async () => {
    const paths = newPaths();
    expect(await prepareDataDirectory(paths, SCOPE)).toBe(true);
    const { rootKey, signingKey, stagingKey, logKey, postureKey } = paths;
    const files = [rootKey, signingKey, stagingKey, logKey, postureKey];
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new Set(files.map((file) => readFileSync(file, 'utf8'))).size).toBe(5);
    for (const folder of [paths.directory, join(paths.directory, 'offline-root')]) {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    expect(readdirSync(paths.directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('lets the root attest the signing key for a year', async () => {
    const paths = newPaths();
    await prepareDataDirectory(paths, SCOPE);
    const [attestation] = JSON.parse(readFileSync(paths.attestations, 'utf8')) as [Attestation];
    const { payload, payloadBytes, signature } = readAttestation({ ...attestation });
    const root = keyPairOf(seedIn(paths.rootKey)).publicKey;
    const signing = keyPairOf(seedIn(paths.signingKey)).publicKey;
    expect(await verifyEd25519(root, payloadBytes, signature)).toBe(true);
    expect(payload.subject.public_key_fingerprint_sha256).toBe(keyFingerprint(signing));
    expect(Date.parse(payload.not_before)).toBe(NOW);
    expect(Date.parse(payload.not_after)).toBe(NOW + YEAR_MS);
    expect(payload).toMatchObject({ issuer: 'craton.localhost', environments: ['development'] });
  });

  it('writes a trust policy for that root, issuer and environment, and for the log', async () => {
    const paths = newPaths();
    await prepareDataDirectory(paths, SCOPE);
    const { roots, tlog } = parseTrustPolicy(readFileSync(paths.trustPolicy));
    expect(roots).toHaveLength(1);
    const environments = ['development', 'staging'];
    expect(roots[0]).toMatchObject({ issuer: 'craton.localhost', environments });
    expect(roots[0]?.publicKey).toEqual(keyPairOf(seedIn(paths.rootKey)).publicKey);
    const [log] = tlog.logs;
    expect(log?.key.name).toBe(logOrigin('craton.localhost', 'development'));
    expect(
      equalBytes(log?.key.publicKey ?? new Uint8Array(), keyPairOf(seedIn(paths.logKey)).publicKey),
    ).toBe(true);
  });

  it('goes on where it was interrupted, with the keys that are there', async () => {
    const paths = newPaths();
    await prepareDataDirectory(paths, SCOPE);
    const before = readFileSync(paths.signingKey, 'utf8');
    for (const path of [paths.trustPolicy, paths.attestations, paths.postureKey]) rmSync(path);
    rmSync(paths.postureKey.replace('.txt', '.public.json'));
    expect(await prepareDataDirectory(paths, SCOPE)).toBe(true);
    expect(readFileSync(paths.signingKey, 'utf8')).toBe(before);
    expect(existsSync(paths.postureKey)).toBe(true);
  });
});

describe('a later start', () => {
  async function started(): Promise<DataPaths> {
    const paths = newPaths();
    await prepareDataDirectory(paths, SCOPE);
    return paths;
  }

  it('changes nothing, and does not need the root', async () => {
    const paths = await started();
    renameSync(join(paths.directory, 'offline-root'), `${paths.directory}-root`);
    const before = readdirSync(paths.directory).map((name) =>
      readFileSync(join(paths.directory, name), 'utf8'),
    );
    expect(await prepareDataDirectory(paths, SCOPE)).toBe(false);
    const after = readdirSync(paths.directory).map((name) =>
      readFileSync(join(paths.directory, name), 'utf8'),
    );
    expect(after).toEqual(before);
  });

  it.each([
    ['a missing key', (paths: DataPaths) => rmSync(paths.logKey), SCOPE, 'lacks'],
    ['another environment', () => undefined, { ...SCOPE, environment: 'test' }, 'another issuer'],
    ['another issuer', () => undefined, { ...SCOPE, issuer: 'a.example' }, 'another issuer'],
    ['an ended attestation', () => undefined, { ...SCOPE, nowMs: NOW + YEAR_MS + 1 }, 'not hold'],
    ['a clock before it', () => undefined, { ...SCOPE, nowMs: NOW - 1 }, 'not hold'],
    [
      'another signing key',
      (paths: DataPaths) => writeFileSync(paths.signingKey, readFileSync(paths.logKey)),
      SCOPE,
      'No attestation is of the signing key',
    ],
    [
      'a key that others can read',
      (paths: DataPaths) => chmodSync(paths.signingKey, 0o644),
      SCOPE,
      'can be read by other users',
    ],
  ])('refuses %s', async (_title, change, scope, message) => {
    const paths = await started();
    change(paths);
    const failure = await prepareDataDirectory(paths, scope).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(String(failure)).toContain(message);
    expect((failure as CommandFailure).nextStep).toBeTruthy();
  });

  it('never makes new keys beside old receipts', async () => {
    const paths = newPaths();
    mkdirSync(paths.directory, { recursive: true });
    writeFileSync(paths.database, 'receipts');
    await expect(prepareDataDirectory(paths, SCOPE)).rejects.toThrow('the keys are gone');
    expect(existsSync(paths.signingKey)).toBe(false);
  });
});
