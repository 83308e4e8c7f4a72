/** Which live path answers for a request (PROTOCOL section 8, matching). */
import { CratonError } from '@craton/protocol';
import type { LoadedPath } from './load-path.ts';
import { ANY } from './path-document.ts';

/** The members of a check request that matching looks at. */
export interface BoundaryKey {
  readonly partnerId: string;
  readonly gateType: string;
  readonly systemScope: string;
  readonly decisionType?: string;
}

export type Match =
  | { readonly match: 'one'; readonly path: LoadedPath }
  | { readonly match: 'none' }
  | { readonly match: 'ambiguous' };

const NONE: Match = { match: 'none' };
const AMBIGUOUS: Match = { match: 'ambiguous' };

/** The live paths of one (partner_id, gate_type, system_scope), by decision type. */
interface Boundary {
  readonly byDecisionType: Map<string, Match>;
  /** For a request without a decision type, where no path takes any: the only path, if it is. */
  only: Match;
}

/** Look-up of the live paths of one environment, in constant time. Immutable. */
export class PathIndex {
  readonly #boundaries = new Map<string, Boundary>();
  readonly #pathIds = new Set<string>();

  /**
   * Throws `ERR_PATH_DOCUMENT` if two paths would answer for the same boundary, or if two versions
   * of one path are among them.
   */
  constructor(paths: readonly LoadedPath[]) {
    for (const path of paths) this.#add(path);
  }

  /** A decision type goes to the path that lists it, else to `*`; without one to `*`, else the only. */
  match(key: BoundaryKey): Match {
    const boundary = this.#boundaries.get(boundaryKey(key));
    if (boundary === undefined) return NONE;
    const any = boundary.byDecisionType.get(ANY);
    if (key.decisionType === undefined) return any ?? boundary.only;
    return boundary.byDecisionType.get(key.decisionType) ?? any ?? NONE;
  }

  #add(path: LoadedPath): void {
    const { partner_id, path_id, gate_type, system_scope, decision_types } = path.document;
    const pathKey = `${partner_id} ${path_id}`;
    if (this.#pathIds.has(pathKey)) throw overlap(path_id, 'path_id', 'is live already');
    this.#pathIds.add(pathKey);

    const match: Match = { match: 'one', path };
    const key = boundaryKey({
      partnerId: partner_id,
      gateType: gate_type,
      systemScope: system_scope,
    });
    const known = this.#boundaries.get(key);
    const boundary = known ?? { byDecisionType: new Map<string, Match>(), only: match };
    if (known !== undefined) known.only = AMBIGUOUS;
    for (const decisionType of decision_types) {
      if (boundary.byDecisionType.has(decisionType)) {
        throw overlap(path_id, 'decision_types', 'names a decision type that a live path has');
      }
      boundary.byDecisionType.set(decisionType, match);
    }
    this.#boundaries.set(key, boundary);
  }
}

/** Labels hold no space, so joined keys cannot meet. */
function boundaryKey({ partnerId, gateType, systemScope }: BoundaryKey): string {
  return `${partnerId} ${gateType} ${systemScope}`;
}

function overlap(pathId: string, field: string, problem: string): CratonError {
  return new CratonError('ERR_PATH_DOCUMENT', `${field} of path ${pathId} ${problem}.`, { field });
}
