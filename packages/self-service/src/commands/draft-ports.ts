/** What the commands on stored drafts need. */
import { CratonError } from '@craton/protocol';
import type { Actor } from '../keys.ts';
import type { Sources } from '../sources.ts';
import type { DraftEntry, DraftStore, NewDraftEntry } from '../store/port.ts';

export interface DraftPorts {
  /** Throws `ERR_DRAFT_STORE_UNAVAILABLE` where drafts have no store. */
  readonly store: () => DraftStore;
  readonly sources: Sources;
}

/** The newest row of a draft of the actor's organisation; throws `ERR_NOT_FOUND`. */
export async function headOf(
  { store }: DraftPorts,
  { organisation }: Actor,
  draftId: string,
): Promise<DraftEntry> {
  const head = await store().findHead(organisation, draftId);
  if (head !== undefined) return head;
  throw noSuchDraft();
}

/** One error for a draft that is not there and for one of somebody else. */
export function noSuchDraft(): CratonError {
  return new CratonError('ERR_NOT_FOUND', 'There is no such draft of your organisation.');
}

/** Throws `ERR_DRAFT_CONFLICT` unless the caller has seen the newest row. */
export function assertSeen(head: DraftEntry, revision: number): void {
  if (revision !== head.revision) throw changedSince();
}

/** Adds a row after the one that the caller has seen; throws `ERR_DRAFT_CONFLICT` if one is there. */
export async function appendAfter(
  { store }: DraftPorts,
  head: DraftEntry,
  entry: Omit<NewDraftEntry, 'draftId' | 'revision'>,
): Promise<DraftEntry> {
  const added = { ...entry, draftId: head.draftId, revision: head.revision + 1 };
  if (await store().append(added)) return added;
  throw changedSince();
}

function changedSince(): CratonError {
  return new CratonError(
    'ERR_DRAFT_CONFLICT',
    'Somebody changed this draft since you read it. Read it again, compare, and send again with its revision.',
    { field: 'revision' },
  );
}
