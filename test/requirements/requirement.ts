/** One promise, in our own words, and what proves it. */
export interface Requirement {
  readonly id: string;
  readonly promise: string;
  /**
   * Each `<test file> > <part of "group > title">`, where tests come from a table with ` > <row>`;
   * empty while the promise is only planned.
   */
  readonly tests: readonly string[];
}

/** A promise that these tests prove. */
export function proven(id: string, promise: string, ...tests: readonly string[]): Requirement {
  return { id, promise, tests };
}

/** A promise that no test proves yet. */
export function planned(id: string, promise: string): Requirement {
  return { id, promise, tests: [] };
}
