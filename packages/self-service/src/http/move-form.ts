/** The form of the expansion moves: all of them at once, in an order that buttons change. */
import { MOVE_SCOPE_MEMBERS, MOVES_MAX } from '@craton/policy';
import type { PlanFormValues, WizardValues } from '@craton/web';
import type { SectionForm } from './plan-forms.ts';

const PARTS = ['type', ...MOVE_SCOPE_MEMBERS, 'note'] as const;

const LABELS: Readonly<Record<(typeof PARTS)[number], string>> = {
  type: 'What kind',
  partner_id: 'Partner',
  unit: 'Unit',
  gate_type: 'Gate type',
  system_scope: 'System scope',
  decision_type: 'Decision type',
  note: 'Note',
};

const NUMBERS = Array.from({ length: MOVES_MAX }, (_, index) => index + 1);
const NAME = /^move_(\d+)_([a-z_]+)$/;

/** Throws nothing: what a move lacks, `readDraft` says. */
export const movesForm: SectionForm = {
  fields: [
    'none_planned',
    ...NUMBERS.flatMap((number) => PARTS.map((part) => named(number, part))),
  ],
  labelOf: (field) => {
    const [, number, part] = NAME.exec(field) ?? [];
    const label = PARTS.find((one) => one === part);
    if (label === undefined) return 'No expansion moves are planned';
    return `${LABELS[label]} of move ${number}`;
  },
  valuesOf: ({ expansion_moves: moves = [], none_planned }) => ({
    ...(none_planned === true && { none_planned: 'true' }),
    ...Object.fromEntries(
      moves.flatMap(({ type, scope, note }, index) =>
        Object.entries({ type, ...scope, ...(note && { note }) }).map(
          ([part, text]) => [named(index + 1, part), text] as const,
        ),
      ),
    ),
  }),
  changes: (values) => {
    const moves = movesOf(closeGaps(values));
    return {
      expansion_moves: moves.length === 0 ? undefined : moves,
      none_planned: values['none_planned'] === 'true' ? true : undefined,
    };
  },
  fieldOf: (member) => {
    if (member === 'none_planned') return member;
    const [, index, place] = /^expansion_moves\[(\d+)\]\.(.+)$/.exec(member) ?? [];
    if (index === undefined || place === undefined) return undefined;
    const part = place === 'scope' ? 'unit' : place.replace(/^scope\./, '');
    return named(Number(index) + 1, part);
  },
};

function named(number: number, part: string): string {
  return `move_${number}_${part}`;
}

/** What was typed for one move, by parts; undefined where it is empty. */
function moveAt(values: PlanFormValues, number: number) {
  const typed = PARTS.flatMap((part) => {
    const text = values[named(number, part)];
    return text === undefined ? [] : [[part, text] as const];
  });
  return typed.length === 0 ? undefined : Object.fromEntries(typed);
}

type MoveTexts = Readonly<Record<string, string>>;

function placed(moves: readonly MoveTexts[], values: PlanFormValues): PlanFormValues {
  return {
    ...(values['none_planned'] !== undefined && { none_planned: values['none_planned'] }),
    ...Object.fromEntries(
      moves.flatMap((move, index) =>
        Object.entries(move).map(([part, text]) => [named(index + 1, part), text] as const),
      ),
    ),
  };
}

/** The filled moves alone, so that an empty one between two of them means nothing. */
export function closeGaps(values: PlanFormValues): PlanFormValues {
  return placed(filledMoves(values), values);
}

function filledMoves(values: PlanFormValues): readonly MoveTexts[] {
  return NUMBERS.map((number) => moveAt(values, number)).filter((move) => move !== undefined);
}

function movesOf(values: PlanFormValues): readonly object[] {
  return filledMoves(values).map(({ type = '', note, ...scope }, index) => {
    return { kind: 'draft_coverage', order: index + 1, type, scope, note };
  });
}

/** What a button of a move does to them, without a save: `up_2`, `down_1`, `remove_3`. */
export function afterMoveButton(
  values: PlanFormValues,
  go: string | undefined,
): PlanFormValues | undefined {
  const [, action, text] = /^(up|down|remove)_([1-9]\d?)$/.exec(go ?? '') ?? [];
  if (action === undefined) return undefined;
  const moves = [...filledMoves(values)];
  const from = Number(text) - 1;
  const [move] = moves.splice(from, 1);
  if (move === undefined) return values;
  const to = action === 'up' ? Math.max(0, from - 1) : from + 1;
  if (action !== 'remove') moves.splice(to, 0, move);
  return placed(moves, values);
}

/** The same buttons on the page Start, whose moves have one scope member each. */
export function wizardMoved(
  values: WizardValues,
  go: string | undefined,
): WizardValues | undefined {
  const [, action, text] = /^(up|down)_([1-3])$/.exec(go ?? '') ?? [];
  if (action === undefined) return undefined;
  const from = Number(text);
  const to = from + (action === 'up' ? -1 : 1);
  const swapped = Object.entries(values).map(([name, value]) => {
    const [, number, part] = NAME.exec(name) ?? [];
    if (part === undefined || to < 1 || to > 3) return [name, value] as const;
    if (Number(number) === from) return [named(to, part), value] as const;
    return [Number(number) === to ? named(from, part) : name, value] as const;
  });
  return Object.fromEntries(swapped);
}

/** What the form of a draft's moves needs besides its values: a place for one more. */
export function moveCountOf(values: PlanFormValues): number {
  return Math.min(MOVES_MAX, filledMoves(values).length + 1);
}
