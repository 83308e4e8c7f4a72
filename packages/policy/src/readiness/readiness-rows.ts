/** The readiness page as data: answer, rows, tiles and check groups. */
import {
  CHECK_GROUPS,
  type CheckGroup,
  CODE_TEXTS,
  type ReadinessCode,
} from './readiness-codes.ts';
import type {
  DraftStoreIsolation,
  ReadinessDetail,
  ReadinessDocument,
  ReadinessStatus,
} from './readiness-document.ts';

export interface ReadinessRow {
  readonly label: string;
  readonly text: string;
  /** Findings behind the row, with what to do. */
  readonly items: readonly {
    readonly code: ReadinessCode;
    readonly sentence: string;
    readonly fix: string;
    readonly variable?: string;
  }[];
}

export interface GroupState {
  readonly id: CheckGroup;
  /** As bad as the worst check: a warning does not fail a group. */
  readonly state: 'pass' | 'warning' | 'fail';
  readonly passed: number;
  readonly checks: ReadinessDetail['checks'];
}

export interface ReadinessPage {
  /** `Ready for review`: what the sentence begins with. */
  readonly word: string;
  readonly sentence: string;
  readonly rows: readonly ReadinessRow[];
  readonly tiles: readonly {
    readonly label: string;
    readonly text: string;
    readonly ok: boolean;
  }[];
  /** Failing groups first, else in their own order. */
  readonly groups: readonly GroupState[];
}

const NEXT = 'Continue with the path or readiness detail';

const DRAFT_STORE: Readonly<Record<DraftStoreIsolation, string>> = {
  dedicated: 'Dedicated self-service store configured',
  shared_with_primary: 'Shared with the production database',
  primary_fallback: 'No store of its own: drafts use one table of the production database',
  local_embedded: 'Embedded store of this machine',
  none: 'No usable draft store: drafts cannot be saved',
};

/** Everything that the page says about an answer; nothing on it comes from anywhere else. */
export function readinessPage(detail: ReadinessDetail): ReadinessPage {
  return {
    ...answerOf(detail),
    rows: [
      { label: 'Can continue', text: detail.can_continue, items: [] },
      blockedRow(detail),
      missingRow(detail),
      {
        label: 'Runtime boundary',
        text: 'No handler, endpoint, callable, or production write is created here.',
        items: [],
      },
    ],
    tiles: tilesOf(detail),
    groups: groupsOf(detail),
  };
}

/** The one word of the answer, and the sentence after it. */
function answerOf({ status, blocked_by, missing_next, degraded_by }: ReadinessDetail) {
  const answers: Readonly<Record<ReadinessStatus, readonly [word: string, sentence: string]>> = {
    ready_for_review: ['Ready for review', 'Nothing blocks a launch here, so a review may start.'],
    development_only: [
      'Development only',
      'Drafting works here; this is no environment for production.',
    ],
    degraded: [
      'Degraded',
      `The settings are right, but ${count(degraded_by, 'live check fails', 'live checks fail')}.`,
    ],
    missing: ['Not ready', `${count(missing_next, 'item is missing', 'items are missing')}.`],
    blocked: [
      'Blocked',
      `${count(blocked_by, 'launch blocker was found', 'launch blockers were found')}.`,
    ],
    error: ['Not known', 'The evaluation itself failed, so nothing can be said about readiness.'],
  };
  const [word, sentence] = answers[status];
  return { word, sentence };
}

function count(codes: readonly unknown[], one: string, many: string): string {
  return `${codes.length} ${codes.length === 1 ? one : many}`;
}

function blockedRow({ status, blocked_by, degraded_by }: ReadinessDetail): ReadinessRow {
  const codes = blocked_by.length > 0 ? blocked_by : degraded_by;
  const label = 'Blocked by';
  if (status === 'error') return { label, text: 'The evaluation failed', items: [] };
  if (codes.length === 0) {
    return { label, text: 'No launch blocker in the readiness gate', items: [] };
  }
  const text =
    blocked_by.length > 0
      ? count(codes, 'launch blocker', 'launch blockers')
      : `No launch blocker, but ${count(codes, 'live check fails', 'live checks fail')}`;
  return { label, text, items: codes.map(itemOf) };
}

function missingRow({ missing_next, status }: ReadinessDetail): ReadinessRow {
  const label = 'Missing next';
  if (missing_next.length === 0) {
    const text = status === 'error' ? 'Not known, because the evaluation failed' : NEXT;
    return { label, text, items: [] };
  }
  const names = missing_next.map((code) => CODE_TEXTS[code].variable ?? code);
  return { label, text: names.join(', '), items: missing_next.map(itemOf) };
}

function itemOf(code: ReadinessCode): ReadinessRow['items'][number] {
  const { sentence, fix, variable } = CODE_TEXTS[code];
  return { code, sentence, fix, ...(variable !== undefined && { variable }) };
}

function tilesOf(detail: ReadinessDetail): ReadinessPage['tiles'] {
  const { draft_store_isolation: isolation, launch_gate: gate } = detail;
  const writes = detail.production_write_from_self_service;
  return [
    { label: 'Draft store', text: DRAFT_STORE[isolation], ok: isolation === 'dedicated' },
    {
      label: 'Store requirement',
      text: gate.requires_self_service_database_url
        ? 'Dedicated store is required before production'
        : 'Dedicated store is not required here',
      ok: true,
    },
    {
      label: 'Production writes',
      text: writes
        ? 'Alarm: self-service could write production'
        : 'No production write from this readiness page',
      ok: !writes,
    },
    {
      label: 'Launch gate',
      text: gate.passes_enterprise_db_gate ? 'Launch gate is clear' : 'Launch gate is closed',
      ok: gate.passes_enterprise_db_gate,
    },
  ];
}

function groupsOf({ checks }: ReadinessDetail): readonly GroupState[] {
  const groups = CHECK_GROUPS.map((id) =>
    groupOf(
      id,
      checks.filter(({ group }) => group === id),
    ),
  );
  const order = ['fail', 'warning', 'pass'];
  return groups.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}

function groupOf(id: CheckGroup, checks: ReadinessDetail['checks']): GroupState {
  const failing = checks.filter(({ result }) => result === 'fail');
  const passing = checks.filter(({ result }) => result === 'pass');
  const isWarningOnly = failing.every(({ kind }) => kind === 'warning');
  const state = failing.length === 0 ? 'pass' : isWarningOnly ? 'warning' : 'fail';
  return { id, state, passed: passing.length, checks: [...failing, ...passing] };
}

/** The ten members of `readiness.json`, out of the extended document and in their order. */
export function readinessDocument(detail: ReadinessDetail): ReadinessDocument {
  return {
    draft_store_isolation: detail.draft_store_isolation,
    environment: detail.environment,
    launch_gate: detail.launch_gate,
    local_production_db_override_enabled: detail.local_production_db_override_enabled,
    primary_database_url_configured: detail.primary_database_url_configured,
    production_like: detail.production_like,
    production_write_from_self_service: detail.production_write_from_self_service,
    require_self_service_database_url: detail.require_self_service_database_url,
    self_service_database_url_configured: detail.self_service_database_url_configured,
    status: detail.status,
  };
}
