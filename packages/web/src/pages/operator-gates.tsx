/** The four gates of a rollout: where it stands, and each gate as a card. */
import { gateCatalogue, type JudgedCriterion } from '@craton/policy';
import { formatTime } from '@craton/protocol';
import type { GateModel, RolloutPageModel } from '../operator-model.ts';
import { Disclosure } from '../parts/disclosure.tsx';
import { Field, Hidden, Select } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Csrf } from '../parts/operator-frame.tsx';
import { StateMark, type StateMarkProps } from '../parts/tone.tsx';
import {
  CRITERION_OUTCOMES,
  distance,
  GATE_STATES,
  plainName,
  sentenceOf,
} from './operator-words.ts';

const CATALOGUE = new Map(gateCatalogue().gates.map((gate) => [gate.id, gate]));

interface GatesProps {
  readonly model: RolloutPageModel;
}

/** The first gate that has not passed is the current step. */
export function GateProgress({ model: { gates } }: GatesProps) {
  const current = gates.findIndex(({ judged }) => judged.state !== 'passed');
  return (
    <ol class="gate-progress" aria-label="The four gates">
      {gates.map(({ judged: { id, state } }, index) => (
        <li key={id} aria-current={index === current ? 'step' : undefined}>
          <span class="number">{String(index + 1).padStart(2, '0')}</span>
          <a href={`#${id}`}>{CATALOGUE.get(id)?.title ?? id}</a>
          <StateMark {...GATE_STATES[state]} />
        </li>
      ))}
    </ol>
  );
}

