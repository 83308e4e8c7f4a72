/** The expansion moves as fields, with buttons for their order: nothing needs to be dragged. */
import { Check, Field } from '../parts/field.tsx';
import type { PlanFormModel } from '../plan-form-model.ts';

const PARTS = [
  ['type', 'What kind', 'A label, for example new_unit'],
  ['unit', 'Unit', 'Only what changes'],
  ['system_scope', 'System scope', 'Only what changes'],
  ['partner_id', 'Partner', 'Only what changes'],
  ['gate_type', 'Gate type', 'Only what changes'],
  ['decision_type', 'Decision type', 'Only what changes'],
  ['note', 'Note', 'For the people who read it'],
] as const;

export function MoveFields({ model }: { readonly model: PlanFormModel }) {
  const { values, problem, moveCount = 1 } = model;
  return (
    <>
      <Check
        name="none_planned"
        label="No expansion moves are planned"
        isChecked={values['none_planned'] === 'true'}
      />
      {problem?.field === 'none_planned' && <p class="field-error">{problem.message}</p>}
      {Array.from({ length: moveCount }, (_, index) => (
        <Move key={index} model={model} number={index + 1} isLast={index + 2 >= moveCount} />
      ))}
    </>
  );
}

interface MoveProps {
  readonly model: PlanFormModel;
  readonly number: number;
  /** Whether no filled move comes after it. */
  readonly isLast: boolean;
}

function Move({ model: { values, problem, moveCount = 1 }, number, isLast }: MoveProps) {
  const isEmpty = number === moveCount && values[`move_${number}_type`] === undefined;
  return (
    <fieldset class="move">
      <legend>
        {isEmpty ? 'Another move' : `Move ${number}`}
        {!isEmpty && <MoveButtons number={number} isLast={isLast} />}
      </legend>
      {PARTS.map(([part, label, hint]) => {
        const name = `move_${number}_${part}`;
        const error = problem?.field === name ? problem.message : undefined;
        return (
          <Field
            key={part}
            name={name}
            label={label}
            hint={hint}
            value={values[name]}
            error={error}
          />
        );
      })}
    </fieldset>
  );
}

/** They show the moves in their new order; a save keeps it. */
function MoveButtons({ number, isLast }: { readonly number: number; readonly isLast: boolean }) {
  const buttons = [
    ...(number > 1 ? [['up', 'Move up'] as const] : []),
    ...(isLast ? [] : [['down', 'Move down'] as const]),
    ['remove', 'Remove'] as const,
  ];
  return (
    <span class="move-buttons">
      {buttons.map(([action, name]) => (
        <button
          key={action}
          class="button quiet"
          type="submit"
          name="go"
          value={`${action}_${number}`}
          aria-label={`${name}: move ${number}`}
        >
          {name}
        </button>
      ))}
    </span>
  );
}
