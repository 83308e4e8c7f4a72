/** Time and chance, so that tests can say what they are. */

export interface Sources {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** The clock and the random numbers of this machine. */
export function systemSources(): Sources {
  return {
    nowMs: Date.now,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}
