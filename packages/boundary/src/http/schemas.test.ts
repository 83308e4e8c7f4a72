/** The published shapes against the code that decides, and against `spec/schemas`. */
import { readFileSync } from 'node:fs';
import { parseCheckRequest, parseClaimRequest, parseConfirmRequest, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { sampleBody } from '../../test/sample.ts';
import {
  ClaimAnswer,
  ClaimRequestBody,
  ConfirmAnswer,
  ConfirmRequestBody,
} from './execution-schemas.ts';
import {
  Attestation,
  CheckAnswer,
  CheckRequestBody,
  KeySet,
  Problem,
  Receipt,
  VerificationBundle,
} from './schemas.ts';

const SAMPLE = JSON.parse(new TextDecoder().decode(sampleBody())) as Record<string, unknown>;
const CONTEXT = SAMPLE['context'] as Record<string, unknown>;

function isAccepted(body: unknown): boolean {
  try {
    parseCheckRequest(utf8(JSON.stringify(body)));
    return true;
  } catch {
    return false;
  }
}

describe('the schema of check requests', () => {
  const values = fc.oneof(
    fc.string({ maxLength: 140 }),
    fc.constantFrom(' Label With-Spaces ', 'a'.repeat(64), 'a'.repeat(65), '', 'é', 'a\u0085'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(fc.string(), { maxLength: 2 }),
    fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 }),
  );
  const outer = fc.constantFrom(...Object.keys(SAMPLE), 'action_digest', 'extra');
  const inner = fc.constantFrom(...Object.keys(CONTEXT), 'facts', 'extra');

  it('accepts whatever the parser accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(outer, inner, values, fc.boolean(), (name, contextName, value, isInner) => {
        const body = isInner
          ? { ...SAMPLE, context: { ...CONTEXT, [contextName]: value } }
          : { ...SAMPLE, [name]: value };
        if (!isAccepted(body)) return;
        accepted++;
        expect(Value.Check(CheckRequestBody, JSON.parse(JSON.stringify(body)))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  const refused: readonly [title: string, body: Record<string, unknown>][] = [
    ['an unknown member', { ...SAMPLE, extra: 1 }],
    ['an unknown member of context', { ...SAMPLE, context: { ...CONTEXT, extra: 1 } }],
    ['a missing member', { ...SAMPLE, partner_id: undefined }],
    ['a missing member of context', { ...SAMPLE, context: {} }],
    ['a text for a number', { ...SAMPLE, decision_size_usd: '1' }],
    ['a negative amount', { ...SAMPLE, decision_size_usd: -1 }],
    ['an amount that is too large', { ...SAMPLE, decision_size_usd: 1e13 }],
    ['null', { ...SAMPLE, case_id: null }],
    ['an empty text', { ...SAMPLE, case_id: '' }],
    ['a label that is too long', { ...SAMPLE, gate_type: 'a'.repeat(65) }],
    ['a label with a wrong letter', { ...SAMPLE, gate_type: 'a.b' }],
    ['a control character', { ...SAMPLE, case_id: 'a\nb' }],
    ['a nested fact', { ...SAMPLE, context: { ...CONTEXT, facts: { a: {} } } }],
    ['a fact with a wrong name', { ...SAMPLE, context: { ...CONTEXT, facts: { A: 1 } } }],
    ['a digest that is none', { ...SAMPLE, action_digest: 'sha256:0' }],
  ];
  it.each(refused)('refuses %s, as the parser does', (_title, body) => {
    expect(isAccepted(body)).toBe(false);
    expect(Value.Check(CheckRequestBody, JSON.parse(JSON.stringify(body)))).toBe(false);
  });
});

describe('the schemas of claims and confirmations', () => {
  const commitment_id = `bnd_${'A'.repeat(43)}`;
  const request_id = 'req_019aa000-0000-7000-8000-000000000001';
  const executed_at = '2026-11-21T18:01:40.000Z';
  const bodies: readonly Record<string, unknown>[] = [
    { commitment_id },
    { request_id },
    { commitment_id, request_id },
    {},
    { request_id: commitment_id },
    { commitment_id, action_digest: `sha256:${'0'.repeat(64)}` },
    { commitment_id, action_digest: 'sha256:0' },
    { commitment_id, extra: 1 },
    { commitment_id: null },
    { commitment_id, outcome: 'executed' },
    { request_id, outcome: 'unknown', executed_at },
    { request_id, outcome: 'done' },
    { request_id, outcome: 'executed', executed_at: executed_at.slice(0, -5) },
    { commitment_id, request_id, outcome: 'executed' },
    { outcome: 'executed' },
  ];
  const parsers = [
    ['a claim', parseClaimRequest, ClaimRequestBody],
    ['a confirmation', parseConfirmRequest, ConfirmRequestBody],
  ] as const;

  it.each(parsers)('say of %s what its parser says', (_title, parse, schema) => {
    const verdicts = bodies.map((body) => {
      try {
        return parse(utf8(JSON.stringify(body))) !== undefined;
      } catch {
        return false;
      }
    });
    expect(bodies.map((body) => Value.Check(schema, body))).toEqual(verdicts);
    expect(new Set(verdicts).size).toBe(2);
  });
});

interface ObjectShape {
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, ObjectShape>>;
}

function published(name: string): ObjectShape {
  const path = new URL(`../../../../spec/schemas/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as ObjectShape;
}

describe('spec/schemas', () => {
  // Erasure takes the opening out of replays; `checks` belongs to /readyz.
  const shapes: readonly [name: string, schema: TSchema, differs: readonly string[]][] = [
    ['check-request', CheckRequestBody, []],
    ['check-response', CheckAnswer, ['opening']],
    ['claim-request', ClaimRequestBody, []],
    ['claim-response', ClaimAnswer, []],
    ['confirm-request', ConfirmRequestBody, []],
    ['confirm-response', ConfirmAnswer, []],
    ['problem', Problem, ['checks', 'instance', 'detail']],
    ['receipt', Receipt, []],
    ['bundle', VerificationBundle, []],
    ['attestation', Attestation, []],
    ['jwks', KeySet, []],
  ];
  it.each(shapes)('%s has the members that the routes document', (name, schema, differs) => {
    const spec = published(name);
    const own = JSON.parse(JSON.stringify(schema)) as ObjectShape;
    const names = (list: readonly string[] = []) =>
      list.filter((member) => !differs.includes(member)).sort();
    expect(names(Object.keys(own.properties))).toEqual(names(Object.keys(spec.properties)));
    expect(names(own.required)).toEqual(names(spec.required));
  });
});
