/** Labels of rollouts in words: a sentence for each code, a word and an icon for each state. */
import type {
  AdmissionCode,
  CaseCode,
  CriterionOutcome,
  GateState,
  RolloutState,
  UncountedCode,
  UnsatisfiableGate,
} from '@craton/policy';
import { printable, type Colour } from '../text.ts';

export type Shown = readonly [icon: string, colour: Colour];

export const CRITERION_ICONS = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  inconclusive: ['?', 'yellow'],
  not_evaluated: ['·', 'dim'],
  waived: ['~', 'yellow'],
  stale: ['!', 'yellow'],
} as const satisfies Record<CriterionOutcome, Shown>;

export const GATE_ICONS = {
  locked: ['·', 'dim'],
  open: ['○', 'cyan'],
  blocked: ['✗', 'red'],
  waiting_for_evidence: ['…', 'yellow'],
  waiting_for_approval: ['…', 'cyan'],
  passed: ['✓', 'green'],
  rejected: ['✗', 'red'],
  expired: ['!', 'yellow'],
  invalidated: ['!', 'yellow'],
} as const satisfies Record<GateState, Shown>;

export const STATE_COLOURS = {
  draft: 'dim',
  review_requested: 'cyan',
  in_review: 'cyan',
  ready_to_deploy: 'green',
  deployed: 'green',
  superseded: 'dim',
  rolled_back: 'yellow',
  suspended: 'red',
  changes_requested: 'yellow',
  withdrawn: 'dim',
  rejected: 'red',
  expired: 'yellow',
  frozen: 'yellow',
  invalidated: 'yellow',
  attention: 'red',
} as const satisfies Record<RolloutState, Colour>;

/** How a criterion is known. What is declared never reads like what is measured. */
export const KIND_WORDS: Readonly<Record<string, string>> = {
  measured: 'measured',
  declared: 'declared',
  measured_and_declared: 'measured+declared',
  structural: 'built in',
};

const FACET_WORDS = {
  owner_not_passed: 'The owners have not approved, or the draft is not complete (owner).',
  environment_not_passed: 'The environment does not hold what it must (environment).',
  security_not_passed: 'The security review has not passed (security).',
  sla_not_passed: 'The service level is not documented (sla).',
  smoke_test_not_passed: 'Staging or the smoke tests have not passed (smoke test).',
  rollback_not_passed: 'The rollback owner or the incident channel is not confirmed (rollback).',
  support_not_passed: 'The support is not documented (support).',
} as const;

/** Why something that was asked for is not done. */
const ADMISSION = {
  ...FACET_WORDS,
  added_criterion_not_met: 'A criterion that this installation added is not met.',
  state_does_not_allow: 'The rollout is not in a state in which this can be done.',
  packet_unreadable: 'Self-service does not serve the packet now.',
  packet_withdrawn: 'The author has withdrawn the packet.',
  packet_changed: 'The packet is another one than what is under review: look at it again.',
  scope_changed: 'The scope is another one than what was approved.',
  boundary_object_changed: 'The boundary object is another one than what was approved.',
  frozen: 'A freeze window holds.',
  approval_expired: 'An approval has lapsed: the person must look again.',
  execution_expired: 'The time for deploying is over: approvals are needed again.',
  evidence_too_old: 'Evidence is older than a minute: evaluate again.',
  path_not_confirmed: 'The path id that was typed is not the path’s.',
  step_up_missing: 'Sign in again: this needs a sign-in of the last five minutes.',
  role_not_held: 'You do not hold the role that this needs.',
  deployer_is_last_approver: 'Who approved last may not deploy: somebody else must.',
  gate_not_open: 'An earlier gate has not passed.',
  criteria_not_met: 'The evidence of this gate does not pass.',
  role_not_of_gate: 'This gate does not ask for that role.',
  author: 'The author of the packet never counts.',
  person_counted: 'You fill another role of this gate: somebody else must fill this one.',
  role_filled: 'Somebody has approved in this role.',
  not_a_person: 'Only a person can do this.',
  first_gates_not_passed: 'Staging opens when the first two gates have passed.',
  review_still_open: 'An earlier emergency deployment waits for its review.',
  expiry_out_of_bounds: 'The end is not within what the gate policy allows.',
} as const satisfies Record<AdmissionCode, string>;

/** Why an approval does not count, where `ADMISSION` does not say it. */
const UNCOUNTED = {
  withdrawn: 'It was withdrawn.',
  older_version: 'It was given for an older version of the packet.',
} as const satisfies Partial<Record<UncountedCode, string>>;

