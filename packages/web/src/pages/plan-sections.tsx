/** Parts of a coverage plan, for its page and for its file. */
import type { Draft, Packet } from '@craton/policy';
import { VerdictMark } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { OutcomeMark } from '../parts/tone.tsx';

export function headRows(draftId: string, packet: Packet): string[][] {
  return [
    ['Draft', draftId],
    ['Version', String(packet.version)],
    ['Packet digest', packet.packet_digest],
    ...optionalRow('Boundary object digest', packet.boundary_object_digest),
    ...optionalRow('Scope digest', packet.scope_digest),
  ];
}

export function scopeRows({ primary_path: path, authority }: Draft): string[][] {
  return [
    ...optionalRow('partner_id', path?.partner_id),
    ...optionalRow('unit', path?.unit),
    ...optionalRow('gate_type', path?.gate_type),
    ...optionalRow('system_scope', path?.system_scope),
    ...optionalRow('decision_types', path?.decision_types?.join(', ')),
    ...optionalRow('authority.context', authority?.context),
    ...optionalRow('authority.source', authority?.source),
  ];
}

export function peopleRows({ owners = {}, sla = {}, support, rollback }: Draft): string[][] {
  return [
    ...Object.entries({ ...owners, ...sla }).flatMap(([name, value]) => optionalRow(name, value)),
    ...optionalRow('support contact', support?.contact),
    ...optionalRow('rollback owner', rollback?.owner),
    ...optionalRow('incident channel', rollback?.incident_channel),
  ];
}

function optionalRow(name: string, value: string | undefined): string[][] {
  return value === undefined ? [] : [[name, value]];
}

export function ExpectedCases({ packet: { draft, preview } }: { readonly packet: Packet }) {
  const typed = draft.expected_verdicts ?? [];
  if (typed.length === 0) return <p>No case was typed.</p>;
  if (preview === undefined) return <p>{typed.length} typed; the rules are not complete yet.</p>;
  const { cases } = preview.expected_verdicts;
  return (
    <Table
      caption="Typed by a person, and what a dry run gives"
      columns={['Case', 'Expected', 'Observed', 'Agrees']}
      rows={cases.map((one) => [
        one.case,
        <VerdictMark key="expected" verdict={one.expected} />,
        one.observed === undefined ? (
          `refused: ${one.refused?.code ?? ''}`
        ) : (
          <VerdictMark key="observed" verdict={one.observed.verdict} />
        ),
        <OutcomeMark key="agrees" outcome={one.agrees ? 'pass' : 'fail'} />,
      ])}
    />
  );
}

export function Moves({ draft }: { readonly draft: Draft }) {
  const moves = draft.expansion_moves ?? [];
  if (moves.length === 0) {
    return <p>{draft.none_planned === true ? 'None are planned.' : 'Nothing is said yet.'}</p>;
  }
  return (
    <ol class="list">
      {moves.map(({ order, type, scope, note }) => (
        <li key={order}>
          {type}:{' '}
          {Object.entries(scope)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}
          {note === undefined ? '' : ` (${note})`}
        </li>
      ))}
    </ol>
  );
}
