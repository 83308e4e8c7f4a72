/** Saving: each version is frozen by the digest of its packet. */
import { composePacket, type Draft, type Packet, parsePacket } from '@craton/policy';
import { canonicalize, CratonError, formatTime, utf8 } from '@craton/protocol';
import { newRequestId } from '@craton/service';
import type { Actor } from '../keys.ts';
import type { DraftEntry, NewDraftEntry } from '../store/port.ts';
import { newSalt } from './compose-draft.ts';
import { appendAfter, assertSeen, type DraftPorts, headOf } from './draft-ports.ts';

/** Versions of one draft at most: then it is time for another draft. */
export const VERSIONS_MAX = 500;

/** Saves the first version of a new draft. */
export async function saveDraft(
  ports: DraftPorts,
  actor: Actor,
  draft: Draft,
): Promise<DraftEntry> {
  const { sources, store } = ports;
  const entry = {
    ...savedVersion(ports, actor, { draft, salt: newSalt(sources), version: 1 }),
    draftId: newRequestId(sources.nowMs()).replace(/^req_/, 'drf_'),
    revision: 1,
    reviewVersion: undefined,
  };
  if (await store().append(entry)) return entry;
  throw new TypeError('A random draft id was used before.');
}

export interface NewVersion {
  readonly draftId: string;
  /** The revision that the caller has seen. */
  readonly revision: number;
  readonly draft: Draft;
}

/**
 * Saves another version. The same content again answers with the version that holds it, unless that
 * one was withdrawn. Throws `ERR_NOT_FOUND`, `ERR_DRAFT_CONFLICT`, or `ERR_DRAFT_STATE` for one
 * version too many.
 */
export async function saveVersion(
  ports: DraftPorts,
  actor: Actor,
  { draftId, revision, draft }: NewVersion,
): Promise<DraftEntry> {
  const head = await headOf(ports, actor, draftId);
  const latest = await readSavedPacket(ports, head, head.latestVersion);
  const isWithdrawn = head.state === 'withdrawn' && head.version === head.latestVersion;
  if (!isWithdrawn && canonicalize(latest.draft) === canonicalize(draft)) return head;
  assertSeen(head, revision);
  const version = head.latestVersion + 1;
  if (version > VERSIONS_MAX) {
    const message = `A draft has at most ${VERSIONS_MAX} versions. Save this one as a new draft.`;
    throw new CratonError('ERR_DRAFT_STATE', message);
  }
  const saved = savedVersion(ports, actor, { draft, salt: latest.salt, version });
  return appendAfter(ports, head, { ...saved, reviewVersion: head.reviewVersion });
}

/** The packet of a version that is known to be saved, checked again; without its preview. */
export async function readSavedPacket(
  { store }: DraftPorts,
  { organisation, draftId }: Pick<DraftEntry, 'organisation' | 'draftId'>,
  version: number,
): Promise<Packet> {
  const text = await store().findPacket(organisation, draftId, version);
  if (text === undefined) {
    throw new CratonError('ERR_NOT_FOUND', 'There is no such version of this draft.');
  }
  return parsePacket(utf8(text)).packet;
}

interface Subject {
  readonly draft: Draft;
  readonly salt: string;
  readonly version: number;
}

function savedVersion(
  { sources }: DraftPorts,
  { organisation, person }: Actor,
  { draft, salt, version }: Subject,
): Omit<NewDraftEntry, 'draftId' | 'revision' | 'reviewVersion'> {
  const createdAtMs = sources.nowMs();
  const evaluatedAt = formatTime(createdAtMs);
  const packet = composePacket(draft, { salt, version, evaluatedAt });
  return {
    version,
    state: 'saved',
    latestVersion: version,
    organisation,
    author: person,
    title: draft.title ?? '',
    packetDigest: packet.packet_digest,
    createdAtMs,
    // Whoever needs the preview makes it again: no digest covers it.
    packet: canonicalize({ ...packet, preview: undefined }),
  };
}
