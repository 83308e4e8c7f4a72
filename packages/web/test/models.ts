/** View models for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateReadiness, gateCatalogue, parseReadinessConfig } from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import type {
  ActivationModel,
  AgentApiModel,
  LogFacts,
  LogModel,
  ReadinessModel,
  SiteModel,
  VerifyModel,
} from '../src/models.ts';
import { goldenCase } from './golden.ts';

export const siteModel: SiteModel = {
  baseUrl: 'http://127.0.0.1:8080',
  environment: 'development',
  issuer: 'localhost',
  version: '0.1.0',
};

const spec = join(import.meta.dirname, '../../../spec');

export const agentApiModel: AgentApiModel = {
  site: siteModel,
  openapi: JSON.parse(readFileSync(join(spec, 'openapi.json'), 'utf8')),
  errors: JSON.parse(readFileSync(join(spec, 'error-codes.json'), 'utf8')),
};

const { jwk, attestations } = goldenCase('allow').expected;

export const verifyModel: VerifyModel = {
  site: siteModel,
  offlineBundle: {
    key_bundle: { keys: [jwk as JsonObject] },
    attestations: attestations as JsonObject[],
  },
};

const publishing: LogFacts = {
  origin: 'craton.example/production',
  verifierKey: `craton.example/production+00000000+${'A'.repeat(44)}`,
  status: 'publishing',
  published: {
    treeSize: 1234,
    root: `${'A'.repeat(43)}=`,
    signedAt: '2026-11-21T18:00:00.000Z',
    cosignedBy: ['bank'],
  },
  witnesses: [
    { name: 'bank', isIssuers: false },
    { name: 'ours', isIssuers: true },
  ],
  hasOpenTiles: false,
};

/** The states in which the log's page differs. */
export const logModels = {
  witnessed: { site: siteModel, log: publishing },
  alone: { site: siteModel, log: { ...publishing, witnesses: [], hasOpenTiles: true } },
  off: {
    site: siteModel,
    log: { origin: publishing.origin, status: 'off', witnesses: [], hasOpenTiles: true },
  },
} as const satisfies Record<string, LogModel>;

const NOW = Date.parse('2026-11-21T18:00:00.000Z');

/** An answer in which all is clear, as the seed page shows it. */
function clearDetail() {
  const { config } = parseReadinessConfig({
    CRATON_ENV: 'production',
    DATABASE_URL: 'postgres://a@db.example/craton',
    SELF_SERVICE_DATABASE_URL: 'postgres://b@drafts.example/drafts',
    REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
  });
  const posture = {
    measuredAtMs: NOW,
    primaryConfigured: true,
    primaryReachable: true,
    storeIdentities: ['one'],
    migrationsPending: false,
    signingKey: 'configured',
    rootAttested: true,
    logAvailable: true,
    rolesFilled: true,
  } as const;
  const draftStore = {
    measuredAtMs: NOW,
    reachable: true,
    storeIdentities: ['two'],
    migrationsPending: false,
    canWriteProduction: false,
  };
  const verification = { measuredAtMs: NOW, verified: true };
  const probes = { nowMs: NOW, ageMsMax: 30_000, crashed: false, draftStore, verification };
  return evaluateReadiness(config, posture, probes).detail;
}

export const readinessModel: ReadinessModel = {
  site: siteModel,
  detail: clearDetail(),
  showsDetail: true,
};

export const activationModel: ActivationModel = { site: siteModel, catalogue: gateCatalogue() };
