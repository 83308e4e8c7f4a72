/** `craton doctor`: looks at everything that a start needs, without starting anything. */
import { existsSync } from 'node:fs';
import { type CliContext, dataDirOf } from '../context.ts';
import { readCredentials } from '../development/credentials.ts';
import { type DataPaths, dataPathsOf } from '../development/data-directory.ts';
import { DEFAULT_HOST, portOf } from '../development/privileges.ts';
import { checkApprovalIssuers } from '../doctor/check-approval-issuers.ts';
import {
  checkClock,
  checkDatabase,
  checkDataDirectory,
  checkTrustPolicy,
} from '../doctor/check-data.ts';
import { checkAttestation, checkKeys } from '../doctor/check-keys.ts';
import { checkKeyCompromises } from '../doctor/check-key-compromises.ts';
import { checkPostgres, postgresUrlOf } from '../doctor/check-postgres.ts';
import { checkReadiness } from '../doctor/check-readiness.ts';
import { checkRetiredKeys } from '../doctor/check-retired-keys.ts';
import { checkNodeVersion, checkSettings } from '../doctor/check-settings.ts';
import {
  exitOfFindings,
  type Finding,
  type FindingStatus,
  ok,
  problem,
} from '../doctor/finding.ts';
import { usesGeneratedKeys } from '../doctor/key-sources.ts';
import { exitCode, type ExitName } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { addressOf, isReady } from '../servers/server-process.ts';
import { type Colour, wrap } from '../text.ts';
import { assertPortIsFree } from './start.ts';

/** Prints every finding; the worst one decides how it ends. */
export async function doctor(
  context: CliContext,
  { json }: { readonly json?: boolean },
): Promise<ExitName> {
  const paths = dataPathsOf(dataDirOf(context));
  const findings = await examine(context, paths);
  const exit = exitOfFindings(findings);
  if (json === true) {
    const document = { object: 'craton.doctor.v1', findings, exit_code: exitCode(exit) };
    context.out(JSON.stringify(document));
  } else {
    for (const finding of findings) showFinding(context, finding);
    context.out('');
    context.out(summaryOf(findings));
  }
  return exit;
}

async function examine(context: CliContext, paths: DataPaths): Promise<Finding[]> {
  const settings = checkSettings(context);
  const isPortKnown = settings.every(({ id, status }) => id !== 'port_setting' || status === 'ok');
  const runningAt = await findRunning(context, paths, isPortKnown);
  const isGenerated = usesGeneratedKeys(context);
  return [
    checkNodeVersion(process.versions.node),
    ...settings,
    ...checkReadiness(context),
    ...(isGenerated ? [checkDataDirectory(paths)] : []),
    ...checkKeys(context, paths),
    checkAttestation(context, paths),
    ...checkRetiredKeys(context, paths),
    ...(await checkKeyCompromises(context, paths)),
    ...checkApprovalIssuers(context),
    ...(isGenerated ? [checkTrustPolicy(paths)] : []),
    ...(isPortKnown ? [await checkPort(context, runningAt)] : []),
    await checkStore(context, paths, runningAt !== undefined),
    checkClock(context, paths),
  ];
}

async function checkStore(
  context: CliContext,
  paths: DataPaths,
  isRunning: boolean,
): Promise<Finding> {
  const url = postgresUrlOf(context);
  return url === undefined ? checkDatabase(context, paths, isRunning) : checkPostgres(context, url);
}

/** The address of a boundary that is ready on this machine: the one started here, or on PORT. */
async function findRunning(
  { env }: CliContext,
  paths: DataPaths,
  isPortKnown: boolean,
): Promise<string | undefined> {
  const candidates = [
    ...(isPortKnown ? [addressOf(env['HOST'] ?? DEFAULT_HOST, portOf(env))] : []),
    ...credentialsAddress(paths),
  ];
  for (const address of candidates) {
    if (await isReady(address)) return address;
  }
  return undefined;
}

function credentialsAddress({ credentials }: DataPaths): string[] {
  if (!existsSync(credentials)) return [];
  try {
    return [readCredentials(credentials).baseUrl];
  } catch {
    // A damaged file names no address; the start writes it again.
    return [];
  }
}

async function checkPort({ env }: CliContext, runningAt: string | undefined): Promise<Finding> {
  if (runningAt !== undefined) return ok('port', `A boundary is ready at ${runningAt}.`);
  const port = portOf(env);
  try {
    await assertPortIsFree(env['HOST'] ?? DEFAULT_HOST, port);
    return ok('port', port === 0 ? 'The system chooses the port.' : `Port ${port} is free.`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return problem('port', 'blocked', [error.message, error.nextStep ?? 'Choose another PORT.']);
  }
}

const MARKS = {
  ok: ['✓', 'green'],
  blocked: ['✗', 'red'],
  missing: ['-', 'yellow'],
  degraded: ['!', 'yellow'],
} as const satisfies Record<FindingStatus, readonly [string, Colour]>;

const ID_WIDTH = 15;
const STATUS_WIDTH = 8;
const TEXT_WIDTH_MIN = 30;

function showFinding(context: CliContext, { id, status, detail, fix }: Finding): void {
  const [mark, colour] = MARKS[status];
  const left = `  ${mark} ${id.padEnd(ID_WIDTH)} ${status.padEnd(STATUS_WIDTH)} `;
  const width = Math.max(Math.min(context.columns, 110) - left.length, TEXT_WIDTH_MIN);
  const [first = '', ...rest] = wrap(detail, width);
  const advice = fix === undefined ? [] : wrap(`Fix: ${fix}`, width);
  context.out(context.paint(colour, left) + first);
  for (const line of [...rest, ...advice]) context.out(' '.repeat(left.length) + line);
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (status: FindingStatus): number =>
    findings.filter((finding) => finding.status === status).length;
  const [blocked, missing, degraded] = [count('blocked'), count('missing'), count('degraded')];
  if (blocked + missing + degraded === 0) return 'Everything is in order.';
  return `${blocked} blocked, ${missing} missing, ${degraded} to attend to.`;
}
