/** How Node runs a server: with less memory than it takes by itself, and without compiling twice. */
import { fileURLToPath } from 'node:url';

/**
 * What a request leaves behind dies at once. In small spaces it is found while it is still in the
 * processor's cache; the spaces that Node takes by itself cost 100 MB more and are no faster.
 */
export const SERVER_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/** Compiled code is kept beside the packages; where that cannot be written, nothing is kept. */
const COMPILE_CACHE = new URL('../../../../node_modules/.cache/craton', import.meta.url);

/** Variables that Node and its C library read; no setting of ours is among them. */
export const RUNTIME_ENVIRONMENT: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(COMPILE_CACHE),
  // Two threads work; arenas for more of them only keep memory apart.
  MALLOC_ARENA_MAX: '2',
};
