/** Laying out text for a terminal. */

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;

/** Wraps a text in a colour. */
export type Paint = (colour: Colour, text: string) => string;

export const paintAnsi: Paint = (colour, text) => `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
export const paintNothing: Paint = (_colour, text) => text;

/**
 * Text from elsewhere, made safe to show: control characters (a terminal would obey them) and marks
 * that reorder a line become U+FFFD. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|[\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    '\ufffd',
  );
}

/** Breaks a text at spaces into lines of at most `width` characters; longer words stay whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Rows of a label and a value, the values below each other. */
export function labelled(rows: readonly (readonly [string, string])[], indent = 2): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${' '.repeat(indent)}${label.padEnd(width)}   ${value}`);
}

/** Rows below a head, in columns as wide as they need. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** 500000 as `500,000`. */
export function grouped(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** Cells as one line of RFC 4180; a text that a spreadsheet would run as a formula is made plain. */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
