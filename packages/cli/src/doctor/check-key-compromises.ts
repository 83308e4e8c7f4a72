/** Whether a start would take the statements about compromised keys, and by whose word. */
import { resolve } from 'node:path';
import {
  CratonError,
  DEPTH_MAX,
  isJsonList,
  type JsonValue,
  parseStrict,
  publicJwk,
  readAttestation,
  type ReadKeyCompromise,
  type TrustPolicy,
  verifyKeyCompromise,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { DataPaths } from '../development/data-directory.ts';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { parseAttestations } from '../keys/attest-key.ts';
import { readKeySetFile } from '../keys/key-set.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { type Finding, ok, problem } from './finding.ts';
import { attestationsSource, keySourceOf } from './key-sources.ts';

const ID = 'key_compromises';
const STATEMENTS = 'CRATON_KEY_COMPROMISES_FILE';
const TRUST_POLICY = 'CRATON_TRUST_POLICY_FILE';
const FIX = `Make the statement with craton keys compromise --root-key FILE, or correct ${STATEMENTS}.`;

/** Says nothing if none of the two variables is set. Changes nothing, and asks nobody. */
export async function checkKeyCompromises(
  context: CliContext,
  paths: DataPaths,
): Promise<Finding[]> {
  const { [STATEMENTS]: statements, [TRUST_POLICY]: policy } = context.env;
  if (statements === undefined && policy === undefined) return [];
  if (policy === undefined) {
    const fix = `Set ${TRUST_POLICY} to the trust policy that you publish.`;
    return [problem(ID, 'blocked', [`${TRUST_POLICY} is not set: no root is known.`, fix])];
  }
  try {
    const trust = readTrustPolicy(context, policy);
    if (statements === undefined) return [ok(ID, `${TRUST_POLICY} is a trust policy.`)];
    return [await judge(context, paths, readStatements(context, statements), trust)];
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof CratonError)) throw error;
    return [problem(ID, 'blocked', [error.message, FIX])];
  }
}

function readStatements({ cwd }: CliContext, file: string): readonly JsonValue[] {
  const bytes = readFileOrFail(resolve(cwd, file));
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  return isJsonList(value) ? value : [value];
}

async function judge(
  context: CliContext,
  paths: DataPaths,
  statements: readonly JsonValue[],
  trust: TrustPolicy,
): Promise<Finding> {
  const said: ReadKeyCompromise[] = [];
  for (const statement of statements) said.push(await verifyKeyCompromise(statement, trust));
  const roots = attestingRoots(context, paths);
  if (said.some(({ rootFingerprint }) => !roots.has(rootFingerprint))) {
    return problem(ID, 'blocked', ['A statement is of a root that attested no key here.', FIX]);
  }
  const retired = retiredKids(context, paths);
  const kept = said.filter(({ kid }) => !retired.has(kid)).map(({ kid }) => kid);
  if (kept.length > 0) {
    return problem(ID, 'blocked', [
      `${kept.join(', ')} is not in the set of CRATON_RETIRED_KEYS_FILE, or signs here.`,
      'Replace the key first: craton keys rotate.',
    ]);
  }
  return ok(ID, `${said.length} read, each by a root of the trust policy about a retired key.`);
}

function attestingRoots(context: CliContext, paths: DataPaths): ReadonlySet<string> {
  const source = attestationsSource(context, paths);
  if (source === undefined) return new Set();
  const values = parseAttestations(source.bytes, source.name);
  return new Set(values.map((value) => readAttestation(value).rootFingerprint));
}

/** A key that signs may stand in the set: so the next one is published before it signs. */
function retiredKids(context: CliContext, paths: DataPaths): ReadonlySet<string> {
  const file = context.env['CRATON_RETIRED_KEYS_FILE'];
  const kids = new Set(file === undefined ? [] : readKeySetFile(resolve(context.cwd, file)).keys());
  for (const role of ['signing', 'staging_signing'] as const) {
    const key = keySourceOf(context, paths, role)?.read();
    if (key !== undefined) kids.delete(publicJwk(key.publicKey).kid);
  }
  return kids;
}
