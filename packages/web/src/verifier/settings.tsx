/** Time of checking, and the lines that are asked for. */

/** As the reader typed them. */
export interface SettingsTexts {
  /** UTC time of the wire; empty: now. */
  readonly at: string;
  readonly require: string;
}

export const SETTINGS_DEFAULT: SettingsTexts = { at: '', require: 'payload,signature,issuer' };

export interface SettingsProps {
  readonly texts: SettingsTexts;
  readonly onChange: (texts: SettingsTexts) => void;
}

export function Settings({ texts, onChange }: SettingsProps) {
  return (
    <details class="settings" open={texts !== SETTINGS_DEFAULT}>
      <summary>Time of checking, and what you ask for</summary>
      <div class="columns">
        <div class="field">
          <label for="at">Time of checking, UTC</label>
          <p class="hint" id="at-hint">
            Empty: now. Else like 2026-11-21T18:00:00.000Z.
          </p>
          <input
            id="at"
            aria-describedby="at-hint"
            autocomplete="off"
            value={texts.at}
            onInput={({ currentTarget }) => onChange({ ...texts, at: currentTarget.value.trim() })}
          />
        </div>
        <div class="field">
          <label for="require">Lines that must be verified</label>
          <p class="hint" id="require-hint">
            Names with commas; witnesses may have a number: <code>witnesses:2</code>.
          </p>
          <input
            id="require"
            aria-describedby="require-hint"
            autocomplete="off"
            spellcheck={false}
            value={texts.require}
            onInput={({ currentTarget }) =>
              onChange({ ...texts, require: currentTarget.value.trim() })
            }
          />
        </div>
      </div>
    </details>
  );
}
