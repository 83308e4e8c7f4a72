/** A table that becomes a list of labelled blocks on a narrow screen. */
import type { ComponentChildren } from 'preact';

export interface TableProps {
  readonly caption: ComponentChildren;
  /** Headings; the first column heads its row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

export function Table({ caption, columns, rows }: TableProps) {
  // Roles are repeated because `display: block` at narrow widths takes them from some browsers.
  return (
    <table class="table" role="table">
      <caption>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} scope="col" role="columnheader">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((cells, index) => (
          <Row key={index} cells={cells} columns={columns} />
        ))}
      </tbody>
    </table>
  );
}

function Row({
  cells,
  columns,
}: {
  cells: readonly ComponentChildren[];
  columns: readonly string[];
}) {
  const [first, ...rest] = cells;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {first}
      </th>
      {rest.map((cell, index) => (
        <td key={index} role="cell" data-label={columns[index + 1]}>
          {cell}
        </td>
      ))}
    </tr>
  );
}