export function GateCard({ model, gate }: GatesProps & { readonly gate: GateModel }) {
  const { judged, isUnsatisfiable } = gate;
  const { id, state, criteria, blockedBy } = judged;
  const known = CATALOGUE.get(id);
  return (
    <section class="card gate" id={id} aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <h3 id={`${id}-title`}>
          Gate {id.slice(1)}: {known?.title}
        </h3>
        <StateMark {...GATE_STATES[state]} />
      </div>
      <Owners gate={gate} />
      <dl class="exit">
        <dt>Exit</dt>
        <dd>{known?.exit}</dd>
      </dl>
      {isUnsatisfiable && (
        <Notice tone="bad" icon="failed" title="Nobody but the author can fill this slot">
          <p>Ask an administrator to name another person for the role; two people confirm it.</p>
        </Notice>
      )}
      <ul class="rows">
        {criteria.map((criterion) => (
          <Criterion key={criterion.id} criterion={criterion} at={model.at} />
        ))}
      </ul>
      <Approvals gate={gate} at={model.at} />
      {blockedBy.length > 0 && (
        <div>
          <h4>What it waits for</h4>
          <ul class="list">
            {blockedBy.map(({ subject, code }) => (
              <li key={`${subject} ${code}`}>
                {plainName(subject)}: {sentenceOf(code)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Decide model={model} gate={gate} />
    </section>
  );
}

function Owners({ gate: { owners, rule } }: { readonly gate: GateModel }) {
  return (
    <div>
      <h4>{rule === 'all' ? 'Each of these approves' : 'One of these approves'}</h4>
      <ul class="chips">
        {owners.map(({ role, people }) => (
          <li key={role} class={people.length === 0 ? 'chip is-vacant' : 'chip'}>
            <span class="strong">{plainName(role)}</span>
            {people.length === 0 ? (
              <StateMark tone="warn" icon="absent" word="vacant" />
            ) : (
              <span>{people.join(', ')}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is measured never looks like what somebody says. */
const KINDS: Readonly<Record<JudgedCriterion['kind'], StateMarkProps>> = {
  measured: { tone: 'quiet', icon: 'pulse', word: 'measured' },
  declared: { tone: 'said', icon: 'asserted', word: 'declared by people' },
  measured_and_declared: {
    tone: 'said',
    icon: 'asserted',
    word: 'measured, and declared by people',
  },
  structural: { tone: 'quiet', icon: 'not_checked', word: 'held by construction' },
};

function textOf({ id, gate }: JudgedCriterion): string {
  const known = CATALOGUE.get(gate)?.criteria.find((one) => one.id === id);
  return known?.text ?? `${id}: ${CATALOGUE.get(gate)?.exit ?? 'added by this installation'}`;
}

function Criterion({
  criterion,
  at,
}: {
  readonly criterion: JudgedCriterion;
  readonly at: string;
}) {
  const { id, kind, result, code, evidenceDigest, evaluatedAtMs, detail } = criterion;
  return (
    <li class="row">
      <StateMark {...CRITERION_OUTCOMES[result]} />
      <div>
        <p>
          <span class="mono soft">{id}</span> {textOf(criterion)}
        </p>
        {result !== 'pass' && <p class="small">{detail ?? sentenceOf(code)}</p>}
        <p class="small soft">
          <StateMark {...KINDS[kind]} />
          {evaluatedAtMs !== undefined && `, ${distance(formatTime(evaluatedAtMs), at)}`}
          {evidenceDigest !== undefined && (
            <>
              , evidence <span class="mono">{evidenceDigest}</span>
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function Approvals({ gate, at }: { readonly gate: GateModel; readonly at: string }) {
  const { counted, notCounted, missing } = gate.judged.approvals;
  return (
    <div>
      <h4>Approvals</h4>
      <ul class="rows">
        {counted.map(({ seq, role, actor, atMs }) => (
          <li key={seq} class="row">
            <StateMark tone="good" icon="verified" word="approved" />
            <p>
              {plainName(role)}: {actor}, {distance(formatTime(atMs), at)}
            </p>
          </li>
        ))}
        {missing.map((role) => (
          <li key={role} class="row">
            <StateMark tone="warn" icon="absent" word="waiting" />
            <p>{plainName(role)}</p>
          </li>
        ))}
        {notCounted.map(({ seq, role, actor, code }) => (
          <li key={seq} class="row">
            <StateMark tone="quiet" icon="not_checked" word="not counted" />
            <p>
              {plainName(role)}: {actor}. {sentenceOf(code)}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Approve, reject, or send back: plain forms, bound to the digests that are on this page. */
function Decide({ model, gate }: GatesProps & { readonly gate: GateModel }) {
  const { judged, offered } = gate;
  const { id } = judged;
  if (offered.length === 0 || judged.state === 'passed') return null;
  const possible = offered.filter(({ refusals }) => refusals.length === 0);
  return (
    <Disclosure
      summary={possible.length > 0 ? 'Approve or reject' : 'Reject, or see why you cannot approve'}
      isOpen={model.typed?.form === id}
    >
      {offered
        .filter(({ refusals }) => refusals.length > 0)
        .map(({ role, refusals }) => (
          <p key={role} class="small">
            As {plainName(role)} you cannot approve now: {refusals.map(sentenceOf).join(' ')}
          </p>
        ))}
      <DecideForm model={model} gate={gate} canApprove={possible.length > 0} />
    </Disclosure>
  );
}

interface DecideFormProps extends GatesProps {
  readonly gate: GateModel;
  readonly canApprove: boolean;
}

function DecideForm({ model, gate, canApprove }: DecideFormProps) {
  const { packet, rolloutId, viewer, typed, problem, scope } = model;
  const { id } = gate.judged;
  const base = `/operator/rollouts/${rolloutId}`;
  const isRefused = typed?.form === id && problem?.field === `${id}-reason`;
  return (
    <form method="post" action={`${base}/decide`} class="stack" novalidate>
      <Csrf viewer={viewer} />
      <Hidden
        values={{ gate: id, packet_digest: packet.packetDigest, scope_digest: packet.scopeDigest }}
      />
      <p class="small">
        What you say holds for version {packet.version} of {scope.partner_id}/{scope.path_id},
        packet <span class="mono">{packet.packetDigest}</span>, and for nothing else.
      </p>
      <Select
        name="role"
        id={`${id}-role`}
        label="In the role"
        options={gate.offered.map(({ role }) => [role, plainName(role)] as const)}
        value={gate.offered.find(({ refusals }) => refusals.length === 0)?.role}
      />
      <Field
        name="reason"
        id={`${id}-reason`}
        label="Reason"
        hint="Needed to reject and to ask for changes; people read it in the record"
        value={typed?.form === id ? typed.reason : undefined}
        error={isRefused ? problem.message : undefined}
        rows={2}
        maxLength={1_000}
      />
      <p class="actions">
        {canApprove && (
          <button class="button primary" type="submit" name="decision" value="approve">
            Approve gate {id.slice(1)}
          </button>
        )}
        <button class="button" type="submit" name="decision" value="request-changes">
          Ask for changes
        </button>
        <button class="button danger" type="submit" name="decision" value="reject">
          Reject
        </button>
      </p>
    </form>
  );
}
