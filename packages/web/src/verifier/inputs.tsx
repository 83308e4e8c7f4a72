/** The form: one place to drop everything, and two to paste into. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { KIND_NAMES, type Found } from './found.ts';

/** Files of more bytes are refused: a bundle has some thousand. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** A file that the reader gave, read as text. */
export interface GivenFile {
  readonly name: string;
  readonly text: string;
}

export interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

export function DropZone({ onFiles, children }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      class={isOver ? 'drop is-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <p class="drop-title">{children}</p>
      <label class="button">
        Choose files
        <input
          class="visually-hidden"
          type="file"
          multiple
          onChange={({ currentTarget }) => {
            onFiles([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </label>
    </div>
  );
}

export interface PasteProps {
  readonly id: string;
  readonly label: string;
  readonly hint: ComponentChildren;
  readonly text: string;
  /** What the text is; undefined while there is none. */
  readonly found: Found | undefined;
  readonly onText: (text: string) => void;
}

export function Paste({ id, label, hint, text, found, onText }: PasteProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <textarea
        id={id}
        rows={8}
        spellcheck={false}
        autocomplete="off"
        aria-describedby={`${id}-hint ${id}-found`}
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
      <p class="found" id={`${id}-found`}>
        {found && foundWords(found)}
      </p>
    </div>
  );
}

function foundWords(found: Found): string {
  return found.kind === 'unknown'
    ? `Not recognised. ${found.why}`
    : `Recognised: ${KIND_NAMES[found.kind]}.`;
}
