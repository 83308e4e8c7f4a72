/** How a command about a rollout ends: one place for all of them. */
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { GateView, RolloutView } from './rollout-view.ts';
import { sentenceOf } from './rollout-words.ts';

/** By the state, and under review by the first gate that has not passed. */
export function exitOfRollout({ state, gates }: RolloutView): ExitName {
  switch (state) {
    case 'ready_to_deploy':
    case 'deployed':
    case 'superseded':
    case 'rolled_back':
      return 'done';
    case 'rejected':
      return 'failed';
    case 'attention':
      return 'degraded';
    case 'draft':
    case 'review_requested':
    case 'in_review':
    case 'expired':
      return exitOfGate(gates.find((gate) => gate.state !== 'passed'));
    default:
      return 'blocked';
  }
}

function exitOfGate(gate: GateView | undefined): ExitName {
  if (gate?.state === 'blocked') return 'blocked';
  if (gate?.state === 'rejected') return 'failed';
  const isInconclusive = gate?.criteria.some(({ result }) => result === 'inconclusive') === true;
  return isInconclusive ? 'degraded' : 'missing';
}

/** Reasons that end by themselves when somebody approves or evaluates. */
const WAITING: readonly string[] = [
  'criteria_not_met',
  'first_gates_not_passed',
  'gate_not_open',
  'evidence_too_old',
];

/** What the boundary refused, with its reasons in words and the exit code that they mean. */
export function refusedInWords(failure: CommandFailure): CommandFailure {
  const { reasons, message, code } = failure;
  if (code !== 'ERR_ROLLOUT_REFUSED' || reasons === undefined) return failure;
  const isWaiting = reasons.length > 0 && reasons.every((reason) => WAITING.includes(reason));
  return new CommandFailure(message, {
    ...{ code, reasons, cause: failure },
    exit: isWaiting ? 'missing' : 'blocked',
    nextStep: reasons.map(sentenceOf).join('\n'),
  });
}
