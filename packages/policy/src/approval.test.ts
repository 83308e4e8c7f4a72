import { readFileSync } from 'node:fs';
import {
  CratonError,
  type JsonObject,
  parseCheckRequest,
  parseTime,
  readOpening,
  utf8,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { pathWith } from '../test/documents.ts';
import { openingWith } from '../test/openings.ts';
import {
  approvedAuthority,
  assertApprovalInForce,
  claimedIssuer,
  readApproval,
  refusedApproval,
} from './approval.ts';
import { type AuthorityEvidence } from './compose-opening.ts';
import { evaluate } from './evaluate.ts';
import { loadPath } from './load-path.ts';

interface ApprovalCase {
  readonly name: string;
  readonly claims: JsonObject;
  readonly is_used?: boolean;
  readonly expected:
    | { readonly authority: AuthorityEvidence }
    | { readonly error: { readonly code: string; readonly field: string } };
}

interface CaseFile {
  readonly audience: string;
  readonly evaluated_at: string;
  readonly request: string;
  readonly cases: readonly ApprovalCase[];
}

const FILE = JSON.parse(
  readFileSync(new URL('../test/approval-cases.json', import.meta.url), 'utf8'),
) as CaseFile;
const EVIDENCE = `sha256:${'ef'.repeat(32)}`;
const BODY = JSON.parse(FILE.request) as JsonObject;
const REQUEST = parseCheckRequest(
  utf8(JSON.stringify({ ...BODY, authorization_evidence: EVIDENCE })),
);
const CHECKED = loadPath(
  pathWith({
    decision_types: ['*'],
    authority: { sources: ['*'], owners: ['*'], minimum_class: 'signature_verified' },
  }),
);

function judge({ claims, is_used = false }: ApprovalCase): AuthorityEvidence {
  const approval = readApproval(utf8(JSON.stringify(claims)), FILE.audience, REQUEST);
  assertApprovalInForce(approval, parseTime(FILE.evaluated_at), is_used);
  return approvedAuthority(REQUEST, approval);
}

describe('an approval with', () => {
  it.each(FILE.cases)('$name', (approvalCase) => {
    const { expected } = approvalCase;
    if ('error' in expected) {
      expect(() => judge(approvalCase)).toThrow(expect.objectContaining(expected.error) as Error);
      return;
    }
    const authority = judge(approvalCase);
    expect(authority).toEqual({ ...expected.authority, evidence_digest: EVIDENCE });
    const opening = openingWith({ authority: { ...REQUEST.authorization, ...authority } });
    expect(readOpening(opening as unknown as JsonObject)).toBe(opening);
    const isVerified = expected.authority.class === 'signature_verified';
    expect(evaluate(CHECKED, opening).reasons).toEqual(
      isVerified ? ['accepted'] : ['authority_class_too_low'],
    );
  });

  it('no action digest, for a request without one, binds nothing', () => {
    const body = { ...BODY, action_digest: undefined };
    const request = parseCheckRequest(utf8(JSON.stringify(body)));
    const claims = { ...FILE.cases[0]?.claims, request_hash: undefined };
    const approval = readApproval(utf8(JSON.stringify(claims)), FILE.audience, request);
    expect(approval.isBound).toBe(false);
    expect(approvedAuthority(request, approval)).toEqual({ class: 'submitted' });
  });

  it.each(['', '{', '7', '[]', '{"iss":"a","iss":"b"}'])('claims that are %j', (text) => {
    expect(() => readApproval(utf8(text), FILE.audience, REQUEST)).toThrow(CratonError);
    expect(claimedIssuer(utf8(text))).toBeUndefined();
  });
});

it('the claimed issuer is what the claims say, if they say one', () => {
  expect(claimedIssuer(utf8('{"iss":"https://approvals.example"}'))).toBe(
    'https://approvals.example',
  );
  for (const text of ['{}', '{"iss":7}', '{"iss":""}']) {
    expect(claimedIssuer(utf8(text))).toBeUndefined();
  }
});

it('one that is refused before its claims are read names where it was sent', () => {
  expect(refusedApproval('has no good signature.')).toMatchObject({
    code: 'ERR_APPROVAL_INVALID',
    field: 'authorization_evidence',
    message: 'authorization_evidence holds an approval that has no good signature.',
  });
});

it('no message holds a value of a claim', () => {
  for (const approvalCase of FILE.cases) {
    try {
      judge(approvalCase);
    } catch (error) {
      expect(String(error)).not.toMatch(/approval-1|example|sha256/);
    }
  }
});
