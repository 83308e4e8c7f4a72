/** What was signed, read from the signed bytes and from nowhere else. */
import {
  canonicalize,
  decodeBase64,
  type DecisionPayload,
  type JsonObject,
  parseBundle,
  type Payload,
  readPayload,
} from '@craton/protocol';

/** The signed payload of a bundle's receipt, or undefined if it has no known form. */
export function signedPayload(bundle: Uint8Array): Payload | undefined {
  return payloadOf(parseBundle(bundle).receipt);
}

/** The signed decision of a bundle, or undefined if its receipt is of another type. */
export function signedDecision(bundle: Uint8Array): DecisionPayload | undefined {
  const payload = signedPayload(bundle);
  return payload?.receipt_type === 'boundary_decision' ? payload : undefined;
}

/** The decision that is linked in the bundle of a claim or a confirmation, with its envelope. */
export function linkedDecision(
  bundle: Uint8Array,
): { readonly receipt: JsonObject; readonly payload: DecisionPayload } | undefined {
  for (const { receipt } of parseBundle(bundle).linked) {
    const payload = payloadOf(receipt);
    if (payload?.receipt_type === 'boundary_decision') return { receipt, payload };
  }
  return undefined;
}

function payloadOf(receipt: JsonObject): Payload | undefined {
  if (typeof receipt['payload_b64'] !== 'string') return undefined;
  const reading = readPayload(decodeBase64(receipt['payload_b64']));
  return 'fault' in reading ? undefined : reading.payload;
}

/** Members of an answer that repeat signed ones for convenience. */
const MIRRORED = [
  'verdict',
  'reasons',
  'obligations',
  'expires_at',
  'commitment_id',
  'request_id',
  'boundary_snapshot',
] as const satisfies readonly (keyof DecisionPayload)[];

/** Names of unsigned members of an answer that say something else than what was signed. */
export function unsignedDifferences(answer: JsonObject, signed: DecisionPayload): string[] {
  return MIRRORED.filter((name) => {
    const said = answer[name];
    return said !== undefined && canonicalize(said) !== canonicalize(signed[name]);
  });
}

/** One line about the signed decision: verdict, reasons, how long it can be used. */
export function decisionSummary(decision: DecisionPayload, nowMs: number): string {
  const because = decision.reasons.length === 0 ? '' : `: ${decision.reasons.join(', ')}`;
  const until =
    nowMs >= Date.parse(decision.expires_at)
      ? `expired at ${decision.expires_at}`
      : `usable once until ${decision.expires_at}`;
  const observed = decision.enforcement === 'observe' ? '; observed only, it permits nothing' : '';
  return `${decision.verdict}${because}; ${until}${observed}`;
}
