/** What the pages of operators show: what was judged at a moment, and what this viewer may do. */
import type {
  GateId,
  GateRole,
  HolderRole,
  JudgedFacet,
  JudgedGate,
  RolloutState,
} from '@craton/policy';
import type { SiteModel } from './models.ts';
import type { FormProblem } from './wizard-model.ts';

/** Whoever has signed in. */
export interface OperatorViewer {
  readonly name: string;
  readonly roles: readonly string[];
  /** Goes with every form. */
  readonly csrfToken: string;
}

interface OperatorPage {
  readonly site: SiteModel;
  readonly viewer: OperatorViewer;
  /** When it was judged: `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
  readonly at: string;
}

/** One rollout in a list. */
export interface InboxEntry {
  readonly rolloutId: string;
  /** `<partner_id>/<path_id>` */
  readonly path: string;
  readonly state: RolloutState;
  readonly version: number;
  readonly changedAt: string;
  /** The gate that is open; absent when all have passed. */
  readonly gate?: GateId;
  /** What it waits for, as codes of `operator-words`. */
  readonly reasons: readonly string[];
  /** What this viewer can do now. */
  readonly yours: readonly string[];
  readonly expiresAt?: string;
}

/** A packet that nobody has pulled. */
export interface OpenReview {
  readonly packetDigest: string;
  readonly organisation: string;
  readonly version: number;
  readonly requestedAt: string;
}

/** `/operator` */
export interface InboxModel extends OperatorPage {
  readonly yours: readonly InboxEntry[];
  readonly blocked: readonly InboxEntry[];
  readonly expiring: readonly InboxEntry[];
  readonly attention: readonly InboxEntry[];
  readonly others: readonly InboxEntry[];
  readonly reviews: readonly OpenReview[];
  /** Self-service did not answer. */
  readonly isReviewListMissing: boolean;
  /** Ids of the freeze windows that hold. */
  readonly frozenBy: readonly string[];
  readonly problem?: FormProblem;
}

/** What a viewer may do, or why not. */
export interface OfferedAction {
  readonly action: string;
  /** Codes; empty: it can be done now. */
  readonly refusals: readonly string[];
}

/** An approval that this viewer could give. */
export interface OfferedApproval {
  readonly role: GateRole;
  readonly refusals: readonly string[];
}

export interface GateModel {
  readonly judged: JudgedGate;
  readonly rule: 'any' | 'all';
  readonly owners: readonly { readonly role: GateRole; readonly people: readonly string[] }[];
  readonly offered: readonly OfferedApproval[];
  /** Nobody can bring it to pass. */
  readonly isUnsatisfiable: boolean;
}

/** One record of the timeline. */
export interface TimelineEntry {
  readonly seq: number;
  readonly at: string;
  readonly who: string;
  readonly kind: string;
  readonly digest: string;
  /** JSON of the record's body. */
  readonly bodyText: string;
}

/** `/operator/rollouts/:id` */
export interface RolloutPageModel extends OperatorPage {
  readonly rolloutId: string;
  readonly state: RolloutState;
  readonly scope: Readonly<
    Record<'environment' | 'partner_id' | 'unit' | 'gate_type' | 'system_scope' | 'path_id', string>
  >;
  readonly packet: {
    readonly version: number;
    readonly packetDigest: string;
    readonly scopeDigest: string;
    readonly boundaryObjectDigest: string;
    readonly requestedAt: string;
    readonly author: string;
  };
  readonly gates: readonly GateModel[];
  readonly facets: readonly JudgedFacet[];
  readonly holders: readonly { readonly role: HolderRole; readonly people: readonly string[] }[];
  readonly actions: readonly OfferedAction[];
  readonly frozenBy: readonly string[];
  readonly attention: readonly string[];
  readonly approvalExpiresAt?: string;
  readonly executionExpiresAt?: string;
  readonly timeline: readonly TimelineEntry[];
  /** What was done last by this viewer. */
  readonly done?: string;
  /** What was asked for last and refused. */
  readonly problem?: FormProblem & { readonly reasons: readonly string[] };
  /** What was typed in the form that was refused. */
  readonly typed?: { readonly form: string; readonly reason?: string; readonly pathId?: string };
}

/** One deployment action on a path. */
export interface PathAction {
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly isLive: boolean;
  readonly version?: number;
  readonly rolloutId: string;
  readonly recordDigest: string;
}

/** `/operator/paths/:partner/:path` */
export interface PathPageModel extends OperatorPage {
  readonly partnerId: string;
  readonly pathId: string;
  readonly live?: PathAction & { readonly policyDigest?: string };
  /** The oldest first. */
  readonly history: readonly PathAction[];
  readonly isReviewOpen: boolean;
  /** Absent: nothing is live. */
  readonly rollback?: OfferedAction & {
    readonly rolloutId: string;
    readonly owners: readonly string[];
  };
}

/** `/operator/paths` */
export interface PathListModel extends OperatorPage {
  readonly paths: readonly {
    readonly partnerId: string;
    readonly pathId: string;
    readonly live?: PathAction;
  }[];
}
