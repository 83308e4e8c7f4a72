/** `craton verify`: reports, line by line, what can be known about a receipt without its issuer. */
import { resolve } from 'node:path';
import {
  CratonError,
  parseTime,
  type TrustPolicy,
  type VerificationReport,
  verifyBundle,
} from '@craton/protocol';
import { recomputeVerdict } from '@craton/policy';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { cratonVerifyDocument } from '../report/craton-verify-format.ts';
import { type Evidence, readEvidence, readKeyMaterial } from '../report/evidence.ts';
import { checkOf, exitOf, reportLines } from '../report/report-text.ts';
import { assertRequirements } from '../report/requirements.ts';
import { withStatements } from '../trust/compromise-statements.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { decisionSummary, signedDecision, unsignedDifferences } from '../report/signed-payload.ts';

export interface VerifyCommandOptions {
  readonly trust: string;
  readonly keys?: string;
  readonly compromised?: readonly string[];
  readonly require?: string;
  readonly at?: string;
  readonly format?: string;
  readonly json?: boolean;
}

const BAD_INPUT = { exit: 'badInput' } as const;

/** Verifies one file (`-` is standard input) and prints the report; answers how it ended. */
export async function verify(
  context: CliContext,
  file: string,
  options: VerifyCommandOptions,
): Promise<ExitName> {
  assertRequirements(options.require);
  const atMs = options.at === undefined ? context.now() : timeOption(options.at);
  const policy = readTrustPolicy(context, options.trust, BAD_INPUT);
  const statements = (options.compromised ?? []).map((name) => resolve(context.cwd, name));
  const { trust } = await withStatements(policy, statements);
  const evidence = await readInput(context, file, options);
  const report = await verifyEvidence(evidence.bundle, trust, { ...options, atMs });
  const differences = differencesOf(evidence, report);
  if (options.format === 'craton-verify') {
    context.out(JSON.stringify(cratonVerifyDocument(report)));
  } else if (options.json === true) {
    context.out(JSON.stringify(report));
  } else {
    showReport(context, { file, evidence, report, atMs });
  }
  if (differences.length === 0) return exitOf(report);
  context.err(
    `craton: ${differences.join(', ')} beside the receipt differ from what was signed. Trust only what was signed.`,
  );
  return 'failed';
}

interface VerifyEvidenceOptions {
  readonly atMs: number;
  readonly require?: string;
}

/** Verifies a bundle, the verdict's derivation included. What is no bundle is bad input. */
export async function verifyEvidence(
  bundle: Uint8Array,
  trust: TrustPolicy,
  { atMs, require }: VerifyEvidenceOptions,
): Promise<VerificationReport> {
  try {
    return await verifyBundle(bundle, trust, {
      atMs,
      extraChecks: { verdict_recomputed: recomputeVerdict },
      ...(require !== undefined && { require }),
    });
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`The bundle cannot be read: ${cause.message}`, {
      ...BAD_INPUT,
      code: cause.code,
      cause,
    });
  }
}

async function readInput(
  context: CliContext,
  file: string,
  { keys }: VerifyCommandOptions,
): Promise<Evidence> {
  const read = (path: string): Uint8Array => readFileOrFail(resolve(context.cwd, path), BAD_INPUT);
  const bytes = file === '-' ? await context.readStdin() : read(file);
  const material = keys === undefined ? undefined : readKeyMaterial(read(keys), keys);
  return readEvidence(bytes, file === '-' ? 'Standard input' : file, material);
}

/** What nobody signed is compared only with what somebody did. */
function differencesOf({ answer, bundle }: Evidence, report: VerificationReport): string[] {
  const isSigned = checkOf(report, 'signature').status === 'verified';
  const decision = isSigned ? signedDecision(bundle) : undefined;
  return answer === undefined || decision === undefined
    ? []
    : unsignedDifferences(answer, decision);
}

interface ShownReport {
  readonly file: string;
  readonly evidence: Evidence;
  readonly report: VerificationReport;
  readonly atMs: number;
}

const KIND_NAMES = {
  bundle: 'a verification bundle',
  answer: 'an answer of the boundary, with keys from the file given',
  receipt: 'a bare receipt, with keys from the file given',
} as const;

function showReport(context: CliContext, { file, evidence, report, atMs }: ShownReport): void {
  const name = file === '-' ? 'Standard input' : file;
  context.out(`${name}: ${KIND_NAMES[evidence.kind]}`);
  context.out('');
  for (const line of reportLines(context, report)) context.out(line);
  // Before the issuer is known, a signed verdict is anybody's word.
  const isKnown = report.outcome !== 'failed' && checkOf(report, 'issuer').status === 'verified';
  const decision = isKnown ? signedDecision(evidence.bundle) : undefined;
  if (decision === undefined) return;
  context.out(`Signed decision: ${decisionSummary(decision, atMs)}`);
}

/** A time of the protocol, or its first part: `2026-01-31`, `2026-01-31T10:00:00Z`. */
export function timeOption(text: string): number {
  const [, day, clock = 'T00:00:00', fraction = '.000'] =
    /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2}:\d{2})(\.\d{3})?Z)?$/.exec(text) ?? [];
  try {
    return parseTime(`${day ?? ''}${clock}${fraction}Z`);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw usageFailure('A time reads 2026-01-31T23:59:59Z or 2026-01-31, in UTC.');
  }
}
