/** What self-service has under review, pulled with a read-only key. Nothing is ever pushed here. */
import { type Packet, PACKET_BYTES_MAX, parsePacket } from '@craton/policy';
import {
  canonicalBytes,
  CratonError,
  type Digest,
  isDigest,
  isReference,
  isTime,
  Members,
  parseStrict,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';

/** A version whose review was requested, as self-service tells it. */
export interface ReviewRequest {
  readonly draftId: string;
  readonly organisation: string;
  readonly version: number;
  readonly isWithdrawn: boolean;
  /** Who saved the version, in the words of self-service. */
  readonly author: string;
  readonly requestedBy: string;
  /** In the protocol's spelling. */
  readonly requestedAt: string;
  readonly packetDigest: Digest;
}

/** A request with its packet, every digest of which was computed again. */
export interface PulledReview extends ReviewRequest {
  readonly packet: Packet;
}

export interface ReviewSource {
  /** Those under review, newest first. Throws `ERR_NOT_READY` if self-service does not answer. */
  list(): Promise<readonly ReviewRequest[]>;
  /** Undefined if no review of this packet was requested. Throws as `list`. */
  find(packetDigest: Digest): Promise<PulledReview | undefined>;
}

export interface ReviewSourceOptions {
  /** Origin of self-service, without a final slash. */
  readonly url: string;
  /** A key of kind `pull`. */
  readonly pullKey: string;
  readonly fetch?: typeof fetch;
}

const PATH = '/self-service/api/review-requests';
const ANSWER_MS_MAX = 5_000;
/** An envelope around a packet, which is the larger part by far. */
const ANSWER_BYTES_MAX = PACKET_BYTES_MAX + 65_536;
const ANSWER_DEPTH_MAX = 24;

/** Asks self-service over HTTP; redirects are not followed, because the key would go with them. */
export class SelfServiceReviews implements ReviewSource {
  readonly #options: ReviewSourceOptions;

  constructor(options: ReviewSourceOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly ReviewRequest[]> {
    const answer = await this.#get(PATH);
    if (answer === undefined) throw unreadable('answered that it has no list');
    return answer.membersList('review_requests').map(readRequest);
  }

  async find(packetDigest: Digest): Promise<PulledReview | undefined> {
    const answer = await this.#get(`${PATH}/${encodeURIComponent(packetDigest)}`);
    if (answer === undefined) return undefined;
    const request = readRequest(answer);
    const { packet } = parsePacket(canonicalBytes(answer.members('packet').object), nodeSha256);
    const isAsked = packet.packet_digest === packetDigest && request.packetDigest === packetDigest;
    if (!isAsked) throw unreadable('answered with another packet');
    return { ...request, packet };
  }

  /** Undefined for 404. */
  async #get(path: string): Promise<Members | undefined> {
    const { url, pullKey, fetch: send = fetch } = this.#options;
    try {
      const answer = await send(`${url}${path}`, {
        headers: { 'X-API-Key': pullKey, Accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw unreadable(`answered ${answer.status}`);
      return readAnswer(new Uint8Array(await answer.arrayBuffer()));
    } catch (cause) {
      if (cause instanceof CratonError) throw cause;
      throw unreadable('does not answer', cause);
    }
  }
}

function readAnswer(bytes: Uint8Array): Members {
  if (bytes.length > ANSWER_BYTES_MAX) throw unreadable('answered with too much');
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: ANSWER_DEPTH_MAX });
  return Members.of(value, '', 'ERR_DRAFT_FIELD');
}

function readRequest(members: Members): ReviewRequest {
  const isWord = (text: string): boolean => isReference(text);
  return {
    draftId: members.text('draft_id', isWord),
    organisation: members.text('organisation', isWord),
    version: members.integer('version', 1),
    isWithdrawn: members.oneOf('state', ['review_requested', 'withdrawn']) === 'withdrawn',
    author: members.text('author', isWord),
    requestedBy: members.text('requested_by', isWord),
    requestedAt: members.text('requested_at', isTime),
    packetDigest: parseDigestMember(members),
  };
}

function parseDigestMember(members: Members): Digest {
  return members.text('packet_digest', isDigest) as Digest;
}

function unreadable(what: string, cause?: unknown): CratonError {
  const message = `Self-service ${what}; check CRATON_SELF_SERVICE_URL and CRATON_REVIEW_PULL_KEY, then try again.`;
  return new CratonError('ERR_NOT_READY', message, { cause });
}

/** For an installation without self-service beside it. */
export const NO_REVIEWS: ReviewSource = {
  list: () => Promise.reject(notConfigured()),
  find: () => Promise.reject(notConfigured()),
};

function notConfigured(): CratonError {
  const message =
    'Nothing can be pulled here: set CRATON_SELF_SERVICE_URL and CRATON_REVIEW_PULL_KEY, then start again.';
  return new CratonError('ERR_NOT_READY', message);
}
