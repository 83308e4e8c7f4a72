/** Stored drafts as callers read them. */
import { evaluateDraftCoverage } from '@craton/policy';
import { CratonError, formatTime } from '@craton/protocol';
import type { DraftPorts } from '../commands/draft-ports.ts';
import { headOf, noSuchDraft } from '../commands/draft-ports.ts';
import { readSavedPacket } from '../commands/save-draft.ts';
import type { Actor } from '../keys.ts';
import type { DraftEntry, ReviewRequest } from '../store/port.ts';

/** What stands in every answer about a draft: the store accepts nothing else. */
export const NEVER_LIVE = { production_write: false, review_only: true } as const;

/** One version, with everything that is known of the draft. */
export async function describeDraft(
  ports: DraftPorts,
  actor: Actor,
  { draftId, version }: { readonly draftId: string; readonly version?: number | undefined },
): Promise<object> {
  const entries = await ports.store().listEntries(actor.organisation, draftId);
  const head = entries.at(-1);
  if (head === undefined) throw noSuchDraft();
  const shown = version ?? head.latestVersion;
  const packet = await readSavedPacket(ports, head, shown);
  return {
    ...draftMembers(head),
    ...NEVER_LIVE,
    ...versionMembers(entries, shown),
    versions: Array.from({ length: head.latestVersion }, (_, index) =>
      versionMembers(entries, index + 1),
    ),
    coverage: evaluateDraftCoverage(packet.draft),
    packet,
  };
}

/** The newest of each draft, for a list. */
export function describeHead(head: DraftEntry): object {
  const { title, state, version, author, createdAtMs } = head;
  return {
    ...draftMembers(head),
    ...NEVER_LIVE,
    ...(title !== '' && { title }),
    last_change: { state, version, by: author, at: formatTime(createdAtMs) },
  };
}

function draftMembers({ draftId, revision, organisation, ...head }: DraftEntry): object {
  return {
    draft_id: draftId,
    organisation,
    revision,
    latest_version: head.latestVersion,
    ...(head.reviewVersion !== undefined && { review_version: head.reviewVersion }),
  };
}

/** What became of one version; the last row about it says its state. */
function versionMembers(entries: readonly DraftEntry[], version: number): object {
  const about = entries.filter((entry) => entry.version === version);
  const [saved] = about;
  const last = about.at(-1);
  if (saved === undefined || last === undefined) {
    throw new CratonError('ERR_INTERNAL', 'A version of a draft is missing.');
  }
  return {
    version,
    state: last.state,
    author: saved.author,
    saved_at: formatTime(saved.createdAtMs),
    packet_digest: saved.packetDigest,
    ...(last !== saved && { changed_by: last.author, changed_at: formatTime(last.createdAtMs) }),
  };
}

/** A version as the operator side reads it, without its packet. */
export function describeReviewRequest({ request, savedBy, withdrawnAtMs }: ReviewRequest): object {
  return {
    draft_id: request.draftId,
    organisation: request.organisation,
    version: request.version,
    state: withdrawnAtMs === undefined ? 'review_requested' : 'withdrawn',
    author: savedBy,
    requested_by: request.author,
    requested_at: formatTime(request.createdAtMs),
    ...(withdrawnAtMs !== undefined && { withdrawn_at: formatTime(withdrawnAtMs) }),
    packet_digest: request.packetDigest,
    ...NEVER_LIVE,
  };
}

/** Which version a caller means: the one named, else the newest. */
export async function versionOf(
  ports: DraftPorts,
  actor: Actor,
  { draftId, version }: { readonly draftId: string; readonly version?: number | undefined },
): Promise<number> {
  return version ?? (await headOf(ports, actor, draftId)).latestVersion;
}
