/** View models for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@craton/protocol';
import type { AgentApiModel, LogFacts, LogModel, SiteModel, VerifyModel } from '../src/models.ts';
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
