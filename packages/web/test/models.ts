/** View models for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@craton/protocol';
import type { AgentApiModel, SiteModel, VerifyModel } from '../src/models.ts';
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
