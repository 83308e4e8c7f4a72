import type { JsonObject } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { agentApiModel } from '../../test/models.ts';
import { ANSWER_NOTES, REQUEST_NOTES } from './member-notes.ts';
import { answerRows, errorCodesOf, requestRows } from './schema-rows.ts';

const { openapi, errors } = agentApiModel;
const CHECK = '/v1/boundary/check';

function documentOf(schema: JsonObject, components: JsonObject = {}): JsonObject {
  const content = { 'application/json': { schema } };
  const post = { requestBody: { content }, responses: { 200: { content } } };
  return { paths: { '/x': { post } }, components };
}

describe('the members of the check', () => {
  it('all have a note of ours, and no note is about a member that is gone', () => {
    const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name).sort();
    expect(names(requestRows(openapi, CHECK))).toEqual(Object.keys(REQUEST_NOTES).sort());
    expect(names(answerRows(openapi, CHECK))).toEqual(Object.keys(ANSWER_NOTES).sort());
  });

  it('say which of them are required', () => {
    const required = requestRows(openapi, CHECK).filter((row) => row.required);
    expect(required.map(({ name }) => name).sort()).toEqual([
      'context.authorization_reference',
      'context.authorization_source',
      'context.authorization_status',
      'external_reference',
      'gate_type',
      'partner_id',
      'system_scope',
    ]);
  });
});

describe('the error codes of the check', () => {
  it('are among those of the specification', () => {
    const known = errors.map(({ code }) => code);
    const codes = errorCodesOf(openapi, CHECK);
    expect(codes.filter((code) => !known.includes(code as never))).toEqual([]);
    expect(codes).toContain('ERR_IDEMPOTENCY_CONFLICT');
    expect(codes).toContain('ERR_QUEUE_FULL');
  });
});

describe('reading a schema', () => {
  it('follows references, and stops where they go in circles', () => {
    const components = {
      schemas: {
        Name: { type: 'string', maxLength: 3 },
        Loop: { $ref: '#/components/schemas/Loop' },
      },
    };
    const properties = {
      name: { $ref: '#/components/schemas/Name' },
      loop: { $ref: '#/components/schemas/Loop' },
    };
    expect(requestRows(documentOf({ properties, required: ['name'] }, components), '/x')).toEqual([
      { name: 'name', required: true, rule: 'string, at most 3 characters', description: '' },
    ]);
  });

  it.each([
    [{ const: 1 }, '1'],
    [{ enum: ['a', 'b'] }, '"a", "b"'],
    [
      { anyOf: [{ const: 'a' }, { type: 'integer', minimum: 1, maximum: 9 }] },
      '"a" or integer, from 1, up to 9',
    ],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{}, 'any'],
  ])('puts %j into words', (schema, rule) => {
    expect(requestRows(documentOf({ properties: { m: schema } }), '/x')).toMatchObject([{ rule }]);
  });

  it('shows the members inside a member of a request, and not those of an answer', () => {
    const inner = { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] };
    const document = documentOf({ properties: { a: inner } });
    expect(requestRows(document, '/x')).toMatchObject([{ name: 'a.b', required: true }]);
    expect(answerRows(document, '/x')).toMatchObject([{ name: 'a', required: false }]);
  });

  it('finds nothing where there is nothing', () => {
    expect(requestRows({}, '/x')).toEqual([]);
    expect(errorCodesOf({}, '/x')).toEqual([]);
  });
});
