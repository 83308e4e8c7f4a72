/** What was signed. It is shown only after the line `signature` holds. */
import type { DecisionPayload, JsonObject, Payload } from '@craton/protocol';
import type { ComponentChildren } from 'preact';
import { VerdictMark } from '../parts/status.tsx';
import { type Checked, type Signed, statusOf } from './check.ts';

export function SignedContent({ checked }: { readonly checked: Checked }) {
  const { signed, report } = checked;
  if (signed === undefined) {
    return (
      <p class="notice">The content is not shown, because no signature over it is verified.</p>
    );
  }
  return (
    <div class="stack">
      {statusOf(report, 'issuer') !== 'verified' && (
        <p class="notice">
          A key signed this, and nothing here says whose key that is. Read it as a claim.
        </p>
      )}
      <Summary signed={signed} />
      <Raw title="The signed bytes" text={signed.text} />
      {signed.opening && (
        <Raw title="The opening: what was evaluated" text={pretty(signed.opening)} />
      )}
    </div>
  );
}

function Summary({ signed }: { signed: Signed }) {
  const { payload } = signed;
  if (payload.receipt_type !== 'boundary_decision') return <OtherReceipt payload={payload} />;
  return (
    <div class="decision stack-tight">
      <p class="decision-verdict">
        <VerdictMark verdict={payload.verdict} />
        {payload.enforcement === 'observe' && <span> observed only, permits nothing</span>}
      </p>
      <p>{boundaryWords(payload)}</p>
      <dl class="facts">
        <Fact name="Reasons">
          <code>{payload.reasons.join(', ')}</code>
        </Fact>
        {payload.obligations.map((obligation) => (
          <Fact key={JSON.stringify(obligation)} name="Obligation">
            <code>{JSON.stringify(obligation)}</code>
          </Fact>
        ))}
        {signed.opening && <Evaluated opening={signed.opening} />}
        <Fact name="Decided">
          <Time at={payload.evaluated_at} />
        </Fact>
        <Fact name="Usable until">
          <Time at={payload.expires_at} />, once
        </Fact>
        <Fact name="Issuer">
          {payload.issuer}, environment {payload.environment}
        </Fact>
        <Fact name="Place">
          number {payload.seq} of epoch {payload.epoch} in its stream
        </Fact>
        <Fact name="Commitment">
          <code>{payload.commitment_id}</code>
        </Fact>
      </dl>
    </div>
  );
}

function boundaryWords({ boundary_snapshot: snapshot }: DecisionPayload): string {
  return 'path_version' in snapshot
    ? `For ${snapshot.partner_id}: ${snapshot.gate_type} in ${snapshot.system_scope}, path ${snapshot.path_id}, version ${snapshot.path_version}.`
    : `For ${snapshot.partner_id}: no live path matched, or more than one.`;
}

function OtherReceipt({ payload }: { payload: Exclude<Payload, DecisionPayload> }) {
  return (
    <dl class="facts">
      <Fact name="Type">
        <code>{payload.receipt_type}</code>
      </Fact>
      <Fact name="Issued">
        <Time at={payload.issued_at} />
      </Fact>
      <Fact name="Issuer">
        {payload.issuer}, environment {payload.environment}
      </Fact>
      <Fact name="Place">
        number {payload.seq} of epoch {payload.epoch} in its stream
      </Fact>
    </dl>
  );
}

/** Facts and approval from the opening, which fits the commitment. */
function Evaluated({ opening }: { opening: JsonObject }) {
  return (
    <>
      <Fact name="Facts">
        <code>{JSON.stringify(opening['facts'])}</code>
      </Fact>
      <Fact name="Approval">
        <code>{JSON.stringify(opening['authority'])}</code>
      </Fact>
      <Fact name="References">
        <code>{JSON.stringify(opening['references'])}</code>
      </Fact>
    </>
  );
}

function Raw({ title, text }: { title: string; text: string }) {
  return (
    <details class="raw">
      <summary>{title}</summary>
      <div class="code">
        <pre>
          <code>{text}</code>
        </pre>
      </div>
    </details>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A time of the wire, for people: `2026-11-21 18:00:00.000 UTC`. */
function Time({ at }: { at: string }) {
  return <time dateTime={at}>{at.replace('T', ' ').replace('Z', ' UTC')}</time>;
}

function pretty(value: JsonObject): string {
  return JSON.stringify(value, null, 2);
}
