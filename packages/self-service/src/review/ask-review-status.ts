/** How far the review of a packet is, asked of the production side and kept nowhere. */
import { CratonError, isLabel, isTime, Members, parseStrict } from '@craton/protocol';

/** What the production side says; `unreachable` if it does not answer, `not_pulled` if it knows none. */
export type ReviewStatus =
  | { readonly status: 'unreachable' | 'not_pulled' }
  | {
      readonly status: 'known';
      /** Of the rollout. */
      readonly state: string;
      readonly gates: readonly { readonly id: string; readonly state: string }[];
      readonly changed_at: string;
    };

export interface ReviewStatusPorts {
  /** Origin of the production side, without a final slash; absent: nobody is asked. */
  readonly boundaryUrl?: string | undefined;
  readonly fetch?: typeof fetch;
}

const PATH = '/operator/api/review-status/';
const ANSWER_MS_MAX = 3_000;
const ANSWER_BYTES_MAX = 16_384;

/** Asks about one packet by its digest; whoever knows the digest has the packet. Never throws. */
export async function askReviewStatus(
  { boundaryUrl, fetch: send = fetch }: ReviewStatusPorts,
  packetDigest: string,
): Promise<ReviewStatus> {
  if (boundaryUrl === undefined) return { status: 'unreachable' };
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const url = `${boundaryUrl}${PATH}${encodeURIComponent(packetDigest)}`;
    const answer = await send(url, { redirect: 'error', signal });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status === 404) return { status: 'not_pulled' };
    if (answer.status !== 200 || bytes.length > ANSWER_BYTES_MAX) return { status: 'unreachable' };
    return readStatus(bytes, packetDigest);
  } catch {
    return { status: 'unreachable' };
  }
}

function readStatus(bytes: Uint8Array, packetDigest: string): ReviewStatus {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: 4 });
  const members = Members.of(value, '', 'ERR_REQUEST_FIELD');
  if (members.text('packet_digest') !== packetDigest) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The answer is about another packet.');
  }
  return {
    status: 'known',
    state: members.text('state', isLabel),
    gates: members.membersList('gates').map((gate) => ({
      id: gate.text('id', (text) => /^G[1-4]$/.test(text)),
      state: gate.text('state', isLabel),
    })),
    changed_at: members.text('changed_at', isTime),
  };
}