const CASES = {
  agrees: 'Staging gave the expected verdict.',
  not_observed: 'Staging was not asked this case.',
  verdict_differs: 'Staging gave another verdict than the plan expects.',
  other_boundary_object: 'Staging answered from another boundary object.',
  only_observing: 'Staging only observed.',
} as const satisfies Record<CaseCode, string>;

const UNSATISFIABLE = {
  role_unfilled: 'Nobody holds the role.',
  only_the_author: 'Nobody but the author holds the role, and the author never counts.',
  too_few_people: 'The roles of this gate need different people, and there are too few.',
} as const satisfies Record<UnsatisfiableGate['code'], string>;

/** What evaluators find, and what stands in the way of a gate. */
const EVIDENCE = {
  passed: 'It holds.',
  approved: 'The people whose answer it is have approved.',
  waived: 'It was waived, for a time.',
  approval_missing: 'An approval is missing.',
  approval_of_one_missing: 'An approval is missing; one of these roles is enough.',
  not_evaluated: 'Nobody has looked yet.',
  evidence_stale: 'The evidence is too old.',
  evidence_of_another_kind: 'It was declared where it must be measured.',
  evidence_from_the_future: 'The evidence bears a time that has not come.',
  rollback_owner_not_acknowledged: 'The rollback owner has not acknowledged.',
  incident_channel_not_tested: 'No test message was sent to the incident channel.',
  incident_channel_missing: 'The plan names no incident channel.',
  fields_missing: 'Members of the plan are missing.',
  stores_not_separated: 'Drafts and production share one store.',
  drafts_can_write_production: 'The role of drafts can write a production table.',
  store_not_reached: 'A store did not answer.',
  write_probe_not_run: 'Whether drafts can write production was not tried.',
  secret_not_configured: 'A secret is not configured by the environment.',
  no_secrets_reported: 'Nobody reported where the secrets come from.',
  snapshot_not_verified: 'The readiness snapshot does not verify.',
  drafts_write_production: 'Readiness says that drafts write production.',
  snapshot_missing: 'There is no signed readiness snapshot.',
  snapshot_stale: 'The readiness snapshot is too old.',
  secret_came_out: 'A secret came out.',
  search_missing: 'The searches for secrets were not made: craton leak-search --env ... --record.',
  search_of_another_build: 'The search for secrets was of another version.',
  receipt_not_verified: 'A receipt does not verify.',
  wrong_keys_accepted: 'Receipts verified with keys that are not the issuer’s.',
  keys_not_reached: 'The published keys were not reached.',
  no_receipts: 'There are no checks of this packet in staging yet.',
  receipt_malformed: 'A receipt does not have its form.',
  evidence_of_production: 'A check of production was given as evidence.',
  no_expected_verdicts: 'The plan expects no verdict of any case.',
  smoke_test_failed: 'A smoke test failed.',
  smoke_test_missing: 'A smoke test was not run: craton smoke ... --record.',
  smoke_test_of_another_build: 'A smoke test was of another version.',
  smoke_test_stale: 'A smoke test is too old.',
  drafts_can_deploy: 'Drafts have a way to deploy.',
  no_deploy_route: 'There is no way to deploy.',
  window_open: 'The window after the deployment is still open.',
  too_few_checks: 'There were too few checks after the deployment.',
  boundary_object_missing: 'The draft is not complete: there is no boundary object.',
  no_staging_environment: 'Staging is not served here.',
  no_staging_trust: 'No policy says whose staging to trust: set CRATON_STAGING_TRUST_POLICY_FILE.',
  bundle_not_verified: 'A bundle does not hold under the policy for staging.',
  acknowledge_yourself: 'Acknowledge for yourself without a link.',
  approval_not_given: 'You have not given this approval.',
} as const;

const SENTENCES: Readonly<Record<string, string>> = {
  ...EVIDENCE,
  ...CASES,
  ...UNSATISFIABLE,
  ...UNCOUNTED,
  ...ADMISSION,
};

/** A code in words; one that is not known here stays as it is. */
export function sentenceOf(code: string): string {
  return Object.hasOwn(SENTENCES, code) ? (SENTENCES[code] ?? code) : printable(code);
}

/** `waiting_for_approval` as `waiting for approval`. */
export function words(label: string): string {
  return printable(label).replaceAll('_', ' ');
}

const AGES = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** How long ago: `12 s`, `3 min`, `5 h`, `2 d`. Times of the protocol. */
export function ageOf(at: string, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(at)) / 1_000));
  const [unit, length] = AGES.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}
