/** What to do next with a rollout, as command lines to copy. */
import type { GateView, RolloutView } from './rollout-view.ts';

/** At most a few lines; none when there is nothing to do. */
export function nextSteps(rollout: RolloutView): readonly string[] {
  const { rolloutId, state, actions } = rollout;
  const command = (verb: string, flags = '') => `craton rollout ${verb} ${rolloutId}${flags}`;
  switch (state) {
    case 'draft':
    case 'review_requested':
    case 'in_review':
    case 'expired':
      return reviewSteps(rollout);
    case 'ready_to_deploy':
      return [command('deploy')];
    case 'frozen':
      return ['Wait until the freeze window ends, or have it overridden.'];
    case 'attention':
      return actions.includes('review_break_glass')
        ? [command('review-break-glass', " --reason '...'"), command('rollback', " --reason '...'")]
        : [command('timeline'), command('rollback', " --reason '...'")];
    case 'changes_requested':
    case 'rejected':
    case 'withdrawn':
    case 'invalidated':
      return [
        'craton draft save draft.json --draft DRAFT --revision N',
        'craton draft request-review DRAFT',
        'craton rollout pull DRAFT',
      ];
    default:
      return actions.includes('review_break_glass')
        ? [command('review-break-glass', " --reason '...'")]
        : [];
  }
}

function reviewSteps({ rolloutId, environment, gates }: RolloutView): readonly string[] {
  const gate = gates.find(({ state }) => state !== 'passed');
  if (gate === undefined) return [];
  const steps = gate.blockedBy.flatMap(({ subject, code }) =>
    stepsFor({ rolloutId, environment }, { subject, code }),
  );
  const approvals = isOpen(gate) ? approvalSteps(rolloutId, gate) : [];
  const evidence = [...new Set(steps)];
  if (evidence.length === 0) return approvals;
  const evaluate = `craton rollout evaluate ${rolloutId}`;
  return evidence.includes(evaluate)
    ? [...evidence.filter((one) => one !== evaluate), evaluate]
    : evidence;
}

/** Whether nothing but approvals is missing. */
function isOpen({ state }: GateView): boolean {
  return state === 'waiting_for_approval' || state === 'expired' || state === 'invalidated';
}

function approvalSteps(rolloutId: string, { id, missing }: GateView): readonly string[] {
  return missing.map((role) => `craton rollout approve ${rolloutId} --gate ${id} --role ${role}`);
}

interface Block {
  readonly subject: string;
  readonly code: string;
}

/** For one thing that stands in the way; an approval is asked for when the evidence is there. */
function stepsFor(
  { rolloutId, environment }: Pick<RolloutView, 'rolloutId' | 'environment'>,
  { code }: Block,
): readonly string[] {
  const evaluate = `craton rollout evaluate ${rolloutId}`;
  switch (code) {
    case 'approval_missing':
    case 'approval_of_one_missing':
      return [];
    case 'no_receipts':
    case 'not_observed':
    case 'other_boundary_object':
      return [
        `craton rollout stage ${rolloutId}`,
        'Then ask staging every case of the plan, with a key of staging.',
        evaluate,
      ];
    case 'search_missing':
    case 'search_of_another_build':
      return [`craton leak-search --env ${environment} --record`, evaluate];
    case 'smoke_test_missing':
    case 'smoke_test_failed':
    case 'smoke_test_stale':
    case 'smoke_test_of_another_build':
      return [
        'craton smoke boundary --env staging --record',
        'craton smoke self-service --env staging --record',
        evaluate,
      ];
    case 'rollback_owner_not_acknowledged':
      return [`craton rollout acknowledge ${rolloutId} --subject rollback_owner`];
    case 'incident_channel_not_tested':
      return [`craton rollout test-channel ${rolloutId}`];
    case 'fields_missing':
    case 'no_expected_verdicts':
      return [`craton rollout request-changes ${rolloutId} --gate G1 --role ROLE --reason '...'`];
    default:
      return [evaluate];
  }
}
