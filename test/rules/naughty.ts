/**
 * Files that still offend a tidy rule. An entry goes as soon as its file is mended; none is added.
 */
export const NAUGHTY: readonly { readonly rule: string; readonly path: string }[] = [];

/** How many entries there may be. It may only fall. */
export const NAUGHTY_MAX = 0;
