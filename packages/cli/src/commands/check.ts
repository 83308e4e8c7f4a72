/** `craton check`: asks for a verdict and says it only after the receipt was verified. */
import { resolve } from 'node:path';
import {
  canonicalize,
  CratonError,
  type DecisionPayload,
  isJsonObject,
  parseBundle,
  parseCheckRequest,
  type TrustPolicy,
  type VerificationReport,
} from '@craton/protocol';
import { getBundle, postCheck } from '../check/boundary-client.ts';
import { composeRequest, hasRequestFlags, type RequestFlags } from '../check/compose-request.ts';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile } from '../files.ts';
import { checkOf, reportLines } from '../report/report-text.ts';
import { assertRequirements } from '../report/requirements.ts';
import { decisionSummary, signedDecision, unsignedDifferences } from '../report/signed-payload.ts';
import { accessOf, BOUNDARY_KEY } from '../server/server-access.ts';
import { notOurs } from '../server/server-client.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { verifyEvidence } from './verify.ts';

export interface CheckOptions extends RequestFlags {
  readonly trust: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly idempotencyKey?: string;
  readonly require?: string;
  readonly bundle?: string;
  readonly json?: boolean;
}

/** Always asked for here: the opening is at hand, so the commitment to it can be checked. */
const REQUIRE = 'payload,signature,issuer,commitment';

/** Sends one check; `file` holds the request (`-` is standard input), else flags make it. */
export async function check(
  context: CliContext,
  file: string | undefined,
  options: CheckOptions,
): Promise<ExitName> {
  assertRequirements(options.require);
  const trust = readTrustPolicy(context, options.trust);
  const body = await readRequest(context, file, options);
  const { requestHash } = parseRequest(body);
  const access = accessOf(context, options, BOUNDARY_KEY);
  const answer = await postCheck(access, body, options.idempotencyKey);
  const requestId = answer['request_id'];
  if (typeof requestId !== 'string') throw notOurs('the answer names no request_id');
  const bundle = await getBundle(access, requestId);
  if (options.bundle !== undefined) {
    replaceFile(resolve(context.cwd, options.bundle), bundle, PUBLIC_MODE);
  }
  const require = options.require === undefined ? REQUIRE : `${REQUIRE},${options.require}`;
  const report = await verifyAnswer(context, bundle, { trust, require });
  const decision = signedDecision(bundle);
  const faults = [
    ...bundleFaults(bundle, answer['receipt'], requestHash),
    ...(decision === undefined ? ['the receipt is no decision'] : unsigned(answer, decision)),
  ];
  const holds = report.outcome === 'reached' && faults.length === 0 && decision !== undefined;
  const checked = { report, decision: holds ? decision : undefined, faults };
  if (options.json === true) context.out(JSON.stringify(checkDocument(checked)));
  else showCheck(context, checked);
  return holds ? 'done' : 'failed';
}

interface VerifyAnswer {
  readonly trust: TrustPolicy;
  readonly require: string;
}

/** What a boundary sends instead of a bundle is its failure, not the caller's. */
async function verifyAnswer(
  context: CliContext,
  bundle: Uint8Array,
  { trust, require }: VerifyAnswer,
): Promise<VerificationReport> {
  try {
    return await verifyEvidence(bundle, trust, { atMs: context.now(), require });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw notOurs('it sent no bundle');
  }
}

async function readRequest(
  context: CliContext,
  file: string | undefined,
  flags: RequestFlags,
): Promise<Uint8Array> {
  const hasFlags = hasRequestFlags(flags);
  if (file !== undefined && hasFlags) {
    throw usageFailure('Give the request as a file or by flags, not both.');
  }
  if (file === '-') return context.readStdin();
  if (file !== undefined) return readFileOrFail(resolve(context.cwd, file));
  if (hasFlags) return composeRequest(flags);
  throw usageFailure('There is no request: name a JSON file, - for standard input, or use flags.');
}

/** The boundary's own rules, before anything leaves this machine. */
function parseRequest(body: Uint8Array): { readonly requestHash: string } {
  try {
    return parseCheckRequest(body);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`The request was not sent: ${cause.message}`, {
      code: cause.code,
      nextStep: 'See what a request holds with: craton check --help',
      cause,
    });
  }
}

/** The bundle must be about the receipt in the answer, and that about the request sent. */
function bundleFaults(bundle: Uint8Array, receipt: unknown, requestHash: string): string[] {
  const { receipt: bundled, opening } = parseBundle(bundle);
  const isSame =
    isJsonObject(bundled) &&
    receipt !== undefined &&
    canonicalize(bundled) === canonicalize(receipt);
  const isOurs = opening?.['request_hash'] === requestHash;
  return [
    ...(isSame ? [] : ['the bundle holds another receipt than the answer']),
    ...(isOurs ? [] : ['the receipt is for another request than the one sent']),
  ];
}

function unsigned(
  answer: Parameters<typeof unsignedDifferences>[0],
  signed: DecisionPayload,
): string[] {
  return unsignedDifferences(answer, signed).map(
    (name) => `the answer’s ${name} differs from the signed one`,
  );
}

interface Checked {
  readonly report: VerificationReport;
  /** Only of a receipt that holds. */
  readonly decision: DecisionPayload | undefined;
  readonly faults: readonly string[];
}

function checkDocument({ report, decision, faults }: Checked): object {
  return {
    object: 'craton.check.v1',
    holds: decision !== undefined,
    ...(decision !== undefined && {
      verdict: decision.verdict,
      reasons: decision.reasons,
      obligations: decision.obligations,
      enforcement: decision.enforcement,
      expires_at: decision.expires_at,
      request_id: decision.request_id,
      commitment_id: decision.commitment_id,
    }),
    faults,
    report,
  };
}

const VERDICT_COLOURS = { allow: 'green', constrain: 'yellow', reject: 'red' } as const;

function showCheck(context: CliContext, { report, decision, faults }: Checked): void {
  if (decision === undefined) {
    context.out(context.paint('red', 'No verdict: the receipt does not hold. Do not proceed.'));
    for (const fault of faults) context.out(`  ${fault}`);
    for (const line of reportLines(context, report)) context.out(line);
    return;
  }
  const { verdict, obligations, request_id, commitment_id } = decision;
  const summary = decisionSummary(decision, context.now());
  context.out(context.paint(VERDICT_COLOURS[verdict], summary));
  for (const obligation of obligations) context.out(`  obligation  ${JSON.stringify(obligation)}`);
  context.out(`  request     ${request_id}`);
  context.out(`  commitment  ${commitment_id}`);
  const verified = report.checks.filter(({ status }) => status === 'verified').map(({ id }) => id);
  context.out(`  verified    ${verified.join(', ')}`);
  context.out(`  authority   ${checkOf(report, 'authority').detail}`);
}
