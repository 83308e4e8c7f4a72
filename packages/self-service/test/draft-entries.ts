/** Rows for tests of the store. */
import type { DraftEntry, NewDraftEntry } from '../src/store/port.ts';

export const ORGANISATION = 'northstar';

/** A digest that says which packet it is of. */
export function digestOf(number: number): `sha256:${string}` {
  return `sha256:${number.toString(16).padStart(64, '0')}`;
}

/** The first version of a draft, saved; `changes` make it another row. */
export function savedEntry(changes: Partial<NewDraftEntry> = {}): NewDraftEntry {
  return {
    draftId: 'drf_00000000-0000-7000-8000-000000000001',
    revision: 1,
    version: 1,
    state: 'saved',
    latestVersion: 1,
    reviewVersion: undefined,
    organisation: ORGANISATION,
    author: 'Ada Platform',
    title: 'Console limits',
    packetDigest: digestOf(1),
    createdAtMs: 1_790_000_000_000,
    packet: '{"schema":"craton.packet.v1"}',
    ...changes,
  };
}

/** A row without a packet: what was asked of a version. */
export function stateEntry(changes: Partial<NewDraftEntry>): NewDraftEntry {
  return { ...withoutPacket(savedEntry({ state: 'review_requested' })), ...changes };
}

/** What the store gives back of a row: all but its packet. */
export function withoutPacket(entry: NewDraftEntry): DraftEntry {
  return Object.fromEntries(
    Object.entries(entry).filter(([name]) => name !== 'packet'),
  ) as unknown as DraftEntry;
}
