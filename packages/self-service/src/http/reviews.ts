/** What the operator side reads: versions under review. Nothing is ever pushed to it. */
import { parsePacket } from '@craton/policy';
import { CratonError, utf8 } from '@craton/protocol';
import type { Route } from '@craton/service';
import type { DraftPorts } from '../commands/draft-ports.ts';
import { type KeyPorts, pullRoute } from './authenticate.ts';
import { describeReviewRequest } from './describe-draft.ts';
import { LIST_REVIEW_REQUESTS, SHOW_REVIEW_REQUEST } from './documents.ts';
import { parsePage } from './drafts.ts';

// The route's schema has checked what this takes.
const parseDigest = (params: unknown) => (params as { packet_digest: string }).packet_digest;

/** Routes for the pull key. */
export function reviewRoutes(ports: DraftPorts & KeyPorts): readonly Route[] {
  const { store } = ports;
  return [
    pullRoute(ports, LIST_REVIEW_REQUESTS, async ({ query }) => {
      const requests = await store().listReviewRequests(parsePage(query));
      return { review_requests: requests.map(describeReviewRequest) };
    }),
    pullRoute(ports, SHOW_REVIEW_REQUEST, async ({ params }) => {
      const found = await store().findReviewRequest(parseDigest(params));
      if (found === undefined) {
        throw new CratonError('ERR_NOT_FOUND', 'No review of this packet was requested.');
      }
      const { packet } = parsePacket(utf8(found.packet));
      return { ...describeReviewRequest(found), packet };
    }),
  ];
}
