/** The export for auditors: every receipt of an environment, with what it takes to check them. */
import { Readable } from 'node:stream';
import { CratonError, isTime, parseTime } from '@craton/protocol';
import type { Route, RouteDocument } from '@craton/service';
import Type from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { type ExportPorts, type ExportQuery, exportReceipts } from '../commands/export-receipts.ts';
import { KEY_ERRORS, type KeyedDocument, operatorRoute } from './authenticate.ts';
import { JSON_LINES_TYPE } from './content-types.ts';
import { PartnerId } from './operator-schemas.ts';
import { PathId } from './schemas.ts';

/** What the route needs besides the keys. */
export interface ExportRoutePorts extends ApiKeyPorts, ExportPorts {}

const Time = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description });

const EXPORT: KeyedDocument = {
  method: 'GET',
  path: '/operator/api/export',
  operationId: 'exportReceipts',
  summary: 'Everything that an auditor needs to check receipts and their completeness',
  description:
    'JSON Lines as `spec/export.md` says: a header, path documents, receipts in the order of stream and sequence, and a last line with counts and a digest. It holds the keys of the streams: whoever has it can find their entries in the log. A file without its last line is not whole.',
  scope: 'read',
  keyHolder: 'operator',
  query: Type.Object(
    {
      partner: Type.Optional(PartnerId),
      path: Type.Optional(PathId),
      from: Type.Optional(Time('Receipts issued at this time or later, and the one before.')),
      to: Type.Optional(Time('Receipts issued before this time, and the one after.')),
    },
    { additionalProperties: false },
  ),
  answer: { description: 'The export.', contentType: 'application/jsonl' },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND'],
};

export const EXPORT_DOCUMENTS: readonly RouteDocument[] = [EXPORT];

// The route's schema has checked what this takes; the schema stands above.
const parseExportQuery = (query: unknown): ExportQuery => {
  const { partner, path, from, to } = query as Partial<
    Record<'partner' | 'path' | 'from' | 'to', string>
  >;
  const fromMs = parseBound('from', from);
  const toMs = parseBound('to', to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new CratonError('ERR_REQUEST_FIELD', 'to must be after from.', { field: 'to' });
  }
  return {
    ...(partner !== undefined && { partnerId: partner }),
    ...(path !== undefined && { pathId: path }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  };
};

function parseBound(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (isTime(text)) return parseTime(text);
  throw new CratonError('ERR_REQUEST_FIELD', `${field} is no time of the calendar.`, { field });
}

/** A stream with back-pressure: nothing is read that the client has not made room for. */
export function exportRoute(ports: ExportRoutePorts): Route {
  return operatorRoute(ports, EXPORT, async ({ request, reply }) => {
    const pieces = await exportReceipts(ports, parseExportQuery(request.query));
    return reply.type(JSON_LINES_TYPE).send(Readable.from(pieces, { objectMode: false }));
  });
}
