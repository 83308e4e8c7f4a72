/** Criteria that a packet alone decides: G1.1, G1.2, G1.4 and G4.3. */
import { type Draft, isFilled } from '../draft/draft.ts';
import {
  authorityNamed,
  type Criterion,
  movesCaptured,
  onePathMapped,
} from '../draft/draft-coverage.ts';
import type { Packet } from '../draft/packet.ts';
import { type EvaluationContext, type Finding, resultOf } from './finding.ts';
import type { CriterionResult } from './records.ts';
import type { EvaluatedOutcome } from './terms.ts';

const COVERAGE = { name: 'draft_coverage', version: 1 } as const;
const SERVICE = { name: 'service_documents', version: 1 } as const;

/** The four results. `registeredSources`: labels of the authority sources that the operator knows. */
export function evaluatePacket(
  packet: Packet,
  context: EvaluationContext,
  registeredSources?: readonly string[],
): readonly CriterionResult[] {
  const { draft, packet_digest } = packet;
  const coverage = [
    onePathMapped(draft),
    authorityNamed(draft, registeredSources),
    movesCaptured(draft),
  ].map((criterion) => coverageFinding(criterion, packet_digest));
  return [...coverage, serviceFinding(draft, packet_digest)].map((one) => resultOf(one, context));
}

function coverageFinding({ id, result, fields, notes }: Criterion, packetDigest: string): Finding {
  const isPassed = result === 'pass';
  const code = isPassed ? (notes[0] ?? 'passed') : 'fields_missing';
  return {
    ...{ id, evaluator: COVERAGE, code },
    result: isPassed ? 'pass' : 'fail',
    ...(isPassed ? {} : { detail: `Missing: ${fields.join(', ')}.` }),
    evidence: { packet_digest: packetDigest, fields, notes },
  };
}

/** G4.3: hours, response targets and a document for the service level; a contact for support. */
function serviceFinding({ sla, support }: Draft, packetDigest: string): Finding {
  const isReferred = sla?.document_url !== undefined || sla?.document_digest !== undefined;
  const missing = [
    ...(isFilled(sla?.hours) ? [] : ['sla.hours']),
    ...(isFilled(sla?.response_targets) ? [] : ['sla.response_targets']),
    ...(isReferred ? [] : ['sla.document_url']),
    ...(isFilled(support?.contact) ? [] : ['support.contact']),
  ];
  const resultOfPart = (name: string): EvaluatedOutcome =>
    missing.some((field) => field.startsWith(`${name}.`)) ? 'fail' : 'pass';
  const parts = (['sla', 'support'] as const).map((name) => ({ name, result: resultOfPart(name) }));
  const isPassed = missing.length === 0;
  return {
    ...{ id: 'G4.3', evaluator: SERVICE, parts },
    result: isPassed ? 'pass' : 'fail',
    code: isPassed ? 'passed' : 'fields_missing',
    ...(isPassed ? {} : { detail: `Missing: ${missing.join(', ')}.` }),
    evidence: { packet_digest: packetDigest, missing },
  };
}
