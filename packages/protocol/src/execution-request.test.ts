import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { CratonError } from './errors.ts';
import {
  type ClaimRequest,
  type ConfirmRequest,
  parseClaimRequest,
  parseConfirmRequest,
} from './execution-request.ts';
import { OUTCOMES } from './receipt.ts';

const COMMITMENT = `bnd_${'A'.repeat(43)}`;
const REQUEST = 'req_019aa000-0000-7000-8000-000000000001';
const DIGEST = `sha256:${'9f'.repeat(32)}`;
const TIME = '2026-11-21T18:01:40.000Z';

type Parse = (bytes: Uint8Array) => ClaimRequest | ConfirmRequest;

function parse(read: Parse, body: unknown): ClaimRequest | ConfirmRequest {
  return read(utf8(typeof body === 'string' ? body : JSON.stringify(body)));
}

function errorOf(read: Parse, body: unknown): CratonError {
  try {
    parse(read, body);
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The request was accepted.');
}

const readers: readonly [name: string, read: Parse, least: object][] = [
  ['claim', parseClaimRequest, {}],
  ['confirmation', parseConfirmRequest, { outcome: 'executed' }],
];

describe.each(readers)('a %s', (_name, read, least) => {
  it('names its decision in either way', () => {
    const { requestHash, ...byCommitment } = parse(read, { ...least, commitment_id: COMMITMENT });
    expect(byCommitment).toEqual({ ...least, decisionId: COMMITMENT });
    const byRequest = parse(read, { ...least, request_id: REQUEST });
    expect(byRequest.decisionId).toBe(REQUEST);
    expect(byRequest.requestHash).not.toBe(requestHash);
  });

  it('may name the action', () => {
    const body = { ...least, commitment_id: COMMITMENT, action_digest: DIGEST };
    expect(parse(read, body).actionDigest).toBe(DIGEST);
  });

  const refused: readonly [title: string, members: object, field: string][] = [
    ['no decision', {}, 'commitment_id'],
    ['two of them', { commitment_id: COMMITMENT, request_id: REQUEST }, 'request_id'],
    ['an empty id', { commitment_id: '' }, 'commitment_id'],
    ['a commitment that is none', { commitment_id: `bnd_${'A'.repeat(42)}` }, 'commitment_id'],
    ['a request id in its place', { commitment_id: REQUEST }, 'commitment_id'],
    ['a request id that is none', { request_id: REQUEST.toUpperCase() }, 'request_id'],
    ['null', { request_id: null }, 'request_id'],
    ['a number', { request_id: 7 }, 'request_id'],
    ['a digest that is none', { commitment_id: COMMITMENT, action_digest: 'x' }, 'action_digest'],
    ['null as digest', { commitment_id: COMMITMENT, action_digest: null }, 'action_digest'],
    ['an unknown member', { commitment_id: COMMITMENT, partner_id: 'robin' }, 'partner_id'],
    [
      'an unknown member with a strange name',
      { commitment_id: COMMITMENT, 'robin robin': 1 },
      'a member with an unusual name',
    ],
  ];
  it.each(refused)('is refused with %s', (_title, members, field) => {
    const error = errorOf(read, { ...least, ...members });
    expect([error.code, error.field]).toEqual(['ERR_REQUEST_FIELD', field]);
    expect(error.message).not.toContain('robin');
  });

  it.each([
    ['ERR_REQUEST_FIELD', '[]'],
    ['ERR_JSON_SYNTAX', '{'],
    ['ERR_JSON_DUPLICATE_KEY', `{"request_id":"${REQUEST}","request_id":"${REQUEST}"}`],
    ['ERR_JSON_DEPTH', '[[[[[1]]]]]'],
    ['ERR_REQUEST_CONTENT_REFUSED', '{"note":"4111 1111 1111 1111"}'],
    ['ERR_REQUEST_TOO_LARGE', `"${'x'.repeat(16 * 1024)}"`],
  ])('is refused with %s', (code, body) => {
    expect(errorOf(read, body).code).toBe(code);
  });

  it('has a hash of its body that depends on every member and not on spelling', () => {
    const body = { ...least, commitment_id: COMMITMENT, action_digest: DIGEST };
    const { requestHash } = parse(read, body);
    const turned = Object.fromEntries(Object.entries(body).toReversed());
    expect(parse(read, JSON.stringify(turned, null, 2)).requestHash).toBe(requestHash);
    expect(parse(read, { ...body, action_digest: undefined }).requestHash).not.toBe(requestHash);
  });
});

describe('the outcome of a confirmation', () => {
  const named = { commitment_id: COMMITMENT };

  it.each(OUTCOMES)('can be %s', (outcome) => {
    expect(parse(parseConfirmRequest, { ...named, outcome })).toMatchObject({ outcome });
  });

  it.each(['executed', 'failed', 'unknown'])('%s can have a time', (outcome) => {
    const body = { ...named, outcome, executed_at: TIME };
    expect(parse(parseConfirmRequest, body)).toMatchObject({ executedAt: TIME });
  });

  it.each([
    ['no outcome', {}, 'outcome'],
    ['an unknown one', { outcome: 'robin' }, 'outcome'],
    ['another spelling', { outcome: 'Executed' }, 'outcome'],
    [
      'a time without a zone',
      { outcome: 'executed', executed_at: TIME.slice(0, -1) },
      'executed_at',
    ],
    [
      'a day that is none',
      { outcome: 'executed', executed_at: '2026-02-30T00:00:00.000Z' },
      'executed_at',
    ],
    ['a number as time', { outcome: 'executed', executed_at: 0 }, 'executed_at'],
    [
      'a time of what was not executed',
      { outcome: 'not_executed', executed_at: TIME },
      'executed_at',
    ],
  ])('is refused with %s', (_title, members, field) => {
    const error = errorOf(parseConfirmRequest, { ...named, ...members });
    expect([error.code, error.field]).toEqual(['ERR_REQUEST_FIELD', field]);
    expect(error.message).not.toContain('robin');
  });

  it('does not belong into a claim', () => {
    const error = errorOf(parseClaimRequest, { ...named, outcome: 'executed' });
    expect([error.code, error.field]).toEqual(['ERR_REQUEST_FIELD', 'outcome']);
  });

  it('keeps the hashes of claims and confirmations apart', () => {
    const claim = parse(parseClaimRequest, named).requestHash;
    const confirmation = parse(parseConfirmRequest, { ...named, outcome: 'executed' }).requestHash;
    expect(claim).not.toBe(confirmation);
  });
});
