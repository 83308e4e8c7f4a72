import { CratonError, type JsonValue, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  completeDrafts,
  drafts,
  draftWith,
  draftWithPath,
  EVALUATED_AT,
  INPUTS,
  parsed,
} from '../../test/drafts.ts';
import { loadPath } from '../load-path.ts';
import { diffDocuments } from './diff.ts';
import { generateBoundary } from './generate-boundary.ts';
import { composePacket, type Packet, packetDigest, packetText, parsePacket } from './packet.ts';

const packetOf = (draft: unknown, changes: Partial<typeof INPUTS> = {}): Packet =>
  composePacket(parsed(draft), { ...INPUTS, ...changes });
const written = (packet: unknown) => utf8(JSON.stringify(packet));

/** The same JSON with its members in another order. */
function reordered(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, reordered(inner)]);
  return Object.fromEntries(entries.reverse()) as JsonValue;
}

describe('a packet', () => {
  it('holds the boundary object, its digest and the scope, and writes nothing', () => {
    const packet = packetOf(draftWith());
    expect(packet).toMatchObject({
      schema: 'craton.packet.v1',
      production_write: false,
      review_only: true,
      missing: [],
      boundary_object: { path_id: 'threshold-operations-console', version: 1 },
      scope: {
        partner_id: 'northstar_controls',
        unit: 'operations',
        gate_type: 'threshold_gate',
        system_scope: 'operations_console',
        authority: { source: 'approval_workflow', owners: ['*'], minimum_class: 'submitted' },
      },
    });
    const loaded = loadPath(packet.boundary_object!);
    expect(loaded.policyDigest).toBe(packet.boundary_object_digest);
  });

  it('of a draft with gaps names them and has no boundary object', () => {
    const packet = packetOf({ schema: 'craton.draft.v1' });
    expect(packet.missing).toEqual(['primary_path']);
    expect(packet).not.toHaveProperty('boundary_object');
    expect(packet).not.toHaveProperty('scope_digest');
    expect(parsePacket(written(packet)).regenerates).toBe(true);
  });

  it('reads back as it was written, but for the preview', () => {
    fc.assert(
      fc.property(fc.oneof(drafts, completeDrafts), (draft) => {
        const { preview, ...packet } = packetOf(draft);
        expect(preview === undefined).toBe(packet.boundary_object === undefined);
        const read = parsePacket(written(reordered(JSON.parse(JSON.stringify(packet)))));
        expect(read).toEqual({ packet, regenerates: true });
      }),
      { numRuns: 60 },
    );
  });

  it('has the same digest in any order of members, and another after any edit', () => {
    fc.assert(
      fc.property(drafts, drafts, (one, other) => {
        const digest = packetOf(one).packet_digest;
        expect(packetOf(reordered(one)).packet_digest).toBe(digest);
        const isEqual = diffDocuments(one, other).length === 0;
        expect(packetOf(other).packet_digest === digest).toBe(isEqual);
      }),
      { numRuns: 60 },
    );
    const first = packetOf(draftWith());
    expect(packetOf(draftWith(), { version: 2 }).packet_digest).not.toBe(first.packet_digest);
    expect(packetOf(draftWith(), { salt: 'AAECAwQFBgcICQoLDA0OEA' }).packet_digest).not.toBe(
      first.packet_digest,
    );
    const later = packetOf(draftWith(), { evaluatedAt: '2027-01-01T00:00:00.000Z' });
    expect(later.packet_digest).toBe(first.packet_digest);
    expect(packetText(later)).toBe(packetText(first));
  });

  it.each([
    ['partner_id', draftWithPath({ partner_id: 'other_partner' })],
    ['unit', draftWithPath({ unit: 'treasury' })],
    ['gate_type', draftWithPath({ gate_type: 'other_gate' })],
    ['system_scope', draftWithPath({ system_scope: 'other_system' })],
    [
      'authority',
      draftWith({ authority: { context: 'Somebody else', source: 'approval_workflow' } }),
    ],
  ])('has another scope digest after a change of %s, and not of anything else', (_name, draft) => {
    const { scope_digest } = packetOf(draftWith());
    expect(packetOf(draft).scope_digest).not.toBe(scope_digest);
    expect(packetOf(draftWith({ notes: 'other' })).scope_digest).toBe(scope_digest);
  });

  it.each([
    ['packet_digest', (packet: Packet) => ({ ...packet, packet_digest: packet.scope_digest })],
    ['packet_digest', (packet: Packet) => ({ ...packet, draft: { ...packet.draft, title: 'x' } })],
    ['packet_digest', (packet: Packet) => ({ ...packet, version: 2 })],
    [
      'boundary_object_digest',
      (packet: Packet) => ({ ...packet, boundary_object_digest: undefined }),
    ],
    ['scope_digest', (packet: Packet) => ({ ...packet, scope_digest: packet.packet_digest })],
    ['scope', (packet: Packet) => ({ ...packet, scope: { ...packet.scope, unit: 'other' } })],
    ['production_write', (packet: Packet) => ({ ...packet, production_write: true })],
    ['review_only', (packet: Packet) => ({ ...packet, review_only: false })],
    ['receipt', (packet: Packet) => ({ ...packet, receipt: {} })],
  ])('is refused at %s when it was changed', (field, change) => {
    try {
      parsePacket(written(change(packetOf(draftWith()))));
    } catch (error) {
      expect(error).toBeInstanceOf(CratonError);
      expect((error as CratonError).field).toBe(field);
      return;
    }
    throw new Error('The packet was accepted.');
  });

  it('with an object that its draft does not make says so', () => {
    const own = packetOf(draftWith());
    const other = packetOf(draftWith({ policy: { preset: 'threshold', allow_up_to: 1 } }));
    const foreign = {
      ...own,
      boundary_object: other.boundary_object!,
      boundary_object_digest: other.boundary_object_digest,
    };
    expect(() => parsePacket(written(foreign))).toThrow(/packet_digest/);
    // Whoever makes the digest again too gets a packet that is whole, and not of its draft.
    const whole = { ...foreign, packet_digest: packetDigest(foreign) };
    expect(parsePacket(written(whole)).regenerates).toBe(false);
  });
});

