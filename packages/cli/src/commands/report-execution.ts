/** What `craton claim` and `craton confirm` share: send, fetch the bundle, verify, compare. */
import { resolve } from 'node:path';
import {
  canonicalize,
  type ClaimPayload,
  type ClaimRequest,
  type ConfirmationPayload,
  CratonError,
  type DecisionPayload,
  isCommitmentId,
  isRequestId,
  type JsonObject,
  parseBundle,
  utf8,
  type VerificationReport,
} from '@craton/protocol';
import { getBundle } from '../check/boundary-client.ts';
import { postReport } from '../check/execution-client.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, replaceFile } from '../files.ts';
import { reportLines } from '../report/report-text.ts';
import { assertRequirements } from '../report/requirements.ts';
import { linkedDecision, signedPayload } from '../report/signed-payload.ts';
import { accessOf, BOUNDARY_KEY } from '../server/server-access.ts';
import { notOurs } from '../server/server-client.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { verifyEvidence } from './verify.ts';

/** Flags of both commands. */
export interface ReportFlags {
  readonly trust: string;
  readonly actionDigest?: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly idempotencyKey?: string;
  readonly require?: string;
  readonly bundle?: string;
  readonly json?: boolean;
}

/** What is sent, and how the boundary's own rules read it. */
export interface Outgoing<R extends ClaimRequest> {
  readonly path: 'claim' | 'confirm';
  readonly members: Readonly<Record<string, string | undefined>>;
  readonly parse: (body: Uint8Array) => R;
}

/** An answer whose receipt was looked at. */
export interface Reported<R extends ClaimRequest> {
  readonly request: R;
  readonly report: VerificationReport;
  /** What was signed, and the decision that it is about. */
  readonly payload: ClaimPayload | ConfirmationPayload | undefined;
  readonly decision: DecisionPayload | undefined;
  /** Why it does not hold, besides failed lines. */
  readonly faults: readonly string[];
}

/** The decision must be there: its line is `confirmation`. Its opening may have been erased. */
const REQUIRE = 'payload,signature,issuer,confirmation';

/** Sends a claim or a confirmation and verifies its bundle. Nothing is believed before. */
export async function reportExecution<R extends ClaimRequest>(
  context: CliContext,
  flags: ReportFlags,
  outgoing: Outgoing<R>,
): Promise<Reported<R>> {
  assertRequirements(flags.require);
  const trust = readTrustPolicy(context, flags.trust);
  const { path, members, parse } = outgoing;
  const body = utf8(JSON.stringify(members));
  const request = parseOutgoing(parse, body);
  const access = accessOf(context, flags, BOUNDARY_KEY);
  const { idempotencyKey } = flags;
  const answer = await postReport(access, { path, body, idempotencyKey });
  const requestId = answer['request_id'];
  if (typeof requestId !== 'string') throw notOurs('the answer names no request_id');
  const bundle = await getBundle(access, requestId);
  if (flags.bundle !== undefined) {
    replaceFile(resolve(context.cwd, flags.bundle), bundle, PUBLIC_MODE);
  }
  const require = flags.require === undefined ? REQUIRE : `${REQUIRE},${flags.require}`;
  const report = await verifyAnswered(bundle, { trust, require, atMs: context.now() });
  return { request, report, ...compared(bundle, answer, request) };
}

/** The members that name a decision: a commitment_id or a request_id. */
export function decisionMembers(id: string): Readonly<Record<string, string>> {
  if (isCommitmentId(id)) return { commitment_id: id };
  if (isRequestId(id)) return { request_id: id };
  throw usageFailure('A decision is named by its commitment_id (bnd_...) or request_id (req_...).');
}

/** Why a receipt does not hold, for people. */
export function showFaults(
  context: CliContext,
  headline: string,
  { faults, report }: Pick<Reported<ClaimRequest>, 'faults' | 'report'>,
): void {
  context.out(context.paint('red', headline));
  for (const fault of faults) context.out(`  ${fault}`);
  for (const line of reportLines(context, report)) context.out(line);
}

function parseOutgoing<R>(parse: (body: Uint8Array) => R, body: Uint8Array): R {
  try {
    return parse(body);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`Nothing was sent: ${cause.message}`, { code: cause.code, cause });
  }
}

/** What a boundary sends instead of a bundle is its failure, not the caller's. */
async function verifyAnswered(
  bundle: Uint8Array,
  {
    trust,
    ...options
  }: { readonly trust: Parameters<typeof verifyEvidence>[1] } & Parameters<
    typeof verifyEvidence
  >[2],
): Promise<VerificationReport> {
  try {
    return await verifyEvidence(bundle, trust, options);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw notOurs('it sent no bundle');
  }
}

/** What was signed, compared with what was answered and asked for. */
function compared(
  bundle: Uint8Array,
  answer: JsonObject,
  request: ClaimRequest,
): Pick<Reported<ClaimRequest>, 'payload' | 'decision' | 'faults'> {
  const signed = signedPayload(bundle);
  const isLinked =
    signed?.receipt_type === 'execution_claim' || signed?.receipt_type === 'execution_confirmation';
  const payload = isLinked ? signed : undefined;
  const decision = linkedDecision(bundle)?.payload;
  const isSame =
    canonicalize(answer['receipt'] ?? '') === canonicalize(parseBundle(bundle).receipt);
  const asked = payload && [payload.commitment_id, payload.confirms.request_id];
  const faults = [
    ...(isSame ? [] : ['the bundle holds another receipt than the answer']),
    ...(asked?.includes(request.decisionId) === true
      ? []
      : ['the receipt is about another decision than the one named']),
    ...(payload?.action_digest === request.actionDigest
      ? []
      : ['the receipt names another action than the one sent']),
  ];
  return { payload, decision, faults };
}
