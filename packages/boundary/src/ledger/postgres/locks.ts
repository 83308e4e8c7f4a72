/** Advisory locks, which every node takes by the same numbers, and the channel of changes. */

/** Held by the node that migrates. */
export const MIGRATION_LOCK = 4_812_663_101;

/**
 * Shared by all who issue, alone for whoever changes paths or keys: so no transaction that began
 * with the old ones commits after a change has returned, on any node. Taken before any row lock.
 */
export const SNAPSHOT_LOCK = 4_812_663_102;

/** Held by the node that stores key events: those of two nodes may come in different orders. */
export const KEY_EVENTS_LOCK = 4_812_663_103;

/** Where a change is announced once it is committed; its payload is the new version. */
export const SNAPSHOT_CHANNEL = 'craton_snapshot';
