/** `craton claim`: asks to be the one who executes, and says so only after verifying it. */
import {
  type ClaimRequest,
  type DecisionPayload,
  parseClaimRequest,
  type Payload,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { decisionSummary } from '../report/signed-payload.ts';
import {
  decisionMembers,
  type Reported,
  reportExecution,
  type ReportFlags,
  showFaults,
} from './report-execution.ts';

/** Claims one decision by its commitment_id or request_id. */
export async function claim(
  context: CliContext,
  id: string,
  flags: ReportFlags,
): Promise<ExitName> {
  const reported = await reportExecution(context, flags, {
    path: 'claim',
    members: { ...decisionMembers(id), action_digest: flags.actionDigest },
    parse: parseClaimRequest,
  });
  const faults = [...reported.faults, ...permissionFaults(reported, context.now())];
  const { report, payload, decision } = reported;
  const holds = report.outcome === 'reached' && faults.length === 0 && decision !== undefined;
  if (flags.json === true) {
    context.out(JSON.stringify(claimDocument({ ...reported, faults }, holds)));
  } else if (holds) {
    showClaim(context, decision, payload);
  } else {
    showFaults(context, 'Not claimed: do not execute.', { faults, report });
  }
  return holds ? 'done' : 'failed';
}

/** A claim is worth what the decision permits, now. */
function permissionFaults(
  { request, payload, decision }: Reported<ClaimRequest>,
  nowMs: number,
): string[] {
  if (decision === undefined) return ['the decision is not in the bundle'];
  const { verdict, enforcement, action_digest, expires_at } = decision;
  const isBound = action_digest !== undefined && action_digest !== request.actionDigest;
  return [
    ...(payload?.receipt_type === 'execution_claim' ? [] : ['the receipt is no claim']),
    ...(verdict === 'reject' ? ['the decision is a reject'] : []),
    ...(enforcement === 'enforce' ? [] : ['the decision was only observed']),
    ...(isBound ? ['the decision is bound to another action'] : []),
    ...(nowMs < Date.parse(expires_at) ? [] : [`the decision expired at ${expires_at}`]),
  ];
}

function claimDocument(
  { report, payload, decision, faults }: Reported<ClaimRequest>,
  holds: boolean,
): object {
  return {
    object: 'craton.claim.v1',
    holds,
    ...(holds &&
      decision !== undefined && {
        verdict: decision.verdict,
        reasons: decision.reasons,
        obligations: decision.obligations,
        expires_at: decision.expires_at,
        commitment_id: decision.commitment_id,
        decision_request_id: decision.request_id,
        request_id: requestIdOf(payload),
      }),
    faults,
    report,
  };
}

function showClaim(
  context: CliContext,
  decision: DecisionPayload,
  payload: Payload | undefined,
): void {
  const summary = decisionSummary(decision, context.now());
  context.out(context.paint('green', `Claimed: you are the one who executes. ${summary}`));
  for (const obligation of decision.obligations) {
    context.out(`  obligation  ${JSON.stringify(obligation)}`);
  }
  context.out(`  claim       ${requestIdOf(payload) ?? ''}`);
  context.out(`  commitment  ${decision.commitment_id}`);
}

function requestIdOf(payload: Payload | undefined): string | undefined {
  return payload !== undefined && 'request_id' in payload ? payload.request_id : undefined;
}
