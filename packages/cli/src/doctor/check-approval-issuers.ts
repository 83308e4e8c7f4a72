import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ApprovalIssuer, parseApprovalIssuers } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { type Finding, ok, problem } from './finding.ts';

const ID = 'approvals';
const VARIABLE = 'CRATON_APPROVAL_ISSUERS_FILE';
const FORM = '{"issuers":[{"iss":"...","jwks":{"keys":[...]}}]}';
const FIX = `Correct it, with public keys alone. It has the form ${FORM}.`;

/** Whether the approval issuers can be read, and each of their keys used; nothing if none is set. */
export function checkApprovalIssuers({ env, cwd }: CliContext): Finding[] {
  const given = env[VARIABLE];
  if (given === undefined) return [];
  const file = resolve(cwd, given);
  if (!existsSync(file)) {
    const fix = `Write it, or remove ${VARIABLE}: evidence then stays submitted.`;
    return [problem(ID, 'blocked', [`${VARIABLE} names no file.`, fix])];
  }
  try {
    return [judge(parseApprovalIssuers(readFileOrFail(file)))];
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof CratonError)) throw error;
    return [problem(ID, 'blocked', [error.message, FIX])];
  }
}

function judge(issuers: readonly ApprovalIssuer[]): Finding {
  const keys = issuers.flatMap((issuer) => issuer.keys.map((key) => ({ ...key, issuer })));
  const bad = keys.find(({ jwk }) => !isUsable(jwk));
  if (bad !== undefined) {
    const what = `The key ${bad.kid} of ${bad.issuer.iss} is not a public key that can be used.`;
    return problem(ID, 'blocked', [what, 'Copy it again from what its issuer publishes.']);
  }
  const names = issuers.map(({ iss }) => iss).join(', ');
  return ok(ID, `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} of ${names}.`);
}

function isUsable(jwk: ApprovalIssuer['keys'][number]['jwk']): boolean {
  try {
    createPublicKey({ key: { ...jwk }, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
