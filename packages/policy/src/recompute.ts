/** The line `verdict_recomputed` of the verification report (PROTOCOL section 9). */
import {
  canonicalize,
  type CheckResult,
  type Decision,
  type DecisionPayload,
  type JsonObject,
  type Opening,
  reportResult,
  UNMATCHED_PATH_ID,
} from '@craton/protocol';
import { evaluate } from './evaluate.ts';
import { type LoadedPath, loadPath } from './load-path.ts';

/** A signed decision and what it was made from, where that came along. */
export interface RecomputeInputs {
  readonly payload: DecisionPayload;
  readonly opening?: Opening;
  /** The path document, parsed strictly. */
  readonly policy?: JsonObject;
}

const COMPARED = ['verdict', 'reasons', 'obligations', 'enforcement', 'expires_at'] as const;

/**
 * Derives the decision again and compares it with what was signed. That opening and path document
 * belong to the payload is the line `commitment`, which comes first. Give it to `verify` as
 * `extraChecks.verdict_recomputed`. Never throws; codes are those of `spec/report-codes.json`.
 */
export function recomputeVerdict({ payload, opening, policy }: RecomputeInputs): CheckResult {
  if (opening === undefined) return result('inputs_missing');
  const isUnmatched = payload.boundary_snapshot.path_id === UNMATCHED_PATH_ID;
  if (isUnmatched !== (opening.ledger.match !== 'one')) return mismatch(['ledger']);
  if (isUnmatched) return compare(payload, evaluate(undefined, opening), 'ledger_statement');
  if (policy === undefined) return result('inputs_missing');
  const path = loadOrUndefined(policy);
  if (path === undefined) return result('policy_refused');
  return compare(payload, evaluate(path, opening), 'ok');
}

function compare(
  payload: DecisionPayload,
  decision: Decision,
  equal: 'ok' | 'ledger_statement',
): CheckResult {
  const differing = COMPARED.filter(
    (member) => canonicalize(payload[member]) !== canonicalize(decision[member]),
  );
  return differing.length === 0 ? result(equal) : mismatch(differing);
}

function mismatch(differing: readonly string[]): CheckResult {
  return result('verdict_mismatch', { differing });
}

/** An audit recomputes thousands of verdicts under one document; loading takes longer than those. */
const loaded = new WeakMap<JsonObject, LoadedPath | undefined>();

function loadOrUndefined(policy: JsonObject): LoadedPath | undefined {
  if (!loaded.has(policy)) loaded.set(policy, load(policy));
  return loaded.get(policy);
}

function load(policy: JsonObject): LoadedPath | undefined {
  try {
    return loadPath(policy);
  } catch {
    return undefined;
  }
}

function result(
  code: 'ok' | 'inputs_missing' | 'policy_refused' | 'verdict_mismatch' | 'ledger_statement',
  data?: JsonObject,
): CheckResult {
  return reportResult('verdict_recomputed', code, data);
}
