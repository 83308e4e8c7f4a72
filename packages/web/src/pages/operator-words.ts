/** The codes of rollouts in plain words. */
import type { CriterionOutcome, GateState, RolloutState } from '@craton/policy';
import type { StateMarkProps } from '../parts/tone.tsx';

export const GATE_STATES: Readonly<Record<GateState, StateMarkProps>> = {
  locked: { tone: 'quiet', icon: 'not_checked', word: 'not reached' },
  open: { tone: 'said', icon: 'next', word: 'open' },
  blocked: { tone: 'bad', icon: 'failed', word: 'blocked' },
  waiting_for_evidence: { tone: 'warn', icon: 'absent', word: 'waits for evidence' },
  waiting_for_approval: { tone: 'warn', icon: 'asserted', word: 'waits for approval' },
  passed: { tone: 'good', icon: 'verified', word: 'passed' },
  rejected: { tone: 'bad', icon: 'reject', word: 'rejected' },
  expired: { tone: 'warn', icon: 'pulse', word: 'expired' },
  invalidated: { tone: 'bad', icon: 'absent', word: 'void' },
};

export const ROLLOUT_STATES: Readonly<Record<RolloutState, StateMarkProps>> = {
  draft: { tone: 'quiet', icon: 'draft', word: 'draft' },
  review_requested: { tone: 'said', icon: 'asserted', word: 'review requested' },
  in_review: { tone: 'said', icon: 'next', word: 'in review' },
  ready_to_deploy: { tone: 'good', icon: 'verified', word: 'ready to deploy' },
  deployed: { tone: 'good', icon: 'allow', word: 'deployed' },
  superseded: { tone: 'quiet', icon: 'absent', word: 'superseded' },
  rolled_back: { tone: 'warn', icon: 'absent', word: 'rolled back' },
  suspended: { tone: 'bad', icon: 'reject', word: 'suspended' },
  changes_requested: { tone: 'warn', icon: 'draft', word: 'changes requested' },
  withdrawn: { tone: 'quiet', icon: 'absent', word: 'withdrawn' },
  rejected: { tone: 'bad', icon: 'reject', word: 'rejected' },
  expired: { tone: 'warn', icon: 'pulse', word: 'expired' },
  frozen: { tone: 'warn', icon: 'not_checked', word: 'frozen' },
  invalidated: { tone: 'bad', icon: 'absent', word: 'void' },
  attention: { tone: 'bad', icon: 'pulse', word: 'needs attention' },
};

export const CRITERION_OUTCOMES: Readonly<Record<CriterionOutcome, StateMarkProps>> = {
  pass: { tone: 'good', icon: 'verified', word: 'clear' },
  fail: { tone: 'bad', icon: 'failed', word: 'fails' },
  inconclusive: { tone: 'warn', icon: 'unknown', word: 'nobody can say' },
  not_evaluated: { tone: 'quiet', icon: 'not_checked', word: 'not yet' },
  waived: { tone: 'said', icon: 'asserted', word: 'waived' },
  stale: { tone: 'warn', icon: 'pulse', word: 'too old' },
};

const SENTENCES: Readonly<Record<string, string>> = {
  state_does_not_allow: 'The rollout is not in a state in which this can be done.',
  packet_unreadable: 'Self-service does not show the packet now, so nobody knows what it says.',
  packet_withdrawn: 'Its author has withdrawn the request.',
  packet_changed: 'The packet is another one than the one you saw. Load the page again.',
  scope_changed: 'The scope is another one than the one you saw. Load the page again.',
  boundary_object_changed: 'The boundary object is another one. Load the page again.',
  frozen: 'A freeze holds: nothing is deployed until it ends or is overridden.',
  approval_expired: 'An approval is too old and must be given again.',
  execution_expired: 'The time to deploy after the last approval is over.',
  evidence_too_old: 'Something measured is too old. Evaluate again.',
  path_not_confirmed: 'The name of the path was not typed to the letter.',
  step_up_missing: 'Show again who you are: the last time is more than five minutes ago.',
  role_not_held: 'You do not hold the role that this needs.',
  deployer_is_last_approver: 'You gave the last approval: somebody else must deploy.',
  gate_not_open: 'The gate before it has not passed.',
  criteria_not_met: 'Not all criteria of the gate are met.',
  role_not_of_gate: 'This role does not approve this gate.',
  author: 'You are an author of the packet: nobody approves their own.',
  person_counted: 'You have approved this gate in another role.',
  role_filled: 'Somebody has approved in this role.',
  not_a_person: 'Only a person can approve.',
  withdrawn: 'It was taken back.',
  older_version: 'It was given for an older version.',
  first_gates_not_passed: 'The first two gates have not passed.',
  review_still_open: 'An earlier emergency deployment waits for its review.',
  added_criterion_not_met: 'A criterion that this installation added is not met.',
  approval_missing: 'An approval is missing.',
  approval_of_one_missing: 'One of the possible approvals is missing.',
  not_evaluated: 'Nobody has measured it yet.',
  evidence_stale: 'It was measured too long ago.',
  evidence_of_another_kind: 'The evidence is of another kind than the gate asks for.',
  evidence_from_the_future: 'The evidence has a time that has not come yet.',
  approved: 'Approved by people.',
  waived: 'Two people have waived it, for a time.',
  verification_failing: 'Receipts of the live path do not verify as they should.',
  passed: 'Measured, and as it should be.',
};

const FACET = /^([a-z_]+)_not_passed$/;

/** A code as a sentence; one that is not known here is shown as it is. */
export function sentenceOf(code: string): string {
  const sentence = SENTENCES[code];
  if (sentence !== undefined) return sentence;
  const facet = FACET.exec(code)?.[1];
  return plainName(facet === undefined ? code : `Open: ${facet}`);
}

/** A label as words: `security_owner` is `Security owner`. */
export function plainName(label: string): string {
  const words = label.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `3 h ago`, `in 2 d`; both times as documents spell them. */
export function distance(at: string, now: string): string {
  const ms = Date.parse(at) - Date.parse(now);
  const size = Math.abs(ms);
  const [unit, length] = UNITS.find(([, one]) => size >= one) ?? ['min', 60_000];
  const text = `${Math.floor(size / length)} ${unit}`;
  return ms > 0 ? `in ${text}` : `${text} ago`;
}
