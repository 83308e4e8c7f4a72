/** The published shapes of drafts, packets and readiness against the code that decides. */
import { readdirSync, readFileSync } from 'node:fs';
import type { JsonValue } from '@craton/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composePacket, evaluateReadiness, parseReadinessConfig, readDraft } from '../src/index.ts';
import { COMPLETE, completeDrafts, drafts, INPUTS, parsed } from './drafts.ts';

const SCHEMAS = new URL('../../../spec/schemas/', import.meta.url);
const ajv = new Ajv2020({ strict: false });
for (const name of readdirSync(SCHEMAS)) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(name, SCHEMAS), 'utf8')));
}

function isValid(name: string, value: unknown): boolean {
  return ajv.validate(`urn:craton:spec:v1:${name}`, JSON.parse(JSON.stringify(value)));
}

function isRead(value: JsonValue): boolean {
  try {
    readDraft(value);
    return true;
  } catch {
    return false;
  }
}

describe('the schema of drafts', () => {
  it('accepts whatever is read', () => {
    expect(isValid('draft', COMPLETE)).toBe(true);
    fc.assert(
      fc.property(drafts, (draft) => {
        expect(isValid('draft', draft)).toBe(true);
      }),
      { numRuns: 200 },
    );
    const members = fc.constantFrom(...Object.keys(COMPLETE));
    let read = 0;
    fc.assert(
      fc.property(members, fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const draft = JSON.parse(JSON.stringify({ ...COMPLETE, [name]: value })) as JsonValue;
        if (!isRead(draft)) return;
        read++;
        expect(isValid('draft', draft)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it.each([
    ['an unknown member', { ...COMPLETE, production_write: true }],
    ['two primary paths', { ...COMPLETE, primary_path: [{}, {}] }],
    ['a move of another kind', { ...COMPLETE, expansion_moves: [{ kind: 'custom' }] }],
    ['a preset that is none', { ...COMPLETE, policy: { preset: 'anything' } }],
    [
      'a verdict that is none',
      { ...COMPLETE, expected_verdicts: [{ case: 'a', request: {}, verdict: 'maybe' }] },
    ],
    ['another schema', { ...COMPLETE, schema: 'craton.draft.v2' }],
  ])('refuses %s, as the parser does', (_title, draft) => {
    expect(isValid('draft', draft)).toBe(false);
    expect(isRead(JSON.parse(JSON.stringify(draft)) as JsonValue)).toBe(false);
  });
});

describe('the schema of packets', () => {
  it('accepts every packet, and none that would write', () => {
    fc.assert(
      fc.property(fc.oneof(drafts, completeDrafts), (draft) => {
        const packet = composePacket(parsed(draft), INPUTS);
        expect(isValid('packet', packet)).toBe(true);
        expect(isValid('packet', { ...packet, production_write: true })).toBe(false);
        expect(isValid('packet', { ...packet, receipt: {} })).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the schema of readiness', () => {
  const probes = { nowMs: 0, ageMsMax: 1, crashed: false };
  const answer = evaluateReadiness(parseReadinessConfig({}).config, undefined, probes).document;

  it('accepts an answer, and refuses an alarm and anything more', () => {
    expect(isValid('readiness', answer)).toBe(true);
    expect(isValid('readiness', { ...answer, production_write_from_self_service: true })).toBe(
      false,
    );
    expect(isValid('readiness', { ...answer, ready: true })).toBe(false);
    expect(isValid('readiness', { ...answer, status: 'ready' })).toBe(false);
  });
});
