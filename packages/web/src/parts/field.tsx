/** Fields of forms: label, hint and refusal stand in the page, never in a tooltip. */
import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import { Notice } from './notice.tsx';

export interface FieldProps {
  readonly name: string;
  /** Where several forms of a page have a field of the same name. */
  readonly id?: string;
  readonly label: string;
  readonly hint: ComponentChildren;
  readonly value: string | undefined;
  /** Why the last value was refused. */
  readonly error?: string | undefined;
  readonly maxLength?: number;
  readonly isNumber?: boolean;
  readonly isSecret?: boolean;
  /** More than one line of text. */
  readonly rows?: number;
}

const LINE_CHARACTERS_MAX = 256;

export function Field(props: FieldProps) {
  const { name, id = name, label, hint, error, rows } = props;
  return (
    <div class={error === undefined ? 'field' : 'field is-wrong'}>
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="failed" /> {error}
        </p>
      )}
      {rows === undefined ? <Line {...props} /> : <Lines {...props} />}
    </div>
  );
}

function described({ name, id = name, error }: FieldProps) {
  return {
    'aria-describedby': error === undefined ? `${id}-hint` : `${id}-hint ${id}-error`,
    ...(error !== undefined && { 'aria-invalid': true as const }),
  };
}

function Line(props: FieldProps) {
  const { name, id = name, value = '', isNumber, isSecret } = props;
  const { maxLength = LINE_CHARACTERS_MAX } = props;
  const shared = { id, name, value, maxLength, ...described(props) };
  if (isSecret === true)
    return <input type="password" autoComplete="current-password" {...shared} />;
  const inputMode = isNumber === true ? 'numeric' : 'text';
  return <input type="text" autoComplete="off" inputMode={inputMode} {...shared} />;
}

function Lines(props: FieldProps) {
  const { name, id = name, value = '', rows, maxLength } = props;
  return (
    <textarea id={id} name={name} rows={rows} maxLength={maxLength} {...described(props)}>
      {value}
    </textarea>
  );
}

export interface Choice {
  readonly value: string;
  readonly title: string;
  readonly text: ComponentChildren;
}

export interface ChoiceCardsProps {
  readonly name: string;
  readonly legend: string;
  readonly choices: readonly Choice[];
  readonly chosen: string | undefined;
}

/** Radio buttons as cards; the whole card is the target. */
export function ChoiceCards({ name, legend, choices, chosen }: ChoiceCardsProps) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      <div class="choice-cards">
        {choices.map(({ value, title, text }) => (
          <label key={value} class="choice" for={`${name}-${value}`}>
            <input
              type="radio"
              id={`${name}-${value}`}
              name={name}
              value={value}
              checked={chosen === value}
            />
            <span class="choice-title">{title}</span>
            <span class="choice-text">{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export interface CheckProps {
  readonly name: string;
  readonly label: string;
  readonly isChecked: boolean;
}

export function Check({ name, label, isChecked }: CheckProps) {
  return (
    <label class="check" for={name}>
      <input type="checkbox" id={name} name={name} value="true" checked={isChecked} />
      <span>{label}</span>
    </label>
  );
}

export interface SelectProps {
  readonly name: string;
  /** Where several forms of a page have a field of the same name. */
  readonly id?: string;
  readonly label: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string | undefined;
  /** Why the last value was refused. */
  readonly error?: string | undefined;
}

export function Select({ name, id = name, label, options, value, error }: SelectProps) {
  const refused =
    error === undefined ? {} : { 'aria-invalid': true as const, 'aria-describedby': `${id}-error` };
  return (
    <div class={error === undefined ? 'field' : 'field is-wrong'}>
      <label for={id}>{label}</label>
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="failed" /> {error}
        </p>
      )}
      <select id={id} name={name} {...refused}>
        {options.map(([one, shown]) => (
          <option key={one} value={one} selected={one === value}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Values of other screens, which travel along: nobody types anything twice. */
export function Hidden({ values }: { values: Readonly<Record<string, string | undefined>> }) {
  return (
    <>
      {Object.entries(values).map(
        ([name, value]) =>
          value !== undefined && <input key={name} type="hidden" name={name} value={value} />,
      )}
    </>
  );
}

/**
 * The button that the Enter key presses: the first of a form, so that none that reorders or removes
 * is pressed by it. Nobody sees it or stops at it.
 */
export function EnterButton({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <button
      class="visually-hidden"
      type="submit"
      name={name}
      value={value}
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}

/** Stands above a form whose last answer was refused, and leads to the field. */
export function ErrorSummary({ message, field }: { message: string; field?: string | undefined }) {
  return (
    <Notice tone="bad" icon="failed" title="Not accepted" isAlert>
      <p>{field === undefined ? message : <a href={`#${field}`}>{message}</a>}</p>
    </Notice>
  );
}
