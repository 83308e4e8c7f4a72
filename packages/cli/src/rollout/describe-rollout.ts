/** A rollout for a terminal: where it stands, what is missing, who is missing, what to do next. */
import { ROLLOUT_GATES } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { type Colour, labelled, printable, wrap } from '../text.ts';
import { nextSteps } from './next-step.ts';
import type {
  CriterionView,
  GateView,
  RolloutView,
  StagingCaseView,
  UnsatisfiableView,
} from './rollout-view.ts';
import {
  ageOf,
  CRITERION_ICONS,
  GATE_ICONS,
  KIND_WORDS,
  sentenceOf,
  type Shown,
  STATE_COLOURS,
  words,
} from './rollout-words.ts';

const COLUMNS_MAX = 110;
const TEXT_WIDTH_MIN = 30;

export interface Detail {
  /** Every criterion of every gate, not only those of gates that have not passed. */
  readonly all?: boolean;
}

/** Lines: state and scope, the gates, what blocks, and the next command. */
export function describeRollout(
  context: CliContext,
  rollout: RolloutView,
  { all = false }: Detail = {},
): string[] {
  return [
    ...headLines(context, rollout),
    '',
    ...rollout.gates.flatMap((gate) => gateLines(context, rollout, { gate, all })),
    ...attentionLines(context, rollout),
    ...rollout.unsatisfiable.map(unsatisfiableLine),
    ...nextLines(context, rollout),
  ];
}

function headLines(context: CliContext, rollout: RolloutView): string[] {
  const { rolloutId, state, partnerId, unit, pathId, gateType, systemScope, at } = rollout;
  const { executionExpiresAt, approvalExpiresAt } = rollout;
  const rows: (readonly [string, string])[] = [
    ['rollout', rolloutId],
    ['state', context.paint(STATE_COLOURS[state], words(state))],
    ['path', `${pathId} of ${partnerId}, unit ${unit}`],
    ['answers for', `${gateType} in ${systemScope}, ${rollout.environment}`],
    ...subjectRows(rollout),
    ['author', rollout.author],
    ...(approvalExpiresAt === undefined ? [] : [['approvals lapse', approvalExpiresAt] as const]),
    ...(executionExpiresAt === undefined ? [] : [['deploy before', executionExpiresAt] as const]),
    ['judged', at],
  ];
  const waived = 'One person may fill every role here (single operator); the record will say so.';
  const isWaived = rollout.separationOfDuties === 'waived_single_operator';
  return [
    ...labelled(rows.map(([label, text]) => [label, text])),
    ...(isWaived ? [`  ${context.paint('yellow', waived)}`] : []),
  ];
}

/** Exactly what an approval or a deployment is about. */
export function subjectRows(rollout: RolloutView): (readonly [string, string])[] {
  return [
    ['version', String(rollout.version)],
    ['packet digest', rollout.packetDigest],
    ['scope digest', rollout.scopeDigest],
    ['object digest', rollout.boundaryObjectDigest],
  ];
}

interface GateContext {
  readonly gate: GateView;
  readonly all: boolean;
}

function gateLines(
  context: CliContext,
  rollout: RolloutView,
  { gate, all }: GateContext,
): string[] {
  const title = ROLLOUT_GATES.find(({ id }) => id === gate.id)?.title ?? '';
  const head = iconText(context, GATE_ICONS[gate.state], words(gate.state));
  const met = gate.criteria.filter(({ result }) => result === 'pass' || result === 'waived');
  const count = `${met.length} of ${gate.criteria.length} criteria`;
  const isClosed = gate.state === 'passed' || gate.state === 'locked';
  const rows = isClosed && !all ? [] : gate.criteria;
  return [
    `${context.paint('bold', `${gate.id} ${title}`)}  ${head}, ${count}`,
    ...rows.flatMap((criterion) => criterionLines(context, criterion, rollout.at)),
    ...approvalLines(context, gate, rollout.at),
  ];
}

function iconText(context: CliContext, [icon, colour]: Shown, text: string): string {
  return context.paint(colour, `${icon} ${text}`);
}

function criterionLines(context: CliContext, criterion: CriterionView, now: string): string[] {
  const { id, kind, result, code, evaluatedAt, detail } = criterion;
  const shown = CRITERION_ICONS[result];
  const how = KIND_WORDS[kind] ?? printable(kind);
  const age = evaluatedAt === undefined ? '-' : ageOf(evaluatedAt, now);
  const state = `${shown[0]} ${words(result)}`;
  const left = `   ${id.padEnd(8)}${state.padEnd(16)}${how.padEnd(18)}${age.padStart(6)}  `;
  const isFine = result === 'pass' && detail === undefined;
  const said = isFine ? '' : [sentenceOf(code), printable(detail ?? '')].join(' ').trim();
  return hanging(context, { left, colour: shown[1], text: said });
}

interface Hanging {
  readonly left: string;
  readonly colour: Colour;
  readonly text: string;
}

/** A text beside its labels, its further lines below its first. */
function hanging(context: CliContext, { left, colour, text }: Hanging): string[] {
  const width = Math.max(Math.min(context.columns, COLUMNS_MAX) - left.length, TEXT_WIDTH_MIN);
  const [first = '', ...rest] = wrap(text, width);
  return [
    (context.paint(colour, left) + first).trimEnd(),
    ...rest.map((line) => ' '.repeat(left.length) + line),
  ];
}

function approvalLines(context: CliContext, gate: GateView, now: string): string[] {
  const { counted, notCounted, missing, state } = gate;
  const isAny = gate.blockedBy.some(({ code }) => code === 'approval_of_one_missing');
  const roles = missing.map(words).join(isAny ? ' or ' : ' and ');
  const isAwaited = missing.length > 0 && state !== 'locked';
  return [
    ...counted.map(
      ({ role, actor, at }) =>
        `   ${context.paint('green', '✓')} ${words(role)}: approved by ${printable(actor)}, ${ageOf(at, now)} ago`,
    ),
    ...notCounted.map(
      ({ role, actor, code }) =>
        `   ${context.paint('yellow', '~')} ${words(role)}: ${printable(actor)} does not count. ${sentenceOf(code)}`,
    ),
    ...(isAwaited ? [`   ${context.paint('cyan', '…')} waits for ${roles}`] : []),
  ];
}

function attentionLines(context: CliContext, { attention, frozenBy }: RolloutView): string[] {
  return [
    ...attention.map((code) => `${context.paint('red', 'Attention:')} ${sentenceOf(code)}`),
    ...(frozenBy.length === 0
      ? []
      : [`${context.paint('yellow', 'Frozen by:')} ${frozenBy.map(printable).join(', ')}`]),
  ];
}

/** A gate that nobody can bring to pass, in a sentence. */
export function unsatisfiableLine({ gate, roles, code }: UnsatisfiableView): string {
  return `Nobody can pass ${printable(gate)} (${roles.map(words).join(', ')}): ${sentenceOf(code)}`;
}

function nextLines(context: CliContext, rollout: RolloutView): string[] {
  const steps = nextSteps(rollout);
  if (steps.length === 0) return [];
  return ['', context.paint('bold', 'Next:'), ...steps.map((line) => `  ${line}`)];
}

/** Each expected verdict beside the observed one. */
export function caseLines(cases: readonly StagingCaseView[]): string[] {
  return cases.map(({ name, expected, observed, code }) => {
    const icon = code === 'agrees' ? '✓' : '✗';
    const said = code === 'agrees' ? '' : ` ${sentenceOf(code)}`;
    return printable(
      `  ${icon} ${name}: expected ${expected}, observed ${observed ?? 'nothing'}.${said}`,
    );
  });
}
