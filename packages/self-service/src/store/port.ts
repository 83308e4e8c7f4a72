/** What self-service asks of its store: the one table `self_service_drafts`, which only grows. */
import type { Digest } from '@craton/protocol';

/** States that are stored; composed and previewed drafts are nobody's but the caller's. */
export const STORED_STATES = ['saved', 'review_requested', 'withdrawn'] as const;
export type StoredState = (typeof STORED_STATES)[number];

/** One thing that somebody did to a draft: the row, without its packet. */
export interface DraftEntry {
  /** `drf_` and a UUIDv7, so that ids sort by the time they were made. */
  readonly draftId: string;
  /** 1, 2, 3, ... in each draft. */
  readonly revision: number;
  /** The version that this is about. */
  readonly version: number;
  /** What became of that version. */
  readonly state: StoredState;
  /** The newest version after this. */
  readonly latestVersion: number;
  /** The version under review after this. */
  readonly reviewVersion: number | undefined;
  readonly organisation: string;
  /** Who did this. */
  readonly author: string;
  readonly title: string;
  /** Of the packet of `version`. */
  readonly packetDigest: Digest;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

/** A row to add; its packet is there if and only if the state is `saved`. */
export interface NewDraftEntry extends DraftEntry {
  readonly packet?: string;
}

/** A version that was handed to the operator side, and what became of it. */
export interface ReviewRequest {
  /** The row by which the review was requested. */
  readonly request: DraftEntry;
  /** Who saved that version. */
  readonly savedBy: string;
  /** Canonical JSON. */
  readonly packet: string;
  /** When it was withdrawn, in milliseconds since 1970. */
  readonly withdrawnAtMs: number | undefined;
}

/** Which rows of a list, the newest draft first. */
export interface DraftPage {
  readonly limit: number;
  /** Drafts after this id in the list; absent: from the beginning. */
  readonly after?: string | undefined;
}

/**
 * Every method throws `ERR_DRAFT_STORE_UNAVAILABLE` if the store does not answer. What `append`
 * answered `true` for is durable.
 */
export interface DraftStore {
  /**
   * Adds a row; false, with nothing changed, if the draft has this revision already, or this state
   * of this version.
   */
  append(entry: NewDraftEntry): Promise<boolean>;
  /** The newest row of a draft of this organisation. */
  findHead(organisation: string, draftId: string): Promise<DraftEntry | undefined>;
  /** All rows of a draft of this organisation, the oldest first. */
  listEntries(organisation: string, draftId: string): Promise<readonly DraftEntry[]>;
  /** The packet of one version, canonical JSON. */
  findPacket(organisation: string, draftId: string, version: number): Promise<string | undefined>;
  /** The newest row of each draft of this organisation. */
  listHeads(organisation: string, page: DraftPage): Promise<readonly DraftEntry[]>;
  /** Versions under review now, of all organisations. */
  listReviewRequests(page: DraftPage): Promise<readonly ReviewRequest[]>;
  /** The request for the review of this packet, also when it was withdrawn since. */
  findReviewRequest(packetDigest: string): Promise<ReviewRequest | undefined>;
  /** The random identity that this store got when it was made: 22 characters of base64url. */
  identity(): Promise<string>;
  close(): Promise<void>;
}
