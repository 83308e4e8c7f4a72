/** Proofs for receipts of keys that are over or compromised, as a verifier judges them. */
import {
  composeKeyCompromise,
  encodeBase64,
  formatVerifierKey,
  type KeyCompromise,
  parseTrustPolicy,
  readKeyCompromise,
  utf8,
  verifyBundle,
} from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeWitness } from '../../test/fake-witness.ts';
import { attest, ENVIRONMENT, Harness, ISSUER, PARTNER_ID } from '../../test/harness.ts';
import { createLogSigner } from '../log/log-signer.ts';
import { LogService } from '../log/log-service.ts';
import type { StoredCheckpoint } from '../log/port.ts';
import { createKeySigning } from '../signing/signer.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { bundleText } from './compose-bundle.ts';
import { findReceipt } from './find-receipt.ts';

const HOUR_MS = 3_600_000;
const ORIGIN = `${ISSUER}/${ENVIRONMENT}`;
const ROOT = createKeySigning(Buffer.alloc(32, 9));
const SIGNER = createLogSigner(new Uint8Array(32).fill(23), ORIGIN);

let boundary: Harness;
let key: string;
let witness: FakeWitness;
let log: LogService;
let trust: string;
/** When the first receipt was issued, milliseconds since 1970. */
let startedMs: number;

beforeEach(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey();
  witness = new FakeWitness();
  log = new LogService({
    store: boundary.ledger.openLog({ environment: ENVIRONMENT, origin: ORIGIN }),
    signer: SIGNER,
    policy: witness.policy,
    nowMs: () => boundary.nowMs(),
    onSeen: () => undefined,
    fetch: witness.fetch,
  });
  const root = `root test-root ${encodeBase64(ROOT.publicKey)} ${ISSUER} ${ENVIRONMENT}`;
  const own = `witness w1 ${formatVerifierKey(witness.key)}`;
  trust = `craton-policy v1\n${root}\nlog ${SIGNER.verifierKey}\n${own}\nquorum w1\n`;
});
afterEach(async () => {
  await log.close();
  await boundary.close();
});

/** A receipt and a checkpoint over it, cosigned at this time; answers its id. */
async function decide(cosignedAtMs: number): Promise<string> {
  const { request_id } = (await boundary.check(key)).json<{ request_id: string }>();
  witness.cosignedAtS = Math.floor(cosignedAtMs / 1000);
  await log.step();
  return request_id;
}

interface Judged {
  readonly size: number;
  readonly outcome: string;
  readonly key_status: string;
  readonly log_inclusion: string;
}

/** What a stranger with a trust policy says of the bundle that is handed out at this time. */
async function judge(
  id: string,
  {
    material,
    atMs,
    policy = trust,
  }: { material: VerificationMaterial; atMs: number; policy?: string },
): Promise<Judged> {
  const owner = { environment: ENVIRONMENT, partnerId: PARTNER_ID };
  const found = await findReceipt(boundary.ledger.reader, owner, id);
  const text = await bundleText(
    { material, transparencyLog: log, nowMs: () => atMs },
    found,
    'full',
  );
  const report = await verifyBundle(utf8(text), parseTrustPolicy(utf8(policy)), { atMs });
  const lineOf = (id: string) => report.checks.find((check) => check.id === id);
  const { proof } = (JSON.parse(text) as { log_proof: { proof: string } }).log_proof;
  return {
    size: Number(proof.split(`\n${ORIGIN}\n`)[1]?.split('\n')[0]),
    outcome: report.outcome,
    key_status: `${lineOf('key_status')?.status} ${lineOf('key_status')?.code}`,
    log_inclusion: `${lineOf('log_inclusion')?.status} ${lineOf('log_inclusion')?.code}`,
  };
}

describe('a key whose window is over', () => {
  const overAt = (notAfterMs: number): VerificationMaterial => {
    const attestation = attest(boundary.signer.publicKey, { notAfterMs });
    return { ...boundary.material, attestationsOf: () => [attestation] };
  };

  it('is proved under the first checkpoint that witnesses saw, and verified', async () => {
    startedMs = boundary.nowMs();
    const material = overAt(startedMs + HOUR_MS);
    const first = await decide(startedMs + HOUR_MS);
    const second = await decide(startedMs + 3 * HOUR_MS);
    const atMs = startedMs + 4 * HOUR_MS;
    expect(await judge(first, { material, atMs })).toEqual({
      size: 1,
      outcome: 'reached',
      key_status: 'verified key_expired_logged',
      log_inclusion: 'verified ok',
    });
    // Seen too late: no choice of a checkpoint helps.
    expect(await judge(second, { material, atMs })).toEqual({
      size: 2,
      outcome: 'failed',
      key_status: 'failed key_expired',
      log_inclusion: 'failed log_too_late',
    });
  });

  it('is proved under the newest checkpoint while it lasts', async () => {
    startedMs = boundary.nowMs();
    const material = overAt(startedMs + 9 * HOUR_MS);
    const first = await decide(startedMs);
    await decide(startedMs);
    const judged = await judge(first, { material, atMs: startedMs + HOUR_MS });
    expect(judged).toMatchObject({ size: 2, outcome: 'reached', key_status: 'verified ok' });
  });
});

