/** The background prober: what it asks, when, and what becomes of faults. */
import {
  type DraftStoreProbe,
  identityDigest,
  parseReadinessConfig,
  type Posture,
} from '@craton/policy';
import { Secret } from '@craton/service';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProductionAnswer } from './ask-production.ts';
import type { DraftStoreQuestion } from './probe-draft-store.ts';
import { MEASUREMENT_MS_MAX, PROBE_MS, Prober, type ProberPorts } from './prober.ts';

const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const PRODUCTION = {
  CRATON_ENV: 'production',
  SELF_SERVICE_DATABASE_URL: 'postgres://self@drafts.example/drafts?sslmode=require',
  REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
};
const POSTURE: Posture = {
  issuer: 'receipts.example',
  environment: 'production',
  measuredAtMs: NOW,
  store: {
    configured: true,
    reachable: true,
    identities: [identityDigest('production')],
    migrationsPending: false,
  },
  signingKey: { source: 'configured', kid: 'A'.repeat(43), attested: true },
  log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
  newestReceipt: 'verified',
  rolesFilled: true,
};
const ANSWER: ProductionAnswer = {
  posture: POSTURE,
  verification: { measuredAtMs: NOW, verified: true },
};

let nowMs = NOW;
let faults: unknown[] = [];

beforeEach(() => {
  nowMs = NOW;
  faults = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A store of its own with this identity, in which a write would succeed. */
const store =
  (name: string, writable = false) =>
  ({ mayShare }: DraftStoreQuestion): Promise<DraftStoreProbe> => {
    const storeIdentities = [identityDigest(name)];
    return Promise.resolve({
      measuredAtMs: nowMs,
      reachable: true,
      storeIdentities,
      migrationsPending: false,
      canWriteProduction: writable && !mayShare(storeIdentities),
    });
  };

function proberWith(
  changes: Partial<ProberPorts> = {},
  variables: Record<string, string> = PRODUCTION,
): Prober {
  return new Prober({
    config: parseReadinessConfig(variables).config,
    drafts: { kind: 'store', url: new Secret('postgres://self@drafts.example/drafts') },
    askProduction: () => Promise.resolve(ANSWER),
    probeDraftStore: store('drafts'),
    nowMs: () => nowMs,
    onFault: (error) => faults.push(error),
    ...changes,
  });
}

describe('what the prober finds', () => {
  it('is ready for review when both sides are well', async () => {
    const prober = proberWith();
    expect(prober.current().document.status).toBe('missing');
    await prober.probe();
    const { document, detail } = prober.current();
    expect([document.status, document.primary_database_url_configured]).toEqual([
      'ready_for_review',
      true,
    ]);
    expect(detail.checks.every(({ result }) => result === 'pass')).toBe(true);
    prober.assertDraftsAllowed();
  });

  it('catches two URLs that reach one database by different names', async () => {
    const prober = proberWith({ probeDraftStore: store('production') });
    await prober.probe();
    const { document, detail } = prober.current();
    expect(document.draft_store_isolation).toBe('shared_with_primary');
    expect(detail.blocked_by).toEqual(['draft_store_shared_with_primary']);
    expect(() => {
      prober.assertDraftsAllowed();
    }).toThrow('Drafts are refused');
  });

  it('is an alarm when production could be written', async () => {
    const prober = proberWith({ probeDraftStore: store('drafts', true) });
    await prober.probe();
    const { document, detail } = prober.current();
    expect(document.production_write_from_self_service).toBe(true);
    expect(detail.blocked_by).toEqual(['self_service_can_write_production']);
    expect(detail.draft_writes).toBe('refused');
  });

  it('is none where development lets drafts share a database on purpose', async () => {
    const variables = {
      CRATON_ENV: 'development',
      SELF_SERVICE_DATABASE_URL: 'postgres://a@localhost/x',
    };
    const probeDraftStore = store('production', true);
    const prober = proberWith({ probeDraftStore }, variables);
    await prober.probe();
    const { document, detail } = prober.current();
    expect(document).toMatchObject({
      draft_store_isolation: 'shared_with_primary',
      production_write_from_self_service: false,
      status: 'development_only',
    });
    expect(detail.draft_writes).toBe('primary_draft_table');
  });

  it('grows old', async () => {
    const prober = proberWith();
    await prober.probe();
    nowMs += MEASUREMENT_MS_MAX;
    expect(prober.current().document.status).toBe('ready_for_review');
    nowMs += 1;
    const { detail } = prober.current();
    expect([detail.status, detail.degraded_by]).toEqual(['degraded', ['evidence_stale']]);
    expect(detail.checks.find(({ code }) => code === 'signing_key')?.age_s).toBe(30);
  });

  it('is an error after a fault of our own, until the next probe', async () => {
    const fault = new TypeError('fault');
    let isBroken = true;
    const prober = proberWith({
      askProduction: () => (isBroken ? Promise.reject(fault) : Promise.resolve(ANSWER)),
    });
    await prober.probe();
    expect([prober.current().document.status, faults]).toEqual(['error', [fault]]);
    isBroken = false;
    await prober.probe();
    expect(prober.current().document.status).toBe('ready_for_review');
  });
});

describe('where no socket may open', () => {
  it('no store is asked, from the moment on at which an override ends', async () => {
    const asked = vi.fn(store('drafts'));
    const variables = {
      CRATON_ENV: 'development',
      SELF_SERVICE_DATABASE_URL: 'postgres://a@x.rlwy.net/d',
      ALLOW_LOCAL_PRODUCTION_DB: new Date(NOW + 1_000).toISOString(),
    };
    const prober = proberWith({ probeDraftStore: asked }, variables);
    await prober.probe();
    expect(asked).toHaveBeenCalledTimes(1);
    nowMs += 1_000;
    await prober.probe();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(prober.current().detail.blocked_by).toContain('production_database_refused');
  });
});

describe('the rhythm', () => {
  it('is one probe every ten seconds, and more often until the production side is there', async () => {
    let isThere = false;
    const askProduction = vi.fn(() => Promise.resolve(isThere ? ANSWER : {}));
    const prober = proberWith({ askProduction });
    await prober.start();
    expect(askProduction).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(askProduction).toHaveBeenCalledTimes(3);
    isThere = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(askProduction).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(PROBE_MS - 1);
    expect(askProduction).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(1);
    expect(askProduction).toHaveBeenCalledTimes(5);
    await prober.close();
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    expect(askProduction).toHaveBeenCalledTimes(5);
  });

  it('slows down where nobody is there', async () => {
    const askProduction = vi.fn(() => Promise.resolve({}));
    const prober = proberWith({ askProduction });
    await prober.start();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(askProduction).toHaveBeenCalledTimes(30);
    await vi.advanceTimersByTimeAsync(PROBE_MS - 1);
    expect(askProduction).toHaveBeenCalledTimes(30);
    await prober.close();
  });
});
