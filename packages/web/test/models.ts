/** View models for tests. */
import type { AgentApiModel, SiteModel, VerifyModel } from '../src/models.ts';

export const siteModel: SiteModel = {
  baseUrl: 'http://127.0.0.1:8080',
  environment: 'development',
  issuer: 'localhost',
  version: '0.1.0',
};

export const agentApiModel: AgentApiModel = { site: siteModel };

export const verifyModel: VerifyModel = { site: siteModel };