describe('a compromised key', () => {
  function stated({ treeSize, root, note }: StoredCheckpoint): KeyCompromise {
    const terms = {
      rootKeyId: 'test-root',
      rootPublicKey: ROOT.publicKey,
      issuer: ISSUER,
      environment: ENVIRONMENT,
      kid: boundary.signer.kid,
      issuedAtMs: startedMs,
      size: treeSize,
      root: encodeBase64(root),
      checkpoint: note,
    };
    return composeKeyCompromise(terms, ROOT.sign);
  }

  const withStatements = (...statements: KeyCompromise[]): VerificationMaterial => ({
    ...boundary.material,
    keyCompromises: statements.map((statement) => ({
      statement,
      said: readKeyCompromise({ ...statement }),
    })),
  });

  const published = (): StoredCheckpoint => {
    const { published } = log.view.state;
    if (published === undefined) throw new Error('Nothing is published.');
    return published;
  };

  beforeEach(() => {
    startedMs = boundary.nowMs();
  });

  it('is proved to exactly the cut-off, which the bundle itself brings', async () => {
    const first = await decide(startedMs);
    const cutOff = published();
    const second = await decide(startedMs);
    const third = stated(published());
    for (const material of [
      withStatements(stated(cutOff)),
      withStatements(third, stated(cutOff)),
      withStatements(stated(cutOff), third),
    ]) {
      const atMs = startedMs;
      expect(await judge(first, { material, atMs })).toEqual({
        size: 1,
        outcome: 'reached',
        key_status: 'verified key_compromised_logged',
        log_inclusion: 'verified ok',
      });
      expect(await judge(second, { material, atMs })).toEqual({
        size: 2,
        outcome: 'failed',
        key_status: 'failed key_compromised',
        log_inclusion: 'failed log_too_late',
      });
    }
  });

  it('shows nothing by a cut-off that no witness of the verifier saw', async () => {
    const first = await decide(startedMs);
    const material = withStatements(stated(published()));
    await decide(startedMs);
    const policy = trust.replace(/witness[^]*$/, 'quorum none\n');
    const judged = await judge(first, { material, atMs: startedMs, policy });
    expect(judged.key_status).toBe('asserted key_compromised_unwitnessed');
  });

  it('fails by a cut-off of another history, and hides nothing', async () => {
    const first = await decide(startedMs);
    const other = { ...published(), root: new Uint8Array(32) };
    await decide(startedMs);
    const material = withStatements(stated(other));
    expect(await judge(first, { material, atMs: startedMs })).toMatchObject({
      size: 2,
      key_status: 'failed key_compromised',
    });
  });

  it('is not listened to when the root is a stranger’s', async () => {
    const first = await decide(startedMs);
    const material = withStatements(stated(published()));
    const stranger = encodeBase64(createKeySigning(Buffer.alloc(32, 8)).publicKey);
    const policy = trust.replace(/root .*\n/, `root other ${stranger} ${ISSUER} ${ENVIRONMENT}\n`);
    const judged = await judge(first, { material, atMs: startedMs, policy });
    expect(judged.key_status).toBe('not_checked issuer_not_verified');
  });

  it('stands in the offline key bundle and in exports', async () => {
    await decide(startedMs);
    const statement = stated(published());
    const ports = () => ({ material: withStatements(statement) });
    const other = await Harness.open({ ports });
    try {
      const bundle = await other.get('/self-service/verify-keys/offline-bundle');
      expect(bundle.json()).toMatchObject({ key_compromises: [statement] });
      const auditor = await other.makeKey({ kind: 'ops', scopes: ['read'] });
      const { body } = await other.get('/operator/api/export', auditor);
      expect(JSON.parse(body.split('\n')[0] ?? '')).toMatchObject({ key_compromises: [statement] });
    } finally {
      await other.close();
    }
    const none = await boundary.get('/self-service/verify-keys/offline-bundle');
    expect(none.json()).not.toHaveProperty('key_compromises');
  });
});
