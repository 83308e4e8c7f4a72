/** The published cases, made by an implementation that shares nothing with this one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  canonicalize,
  commitmentId,
  type DecisionPayload,
  encodeBase64url,
  type JsonObject,
  type Opening,
  parseCheckRequest,
  parseStrict,
  utf8,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  type AuthorityEvidence,
  composeOpening,
  evaluate,
  type LoadedPath,
  loadPath,
  PathIndex,
  readFacts,
  recomputeVerdict,
  submittedAuthority,
  type Windows,
} from '../src/index.ts';

interface Input {
  readonly receipt_type?: string;
  readonly body_text: string;
  readonly paths: readonly JsonObject[];
  readonly approval?: AuthorityEvidence;
  readonly ledger: Windows & { readonly reference_reused: boolean };
  readonly nonce_hex: string;
  readonly request_id: string;
  readonly evaluated_at: string;
  readonly environment: string;
  /** A case of an evaluation that breaks, which no path document can bring about here. */
  readonly evaluation_fails?: boolean;
}

function decide(input: Input): { path: LoadedPath | undefined; opening: Opening } {
  const request = parseCheckRequest(utf8(input.body_text));
  const match = new PathIndex(input.paths.map((path) => loadPath(path))).match(request);
  const path = match.match === 'one' ? match.path : undefined;
  const submitted = submittedAuthority(request);
  const opening = composeOpening({
    request,
    match,
    facts: path === undefined ? {} : readFacts(path, request),
    windows: input.ledger,
    authority: { ...submitted, ...input.approval },
    ledger: input.ledger,
    nonce: encodeBase64url(Buffer.from(input.nonce_hex, 'hex')),
    requestId: input.request_id,
    evaluatedAt: input.evaluated_at,
    environment: input.environment,
  });
  return { path, opening };
}

function expectDecided(
  input: Input,
  expected: Record<'opening' | 'commitment_id' | 'payload', string>,
) {
  const { path, opening } = decide(input);
  expect(canonicalize(opening)).toBe(expected.opening);
  expect(commitmentId(opening)).toBe(expected.commitment_id);
  const payload = parseStrict(utf8(expected.payload), { numbers: 'safe', depthMax: 8 });
  const signed = payload as unknown as DecisionPayload;
  const decision = evaluate(path, opening);
  const { verdict, reasons, obligations, enforcement, expires_at } = signed;
  expect(decision).toEqual({ verdict, reasons, obligations, enforcement, expires_at });
  const policy = path && { policy: path.document as unknown as JsonObject };
  const recomputed = recomputeVerdict({ payload: signed, opening, ...policy });
  expect(recomputed.code).toBe(path === undefined ? 'ledger_statement' : 'ok');
}

const FOLDER = new URL('../../../spec/vectors/golden/', import.meta.url);

interface Case {
  readonly input: Input;
  readonly expected: Record<'opening' | 'commitment_id' | 'payload', string>;
}

describe('spec/vectors/golden', () => {
  const cases = readdirSync(FOLDER)
    .map((name): [string, Case] => [
      name,
      JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Case,
    ])
    .filter(([, { input }]) => input.receipt_type === 'boundary_decision');
  const decided = cases.filter(([, { input }]) => input.evaluation_fails !== true);
  const failing = cases.filter(([, { input }]) => input.evaluation_fails === true);

  it('has cases', () => {
    expect(decided.length).toBeGreaterThan(50);
  });

  it.each(decided)('%s', (_name, { input, expected }) => {
    expectDecided(input, expected);
  });

  it.each(failing)(
    '%s is not what the rules say, and the check says so',
    (_name, { input, expected }) => {
      const { path, opening } = decide(input);
      expect(canonicalize(opening)).toBe(expected.opening);
      const payload = JSON.parse(expected.payload) as DecisionPayload;
      const policy = path?.document as unknown as JsonObject;
      expect(recomputeVerdict({ payload, opening, policy }).code).toBe('verdict_mismatch');
    },
  );
});

const SHARED = new URL('../../../../shared/vectors/golden/', import.meta.url);

describe.skipIf(!existsSync(SHARED))('the cases given beside the project', () => {
  it('come out byte for byte', () => {
    const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, SHARED), 'utf8'));
    const { cases: inputs, environment } = read('input.json') as {
      cases: Input[];
      environment: string;
    };
    const { cases: expected } = read('golden.json') as { cases: Case['expected'][] };
    const sample = new URL('../src/sample-path.json', import.meta.url);
    const paths = [JSON.parse(readFileSync(sample, 'utf8')) as JsonObject];
    expect(inputs).toHaveLength(3);
    inputs.forEach((input, index) => {
      const ledger = { reference_reused: false };
      expectDecided({ ...input, environment, paths, ledger }, expected[index] as Case['expected']);
    });
  });
});
