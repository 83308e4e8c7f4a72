import Type from 'typebox';
import { ERROR_MEANINGS } from './problem.ts';

/** The shape of every error answer, for OpenAPI documents and for tests. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Union(Object.keys(ERROR_MEANINGS).map((code) => Type.Literal(code))),
    detail: Type.String({ description: 'What is wrong and what to do; never a sent value.' }),
    field: Type.Optional(Type.String({ description: 'The member, parameter or header at fault.' })),
    related_request_id: Type.Optional(
      Type.String({ description: 'Your own receipt that stands in the way, as of a claim.' }),
    ),
    reasons: Type.Optional(
      Type.Array(Type.String(), { description: 'Why, as labels that programs branch on.' }),
    ),
    request_id: Type.String({ description: 'Id of this exchange, for the operator.' }),
    checks: Type.Optional(Type.Array(Type.Object({}), { description: 'Of `/readyz` alone.' })),
  },
  { additionalProperties: false, $id: 'Problem', description: 'RFC 9457 problem details.' },
);
