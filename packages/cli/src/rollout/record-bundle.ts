/** Bundles of deployment records, from whichever side they come. */
import {
  BUNDLE_OBJECT,
  canonicalBytes,
  type DecisionPayload,
  decodeBase64,
  type DeploymentPayload,
  type JsonObject,
  type LinkedPart,
  parseBundle,
  readPayload,
  type Payload,
  type ReadBundle,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';

/** A bundle whose receipt is the record, with its decision linked. */
export interface RecordBundle {
  /** Where it is from, for people. */
  readonly name: string;
  readonly bundle: Uint8Array;
  readonly payload: DeploymentPayload;
  /** The decision that allowed it, if it is there. Nothing of it was verified yet. */
  readonly decision?: DecisionPayload;
}

/**
 * Reads a bundle of a record, or of the decision that allowed it with the record linked: then the
 * record is put first. Fails with `badInput` for anything else.
 */
export function readRecordBundle(name: string, bytes: Uint8Array): RecordBundle {
  const bundle = parseBundle(bytes);
  const own = payloadOf(bundle.receipt);
  if (own?.receipt_type === 'deployment_record') {
    const decision = bundle.linked.map(({ receipt }) => payloadOf(receipt)).find(isDecision);
    return { name, bundle: bytes, payload: own, ...(decision && { decision }) };
  }
  const part = bundle.linked.find(({ receipt }) => isRecord(payloadOf(receipt)));
  const payload = part && payloadOf(part.receipt);
  if (part === undefined || !isRecord(payload) || !isDecision(own)) throw noRecord(name);
  return { name, bundle: recordFirst(bundle, part), payload, decision: own };
}

/** The same material with record and decision in each other's place; the path's rules stay. */
function recordFirst(bundle: ReadBundle, record: LinkedPart): Uint8Array {
  const { receipt, opening, logProof, keyBundle, policy } = bundle;
  const [attestation, ...attestations] = bundle.attestations;
  const { keyCompromises } = bundle;
  return canonicalBytes({
    object: BUNDLE_OBJECT,
    receipt: record.receipt,
    key_bundle: keyBundle,
    attestation,
    attestations: attestations.length > 0 ? attestations : undefined,
    key_compromises: keyCompromises.length > 0 ? keyCompromises : undefined,
    policy,
    log_proof: record.logProof,
    linked: [{ receipt, opening, log_proof: logProof }],
  });
}

function payloadOf(receipt: JsonObject): Payload | undefined {
  if (typeof receipt['payload_b64'] !== 'string') return undefined;
  const reading = readPayload(decodeBase64(receipt['payload_b64']));
  return 'fault' in reading ? undefined : reading.payload;
}

function isDecision(payload: Payload | undefined): payload is DecisionPayload {
  return payload?.receipt_type === 'boundary_decision';
}

function isRecord(payload: Payload | undefined): payload is DeploymentPayload {
  return payload?.receipt_type === 'deployment_record';
}

function noRecord(name: string): CommandFailure {
  return new CommandFailure(`${name} is no bundle of a deployment record.`, {
    exit: 'badInput',
    code: 'record_missing',
    nextStep: 'Save bundles with craton rollout record verify --path PARTNER/PATH --out FOLDER.',
  });
}
