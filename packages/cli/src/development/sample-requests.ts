/** The requests that a newcomer tries first: one for each verdict of the sample path. */
import type { Verdict } from '@craton/protocol';
import { grouped } from '../text.ts';

/** A check that the sample path answers with `verdict`. */
export interface SampleRequest {
  readonly verdict: Verdict;
  /** Why, in a few words. */
  readonly title: string;
  readonly amountUsd: number;
  readonly externalReference: string;
}

/** References differ, because a reference that is used again is flagged in the reasons. */
export const SAMPLE_REQUESTS: readonly SampleRequest[] = [
  sample('allow', 500_000, 'within the limit', 'host-request-123'),
  sample('constrain', 750_000, 'two people must agree', 'host-request-124'),
  sample('reject', 1_500_000, 'over the limit', 'host-request-125'),
];

/** Where and with which key the requests are sent. */
export interface SampleTarget {
  /** Without a final slash. */
  readonly baseUrl: string;
  /** A development key: it works on this machine only. */
  readonly apiKey: string;
}

function sample(
  verdict: Verdict,
  amountUsd: number,
  why: string,
  externalReference: string,
): SampleRequest {
  return { verdict, title: `${grouped(amountUsd)} USD, ${why}`, amountUsd, externalReference };
}

/** The body of a sample, laid out for reading. It holds no single quote. */
export function sampleBody({ amountUsd, externalReference }: SampleRequest): string {
  return [
    '{"partner_id": "northstar_controls", "gate_type": "threshold_gate",',
    ' "system_scope": "operations_console", "decision_type": "threshold_execution_request",',
    ` "decision_owner": "operations_owner", "decision_size_usd": ${amountUsd},`,
    ` "case_id": "host-case-001", "external_reference": "${externalReference}",`,
    ' "context": {"authorization_status": "present",',
    '  "authorization_reference": "approval-2026-001",',
    '  "authorization_source": "approval_workflow"}}',
  ].join('\n');
}

/** A curl command for one sample, ready to paste into a POSIX shell. */
export function sampleCurl(request: SampleRequest, target: SampleTarget): string {
  return [
    `curl -sS ${target.baseUrl}/v1/boundary/check \\`,
    `  -H 'Authorization: Bearer ${target.apiKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${sampleBody(request).replaceAll('\n', '\n      ')}'`,
  ].join('\n');
}

/** Asks once more, and saves the full bundle of that receipt as `file`. */
export function bundleCurl(request: SampleRequest, target: SampleTarget, file: string): string {
  const asked = { ...request, externalReference: 'host-request-126' };
  return [
    `id=$(${sampleCurl(asked, target)} |`,
    String.raw`  sed 's/.*"request_id":"\([^"]*\)".*/\1/')`,
    `curl -sS "${target.baseUrl}/v1/receipts/$id/bundle?form=full" -o ${file} \\`,
    `  -H 'Authorization: Bearer ${target.apiKey}'`,
  ].join('\n');
}
