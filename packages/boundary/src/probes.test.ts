import { CratonError } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import type { LedgerHealth } from './ledger/port.ts';
import { boundaryProbes, type ProbePorts } from './probes.ts';

const ISSUING: LedgerHealth = { state: 'issuing', queued: 0, inFlight: 0 };

function measure(id: string, changes: Partial<ProbePorts>) {
  const probes = boundaryProbes({
    reader: { storeIdentity: () => Promise.resolve('store') },
    health: () => ISSUING,
    queueMax: 10,
    material: { isAttestedAt: () => true },
    nowMs: () => 1_000_000,
    ...changes,
  });
  return async () => probes.find((probe) => probe.id === id)!.measure();
}

const lag = { waiting: 1, oldestIssuedAtMs: 0 };
const failing = (code: string) => ({ code }) as Partial<CratonError>;

describe('boundaryProbes', () => {
  it.each(['store', 'signer', 'clock', 'queue', 'log', 'log_promise'])(
    '%s is good when all is well',
    async (id) => {
      await expect(measure(id, {})()).resolves.toBeOneOf([undefined, expect.any(Object)]);
    },
  );

  it('store fails if it cannot be read', async () => {
    const error = new CratonError('ERR_STORE_UNAVAILABLE', 'No store.');
    const reader = { storeIdentity: () => Promise.reject(error) };
    await expect(measure('store', { reader })()).rejects.toBe(error);
  });

  it.each(['failed', 'closing', 'closed'] as const)(
    'store fails if the writer is %s',
    async (state) => {
      const health = () => ({ ...ISSUING, state });
      await expect(measure('store', { health })()).rejects.toMatchObject(
        failing('ERR_STORE_UNAVAILABLE'),
      );
    },
  );

  it('signer fails after a failed signature', async () => {
    const health = () => ({ ...ISSUING, state: 'failed', code: 'ERR_SIGNING' }) as const;
    await expect(measure('signer', { health })()).rejects.toMatchObject(failing('ERR_SIGNING'));
  });

  it('signer fails when the attestation has ended', async () => {
    const material = { isAttestedAt: (timeMs: number) => timeMs < 1_000_000 };
    await expect(measure('signer', { material })()).rejects.toMatchObject(failing('ERR_SIGNING'));
  });

  it('clock fails while it is behind what was seen, and recovers', async () => {
    let now = 1_000_000;
    const clock = measure('clock', { nowMs: () => now });
    await clock();
    now += 3_600_000;
    await expect(clock()).resolves.toEqual({ behind_ms: 0 });
    now -= 5_000;
    await expect(clock()).resolves.toEqual({ behind_ms: 5_000 });
    now -= 1;
    await expect(clock()).rejects.toMatchObject(failing('ERR_CLOCK_UNTRUSTED'));
    now += 10_000;
    await expect(clock()).resolves.toEqual({ behind_ms: 0 });
  });

  it('clock fails if it is behind the last commit', async () => {
    const health = () => ({ ...ISSUING, lastCommitAtMs: 1_006_000 });
    await expect(measure('clock', { health })()).rejects.toMatchObject(
      failing('ERR_CLOCK_UNTRUSTED'),
    );
  });

  it.each([
    [8, 'good'],
    [9, 'failed'],
  ])('queue with %i of 10 is %s', async (queued, expected) => {
    const result = measure('queue', { health: () => ({ ...ISSUING, queued, inFlight: 3 }) })();
    if (expected === 'good') {
      await expect(result).resolves.toEqual({ queued, in_flight: 3, queue_max: 10 });
    } else await expect(result).rejects.toMatchObject(failing('ERR_QUEUE_FULL'));
  });

  it('log fails once the publisher has stopped for good', async () => {
    const logView = { status: 'failed', failure: 'ERR_LOG_INCONSISTENT', lag } as const;
    await expect(measure('log', { logView })()).rejects.toMatchObject(
      failing('ERR_LOG_INCONSISTENT'),
    );
  });

  it('log_promise warns half an hour before a promise is broken', async () => {
    const nowMs = () => 10_000_000;
    const waitingSince = (oldestIssuedAtMs: number) =>
      measure('log_promise', {
        nowMs,
        logView: {
          status: 'publishing',
          failure: undefined,
          lag: { waiting: 1, oldestIssuedAtMs },
        },
      });
    await expect(waitingSince(10_000_000 - 1_799_999)()).resolves.toEqual({
      oldest_age_ms: 1_799_999,
    });
    await expect(waitingSince(10_000_000 - 1_800_000)()).rejects.toMatchObject(
      failing('ERR_PROOF_PENDING'),
    );
  });

  it('log_promise says nothing where no log is kept', async () => {
    const logView = { status: 'off', failure: undefined, lag } as const;
    await expect(measure('log_promise', { logView })()).resolves.toBeUndefined();
  });
});