describe('the generated boundary object', () => {
  it('is loadable and the same every time', () => {
    fc.assert(
      fc.property(completeDrafts, (draft) => {
        const generated = generateBoundary(parsed(draft), INPUTS);
        if (!generated.complete) throw new Error('The draft has gaps.');
        const text = JSON.stringify(generated.document);
        expect(loadPath(JSON.parse(text) as JsonValue).policyDigest).toBe(generated.digest);
        const again = generateBoundary(parsed(draft), INPUTS);
        expect(again).toMatchObject({ digest: generated.digest });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['primary_path', draftWith({ primary_path: undefined })],
    ['primary_path.partner_id', draftWithPath({ partner_id: undefined })],
    ['primary_path.unit', draftWithPath({ unit: undefined })],
    ['primary_path.gate_type', draftWithPath({ gate_type: undefined })],
    ['primary_path.system_scope', draftWithPath({ system_scope: undefined })],
    ['primary_path.decision_types', draftWithPath({ decision_types: undefined })],
    ['authority.source', draftWith({ authority: { context: 'The head approves' } })],
    ['policy', draftWith({ policy: { rules: [] } })],
  ])('needs %s', (field, draft) => {
    expect(generateBoundary(parsed(draft), INPUTS)).toEqual({ complete: false, missing: [field] });
  });

  it('takes the preset of its gate type where the draft names no policy', () => {
    const named = packetOf(draftWith({ policy: { preset: 'threshold' } }));
    const implied = packetOf(draftWith({ policy: undefined }));
    expect(implied.boundary_object).toEqual(named.boundary_object);
    const free = draftWithPath({ gate_type: 'own_gate' });
    expect(packetOf({ ...free, policy: undefined }).missing).toEqual(['policy']);
  });

  it('prefers the facts of the draft to those of the preset', () => {
    const fact = { name: 'access_minutes', type: 'integer', required: true, max: 60 };
    const draft = {
      ...draftWithPath({ facts: [fact] }),
      policy: { preset: 'privileged_access', allow_up_to: 10 },
      expected_verdicts: [],
    };
    const { boundary_object } = packetOf(draft);
    expect(boundary_object?.facts).toEqual([fact]);
    expect(boundary_object?.policy.rules.map(({ when }) => when)).toContain(
      'has(facts.access_minutes) && facts.access_minutes <= 10',
    );
  });
});

describe('expected verdicts', () => {
  it('agree case by case, and one changed threshold shows which do not', () => {
    const agreeing = packetOf(draftWith()).preview!.expected_verdicts;
    expect(agreeing.agrees).toBe(true);
    const policy = { preset: 'threshold', allow_up_to: 49_999_999 };
    const { agrees, cases } = packetOf(draftWith({ policy })).preview!.expected_verdicts;
    expect(agrees).toBe(false);
    expect(cases.map((one) => [one.case, one.expected, one.observed?.verdict, one.agrees])).toEqual(
      [
        ['small', 'allow', 'constrain', false],
        ['one cent more', 'constrain', 'constrain', true],
        ['large', 'reject', 'reject', true],
        ['none', 'reject', 'reject', true],
      ],
    );
  });

  it('do not agree where there is none, or where the boundary would refuse the request', () => {
    const none = packetOf(draftWith({ expected_verdicts: [] })).preview!.expected_verdicts;
    expect(none).toMatchObject({ agrees: false, cases: [] });
    const request = { context: { facts: { unheard_of: true } }, external_reference: 'case-9' };
    const cases = [{ case: 'undeclared', request, verdict: 'reject' }];
    const [one] = packetOf(draftWith({ expected_verdicts: cases })).preview!.expected_verdicts
      .cases;
    expect(one).toMatchObject({
      external_reference: 'case-9',
      agrees: false,
      refused: { code: 'ERR_REQUEST_FIELD', field: 'context.facts.unheard_of' },
    });
  });

  it('assume the class that the case names', () => {
    const authority = {
      context: 'Head',
      source: 'approval_workflow',
      minimum_class: 'status_checked',
    };
    const request = { decision_size_usd: 1 };
    const draft = draftWith({
      authority,
      expected_verdicts: [
        { case: 'weak', request, verdict: 'reject', authority_class: 'submitted' },
        { case: 'least', request, verdict: 'allow' },
      ],
    });
    expect(packetOf(draft).preview!.expected_verdicts).toMatchObject({
      agrees: true,
      cases: [{ authority_class: 'submitted' }, { authority_class: 'status_checked' }],
    });
    expect(packetOf(draft).preview!.verdict_map.assumed.evaluated_at).toBe(EVALUATED_AT);
  });
});
