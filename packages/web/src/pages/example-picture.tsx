/** One picture: a request, the rule that matched, and the receipt that came out. */
import { encodeBase64 } from '@craton/protocol';
import { EXAMPLE_SIGNATURE, exampleDecision } from '../example.ts';
import { Mark } from '../parts/brand.tsx';
import { VerdictMark } from '../parts/status.tsx';

/** Long ids are shown with both ends, so that they can be compared at a glance. */
function shorten(id: string): string {
  return `${id.slice(0, 14)}…${id.slice(-6)}`;
}

export function ExamplePicture() {
  return (
    <figure class="picture">
      <div class="slip">
        <p class="slip-title">Your system asks</p>
        <dl class="facts mono">
          <Fact name="gate" value="threshold_gate" />
          <Fact name="in" value="operations_console" />
          <Fact name="amount" value="500 000.00 USD" />
          <Fact name="approval" value="present" />
        </dl>
      </div>
      <Receipt />
      <figcaption class="small soft">
        The receipt is real: it is <a href="/protocol#example">the protocol’s example</a>, signed
        with a published test key, and you can check it there byte by byte.
      </figcaption>
    </figure>
  );
}

function Receipt() {
  const decision = exampleDecision();
  return (
    <div class="receipt">
      <div class="receipt-body">
        <p class="slip-title">
          <Mark /> Craton answers, and signs
        </p>
        <p class="receipt-verdict">
          <VerdictMark verdict={decision.verdict} />
        </p>
        <dl class="facts mono">
          <Fact name="reason" value={decision.reasons.join(', ')} />
          <Fact name="path" value={decision.boundary_snapshot.path_id} />
          <Fact name="usable" value="once, for 300 s" />
          <Fact name="sequence" value={`${decision.seq}, without gaps`} />
          <Fact name="commits to" value={shorten(decision.commitment_id)} />
        </dl>
        <p class="receipt-signature mono">
          <span class="visually-hidden">Ed25519 signature: </span>
          {encodeBase64(EXAMPLE_SIGNATURE)}
        </p>
      </div>
      <TornEdge />
    </div>
  );
}

const TEETH = 24;

function TornEdge() {
  const teeth = Array.from({ length: TEETH }, () => 'l2.5 8 2.5-8').join('');
  return (
    <svg
      class="receipt-edge"
      viewBox={`0 0 ${TEETH * 5} 9`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path d={`M0 0${teeth}`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
