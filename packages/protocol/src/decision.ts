/** Verdicts and what hangs on them: the result of one evaluation (PROTOCOL section 8). */

/** Least severe first; the most severe verdict of all matched rules wins. */
export const VERDICTS = ['allow', 'constrain', 'reject'] as const;
export type Verdict = (typeof VERDICTS)[number];

export type Enforcement = 'enforce' | 'observe';

/** A flat object with a `type` label; a host that does not know the type must refuse. */
export interface Obligation {
  readonly type: string;
  readonly [parameter: string]: string | number | boolean;
}

export interface Decision {
  readonly verdict: Verdict;
  /** Labels, sorted by code unit, unique. */
  readonly reasons: readonly string[];
  /** Unique, ordered by their canonical bytes; empty unless the verdict is `constrain`. */
  readonly obligations: readonly Obligation[];
  readonly enforcement: Enforcement;
  /** `evaluated_at` + the path's lifetime: usable while now < expires_at. */
  readonly expires_at: string;
}

/** Lifetime of a decision, in seconds, where the path document names none. */
export const LIFETIME_S_DEFAULT = 300;

/** Longest lifetime of a decision, in seconds. */
export const LIFETIME_S_MAX = 86_400;
