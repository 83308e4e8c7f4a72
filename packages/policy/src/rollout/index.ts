export * from './fold-governance.ts';
export * from './fold-rollout.ts';
export * from './freeze-window.ts';
export * from './gate-policy.ts';
export * from './record-chain.ts';
export * from './records.ts';
export * from './terms.ts';
export * from './judge-approvals.ts';
export * from './judge-criteria.ts';
export * from './judge-gates.ts';
export * from './admit-actions.ts';
export {
  type Admission,
  type AdmissionCode,
  admitDeploy,
  type CurrentPacket,
  type DeployRequest,
  type Facet,
  FACET_SOURCES,
  type FacetCode,
  FACETS,
  type JudgedFacet,
  judgeFacets,
  measuredCriteria,
} from './admit-deploy.ts';
export * from './fold-path.ts';
export * from './evaluate-packet.ts';
export * from './evaluate-staging.ts';
export { evidenceDigest, type EvaluationContext } from './finding.ts';
export * from './judge-evidence.ts';
export * from './deployment-path.ts';
export * from './deployment-record.ts';
