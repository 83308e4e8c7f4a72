/** What the production side measured of itself, signed (spec/posture.md). */
import { POSTURE_PATH } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { PUBLIC_DOCUMENT_HEADERS, type Route, type RouteDocument } from '@craton/service';
import type { PostureService } from '../posture/posture-service.ts';
import { JSON_TYPE } from './content-types.ts';
import { NoParameters, Receipt } from './schemas.ts';

export interface PostureRoutePorts {
  /** Absent: there is no posture key. */
  readonly posture?: Pick<PostureService, 'current'> | undefined;
}

export const POSTURE_DOCUMENT: RouteDocument = {
  method: 'GET',
  path: POSTURE_PATH,
  operationId: 'getPosture',
  summary: 'What the production side measured of itself, signed',
  description:
    'Store, keys, log and newest receipt, measured at most a second before. Signed by the posture key, which signs nothing else; it is no receipt and not in the log. Databases are named by digests only.',
  query: NoParameters,
  answer: {
    description: 'The envelope; `payload_b64` holds a `craton.posture.v1` document.',
    contentType: 'application/json',
    schema: Receipt,
  },
  errors: ['ERR_REQUEST_FIELD', 'ERR_NOT_FOUND', 'ERR_SIGNING'],
};

export function postureRoute({ posture }: PostureRoutePorts): Route {
  return {
    ...POSTURE_DOCUMENT,
    handle: async (_request, reply) => {
      if (posture === undefined) {
        const message = 'This server has no posture key: set CRATON_POSTURE_KEY and start again.';
        throw new CratonError('ERR_NOT_FOUND', message);
      }
      const headers = { ...PUBLIC_DOCUMENT_HEADERS, 'Cache-Control': 'no-store' };
      return reply
        .headers(headers)
        .type(JSON_TYPE)
        .send(await posture.current());
    },
  };
}
