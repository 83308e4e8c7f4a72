/** Asking for a review, and taking it back. Both store intent and nothing else. */
import { CratonError } from '@craton/protocol';
import type { Actor } from '../keys.ts';
import type { DraftEntry } from '../store/port.ts';
import { appendAfter, assertSeen, type DraftPorts, headOf } from './draft-ports.ts';
import { readSavedPacket } from './save-draft.ts';

/** About which version, and the revision that the caller has seen. */
export interface ReviewAction {
  readonly draftId: string;
  readonly version: number;
  readonly revision: number;
}

/**
 * Puts the newest version under review; asking again changes nothing. Throws `ERR_NOT_FOUND`,
 * `ERR_DRAFT_CONFLICT`, `ERR_FORBIDDEN` if somebody else saved the version, and `ERR_DRAFT_STATE`
 * for a version that is not saved, not the newest, withdrawn, or has no boundary object, or while
 * another one is under review.
 */
export async function requestReview(
  ports: DraftPorts,
  actor: Actor,
  { draftId, version, revision }: ReviewAction,
): Promise<DraftEntry> {
  const head = await headOf(ports, actor, draftId);
  if (head.reviewVersion === version) return entryOf(ports, head, version);
  if (version > head.latestVersion) throw wrongState('This version was not saved yet. Save first.');
  assertSeen(head, revision);
  await assertRequestable(ports, actor, { head, version });
  const { packet_digest: packetDigest, draft } = await readSavedPacket(ports, head, version);
  return appendAfter(ports, head, {
    ...changeOf(ports, actor, head),
    version,
    state: 'review_requested',
    reviewVersion: version,
    packetDigest,
    title: draft.title ?? '',
  });
}

/**
 * Takes a version back from review; asking again changes nothing. Anybody of the organisation who may
 * request may do it. Throws `ERR_NOT_FOUND`, `ERR_DRAFT_CONFLICT`, and `ERR_DRAFT_STATE` if the
 * version is not under review.
 */
export async function withdrawReview(
  ports: DraftPorts,
  actor: Actor,
  { draftId, version, revision }: ReviewAction,
): Promise<DraftEntry> {
  const head = await headOf(ports, actor, draftId);
  if (head.state === 'withdrawn' && head.version === version) return head;
  if (head.reviewVersion !== version) throw wrongState('This version is not under review.');
  assertSeen(head, revision);
  const requested = await entryOf(ports, head, version);
  return appendAfter(ports, head, {
    ...changeOf(ports, actor, head),
    version,
    state: 'withdrawn',
    reviewVersion: undefined,
    packetDigest: requested.packetDigest,
    title: requested.title,
  });
}

interface Requested {
  readonly head: DraftEntry;
  readonly version: number;
}

async function assertRequestable(
  ports: DraftPorts,
  actor: Actor,
  { head, version }: Requested,
): Promise<void> {
  const { reviewVersion, latestVersion } = head;
  if (reviewVersion !== undefined) {
    throw wrongState(`Version ${reviewVersion} is under review. Withdraw it first.`);
  }
  if (version !== latestVersion) throw wrongState(`Version ${latestVersion} is newer.`);
  const entries = await ports.store().listEntries(head.organisation, head.draftId);
  const ofVersion = entries.filter((entry) => entry.version === version);
  if (ofVersion.some(({ state }) => state === 'withdrawn')) {
    throw wrongState('This version was withdrawn. Save another one.');
  }
  if (!ofVersion.some(({ state, author }) => state === 'saved' && author === actor.person)) {
    throw new CratonError('ERR_FORBIDDEN', 'Only who saved a version can request its review.');
  }
  const { missing } = await readSavedPacket(ports, head, version);
  const [first] = missing;
  if (first === undefined) return;
  const message = `${first} is missing, so there is no boundary object to review.`;
  throw new CratonError('ERR_DRAFT_STATE', message, { field: first });
}

/** What rows of both actions have in common. */
function changeOf({ sources }: DraftPorts, { person }: Actor, head: DraftEntry) {
  const { organisation, latestVersion } = head;
  return { organisation, latestVersion, author: person, createdAtMs: sources.nowMs() };
}

/** The row by which the review of this version was requested. */
async function entryOf(
  { store }: DraftPorts,
  { organisation, draftId }: DraftEntry,
  version: number,
): Promise<DraftEntry> {
  const entries = await store().listEntries(organisation, draftId);
  const found = entries.find((entry) => entry.version === version && entry.state !== 'saved');
  if (found !== undefined) return found;
  throw new TypeError('A version is under review that nobody requested.');
}

function wrongState(message: string): CratonError {
  return new CratonError('ERR_DRAFT_STATE', message, { field: 'version' });
}
