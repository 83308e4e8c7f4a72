export { checkCaseRequest, completeRequest, requestDefaults } from './case-request.ts';
export * from './diff.ts';
export * from './draft.ts';
export * from './draft-coverage.ts';
export {
  composePath,
  type DraftScope,
  type GenerationInputs,
  missingFields,
  presetOf,
  scopeOf,
} from './draft-path.ts';
export { type Assumptions, assumptionsFor, type DryRun, dryRun } from './dry-run.ts';
export * from './expected-verdicts.ts';
export * from './generate-boundary.ts';
export * from './packet.ts';
export * from './presets.ts';
export { formatUsd } from './read-condition.ts';
export * from './read-draft.ts';
export * from './read-path.ts';
export { AMOUNT_CENTS_MAX } from './sample-requests.ts';
export * from './verdict-map.ts';
export * from './recommend.ts';
