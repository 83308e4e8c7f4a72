/** Which verdict a path gives for which amount and class of authority: evaluated, not guessed. */
import {
  type AuthorityClass,
  canonicalize,
  CratonError,
  type Decision,
  type JsonObject,
  type Opening,
  type Verdict,
  VERDICTS,
} from '@craton/protocol';
import { evaluate } from '../evaluate.ts';
import type { LoadedPath } from '../load-path.ts';
import type { Assumptions, DryRun } from './dry-run.ts';
import { dryRun } from './dry-run.ts';
import {
  AMOUNT_CENTS_MAX,
  type Sample,
  SampleSpace,
  THRESHOLDS_MAX,
  withAmount,
  withClass,
  withMember,
} from './sample-requests.ts';

export interface MapCell {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly obligations: Decision['obligations'];
}

/** US cents, both ends inclusive; `absent` is a request without an amount. */
export type AmountBand =
  | { readonly amount: 'absent' }
  | { readonly amount: 'between'; readonly from_cents: number; readonly to_cents: number };

export interface MapRow {
  readonly band: AmountBand;
  readonly by_class: Readonly<Record<AuthorityClass, MapCell>>;
}

/** The verdicts of a path over all amounts, all else being as in `example`. */
export interface VerdictMap {
  readonly dry_run: true;
  /** The request whose amount and class vary: the mildest that was found. */
  readonly example: JsonObject;
  /** Its class of authority is that of no cell: every cell has its own. */
  readonly assumed: Assumptions;
  /** The band without an amount, then bands that follow each other without a gap. */
  readonly rows: readonly MapRow[];
  /** False if there are more thresholds than are looked at: between them the map may be wrong. */
  readonly exact: boolean;
}

/**
 * Maps a path; a `space` is handed in to share its search. The same path and assumptions give the
 * same map.
 */
export function mapVerdicts(
  path: LoadedPath,
  assumed: Assumptions,
  space = new SampleSpace(path, assumed),
): VerdictMap {
  const sample = space.favourable();
  const opening = space.opening(sample);
  const thresholds = space.thresholds(opening);
  return {
    dry_run: true,
    example: space.body(sample, undefined, 'example'),
    assumed,
    rows: [
      { band: { amount: 'absent' }, by_class: cellsOf(path, opening, undefined) },
      ...bandsOf(path, opening, thresholds.slice(0, THRESHOLDS_MAX)),
    ],
    exact: thresholds.length <= THRESHOLDS_MAX,
  };
}

/** Bands start at 0 and at every threshold; neighbours that decide alike become one. */
function bandsOf(path: LoadedPath, opening: Opening, thresholds: readonly number[]): MapRow[] {
  const starts = Array.from(new Set([0, ...thresholds])).sort((a, b) => a - b);
  const rows: MapRow[] = [];
  let text = '';
  starts.forEach((from_cents, index) => {
    const to_cents = (starts[index + 1] ?? AMOUNT_CENTS_MAX + 1) - 1;
    const by_class = cellsOf(path, opening, from_cents);
    const last = rows.at(-1)?.band;
    const isSame = text === (text = canonicalize(by_class));
    const start = isSame && last?.amount === 'between' ? last.from_cents : from_cents;
    if (start !== from_cents) rows.pop();
    rows.push({ band: { amount: 'between', from_cents: start, to_cents }, by_class });
  });
  return rows;
}

function cellsOf(
  path: LoadedPath,
  opening: Opening,
  amountCents: number | undefined,
): Record<AuthorityClass, MapCell> {
  const cell = (name: AuthorityClass) =>
    cellOf(path, withClass(withAmount(opening, amountCents), name));
  return {
    submitted: cell('submitted'),
    signature_verified: cell('signature_verified'),
    status_checked: cell('status_checked'),
  };
}

function cellOf(path: LoadedPath, opening: Opening): MapCell {
  const { verdict, reasons, obligations } = evaluate(path, opening);
  return { verdict, reasons, obligations };
}

/** A request that gets the verdict in a dry run. */
export interface ExampleRequest {
  readonly verdict: Verdict;
  readonly request: JsonObject;
  readonly result: DryRun;
}

export interface ExampleRequests {
  readonly examples: readonly ExampleRequest[];
  /** Verdicts for which no request was found; the search is bounded, so there may be one. */
  readonly not_found: readonly Verdict[];
}

const EXAMPLE_AMOUNTS_MAX = 64;

/** One request for each verdict that is found within a bounded search, starting from the mildest request. */
export function findExamples(
  path: LoadedPath,
  assumed: Assumptions,
  space = new SampleSpace(path, assumed),
): ExampleRequests {
  const found = new Map<Verdict, ExampleRequest>();
  for (const sample of samplesAround(space)) {
    tryAmounts(path, assumed, { space, sample, found });
    if (found.size === VERDICTS.length || !space.spend(EXAMPLE_AMOUNTS_MAX)) break;
  }
  return {
    examples: VERDICTS.flatMap((verdict) => found.get(verdict) ?? []),
    not_found: VERDICTS.filter((verdict) => !found.has(verdict)),
  };
}

/** The mildest sample, and each that differs from it in one member. */
function* samplesAround(space: SampleSpace): Generator<Sample> {
  const mildest = space.favourable();
  yield mildest;
  for (const { member, candidates } of space.choices()) {
    for (const candidate of candidates) yield withMember(mildest, member, candidate);
  }
}

interface ExampleSearch {
  readonly space: SampleSpace;
  readonly sample: Sample;
  readonly found: Map<Verdict, ExampleRequest>;
}

function tryAmounts(
  path: LoadedPath,
  assumed: Assumptions,
  { space, sample, found }: ExampleSearch,
): void {
  const opening = space.opening(sample);
  const thresholds = space.thresholds(opening).slice(0, EXAMPLE_AMOUNTS_MAX);
  // Amounts that people meet come before the odd cent, and a request without one last.
  const round = thresholds.filter((cents) => cents > 0 && cents % 100 === 0);
  for (const cents of [...round, ...thresholds, undefined]) {
    const { verdict } = evaluate(path, withAmount(opening, cents));
    if (found.has(verdict)) continue;
    const request = space.body(sample, cents, `example-${verdict}`);
    const result = dryRunUnlessRefused(path, request, assumed);
    if (result !== undefined) found.set(verdict, { verdict, request, result });
  }
}

/** An amount can have the digits of a card number, and a boundary refuses those. */
function dryRunUnlessRefused(
  path: LoadedPath,
  request: JsonObject,
  assumed: Assumptions,
): DryRun | undefined {
  try {
    return dryRun(path, request, assumed);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
