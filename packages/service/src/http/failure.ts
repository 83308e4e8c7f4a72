/** Turns what Fastify and its validator throw into our own errors, without any sent value. */
import { CratonError, showableName } from '@craton/protocol';
import type { FastifyError, FastifySchemaValidationError } from 'fastify';

const BY_FASTIFY_CODE: Readonly<Record<string, () => CratonError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new CratonError(
      'ERR_REQUEST_TOO_LARGE',
      'The body is too large; send references, not documents.',
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new CratonError('ERR_CONTENT_TYPE', 'Send the body as application/json.', {
      field: 'Content-Type',
    }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new CratonError('ERR_HTTP', 'The body is not as long as Content-Length says.', {
      field: 'Content-Length',
    }),
  FST_ERR_BAD_URL: () => new CratonError('ERR_HTTP', 'The address is not a valid URL path.'),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    new CratonError('ERR_NOT_FOUND', 'There is nothing at this address.'),
};

/** Our own error for a failure of the framework; anything else is handed back as it is. */
export function translateFailure(failure: unknown): unknown {
  if (!(failure instanceof Error) || failure instanceof CratonError) return failure;
  const { code, validation } = failure as FastifyError;
  const [broken] = validation ?? [];
  if (broken !== undefined) return schemaError(broken);
  return BY_FASTIFY_CODE[code]?.() ?? failure;
}

function schemaError({ keyword, instancePath, params }: FastifySchemaValidationError): CratonError {
  const inside = instancePath.split('/').filter((part) => part !== '');
  const named = (name: unknown): string =>
    [...inside, typeof name === 'string' ? name : ''].map(showableName).join('.');
  const here = inside.map(showableName).join('.') || 'The request';
  switch (keyword) {
    case 'additionalProperties': {
      const field = named(params.additionalProperty);
      return fieldError(field, `${field} is not known here; leave it out.`);
    }
    case 'required': {
      const field = named(params.missingProperty);
      return fieldError(field, `${field} is missing.`);
    }
    default:
      return fieldError(here, `${here} does not have the required form.`);
  }
}

function fieldError(field: string, message: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', message, { field });
}
