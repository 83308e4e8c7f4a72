import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isManagedStore, parseStoreLocation } from './database-location.ts';
import { GROUP_TEXTS } from './check-groups.ts';
import { evaluateReadiness } from './evaluate-readiness.ts';
import {
  BLOCKER_CODES,
  CHECK_GROUPS,
  CODE_TEXTS,
  DEGRADED_CODES,
  MISSING_CODES,
  type ReadinessCode,
  WARNING_CODES,
} from './readiness-codes.ts';
import { isProductionLike, parseReadinessConfig, refusesManagedHosts } from './readiness-config.ts';
import {
  DRAFT_STORE_ISOLATIONS,
  READINESS_STATUSES,
  type ReadinessPosture,
  type ReadinessProbes,
} from './readiness-document.ts';
import { readinessDocument, readinessPage } from './readiness-rows.ts';

const SHARED = new URL('../../../../../shared/', import.meta.url);
const SEEDS = new URL('seeds/', SHARED);
const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const AGE_MAX = 30_000;

interface TruthRow {
  readonly row: number;
  readonly environment: string;
  readonly primary: string;
  readonly self_service: string;
  readonly require: boolean;
  readonly override: boolean;
  readonly isolation: string;
  readonly requires_url: boolean;
  readonly recommended: boolean;
  readonly passes_gate: boolean;
  readonly draft_writes: string;
  readonly status: string;
  /** `B:` and `M:` before the code. */
  readonly codes: readonly string[];
}

type Variables = Record<string, string | undefined>;

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/${name}`, import.meta.url), 'utf8');
const rows = JSON.parse(fixture('readiness-truth-table.json')) as readonly TruthRow[];

const LOCATIONS: Readonly<Record<string, readonly [primary: string, own: string]>> = {
  set: ['postgres://app:pw@db.example/craton', 'postgres://self:pw@drafts.example/drafts'],
  distinct: ['', 'postgres://self:pw@drafts.example/drafts'],
  same: ['', 'postgresql://other:pw2@DB.example.:5432/craton?sslmode=require'],
  railway: ['postgres://a:b@main.railway.internal/craton', 'postgres://a:b@x.rlwy.net:7001/drafts'],
};

const WRITES: Readonly<Record<string, string>> = {
  'draft store': 'draft_store',
  refused: 'refused',
  embedded: 'embedded',
  'primary (draft table only)': 'primary_draft_table',
};

function variablesOf(row: TruthRow): Variables {
  return {
    CRATON_ENV: row.environment,
    DATABASE_URL: LOCATIONS[row.primary]?.[0],
    SELF_SERVICE_DATABASE_URL: LOCATIONS[row.self_service]?.[1],
    REQUIRE_SELF_SERVICE_DATABASE_URL: row.require ? 'true' : undefined,
    ALLOW_LOCAL_PRODUCTION_DB: row.override ? 'true' : undefined,
  };
}

const READY: Variables = {
  CRATON_ENV: 'production',
  DATABASE_URL: LOCATIONS.set?.[0],
  SELF_SERVICE_DATABASE_URL: LOCATIONS.distinct?.[1],
  REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
};

const POSTURE: ReadinessPosture = {
  measuredAtMs: NOW - 1_000,
  primaryConfigured: false,
  primaryReachable: true,
  storeIdentities: ['store-1'],
  databaseRole: 'craton_boundary',
  migrationsPending: false,
  signingKey: 'configured',
  rootAttested: true,
  logAvailable: true,
  rolesFilled: true,
};
const DRAFT_STORE = {
  measuredAtMs: NOW - 2_000,
  reachable: true,
  storeIdentities: ['store-2', 'database-2'],
  databaseRole: 'craton_drafts',
  migrationsPending: false,
  canWriteProduction: false,
};
const PROBES: ReadinessProbes = {
  nowMs: NOW,
  ageMsMax: AGE_MAX,
  crashed: false,
  draftStore: DRAFT_STORE,
  verification: { measuredAtMs: NOW - 3_000, verified: true },
};

function evaluate(
  variables: Variables,
  posture: Partial<ReadinessPosture> = {},
  probes: Partial<ReadinessProbes> = {},
) {
  const { config } = parseReadinessConfig(variables);
  return evaluateReadiness(config, { ...POSTURE, ...posture }, { ...PROBES, ...probes });
}

const withStore = (changes: Partial<typeof DRAFT_STORE>): Partial<ReadinessProbes> => ({
  draftStore: { ...DRAFT_STORE, ...changes },
});

describe('the truth table', () => {
  it.each(rows)('row $row: $environment, $primary, $self_service, $require, $override', (row) => {
    const { document, detail } = evaluate(variablesOf(row));
    expect({
      isolation: document.draft_store_isolation,
      requires_url: document.launch_gate.requires_self_service_database_url,
      recommended: document.launch_gate.recommended_require_flag,
      passes_gate: document.launch_gate.passes_enterprise_db_gate,
      draft_writes: detail.draft_writes,
      status: document.status,
      codes: [
        ...detail.blocked_by.map((code) => `B:${code}`),
        ...detail.missing_next.map((code) => `M:${code}`),
      ],
    }).toEqual({
      isolation: row.isolation,
      requires_url: row.requires_url,
      recommended: row.recommended,
      passes_gate: row.passes_gate,
      draft_writes: WRITES[row.draft_writes],
      status: row.status,
      codes: row.codes,
    });
  });

  it('has every row', () => {
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it.each([
    ['a public address', { HOST: '0.0.0.0' }],
    ['a remote store', { DATABASE_URL: LOCATIONS.set?.[0] }],
    ['a remote draft store', { SELF_SERVICE_DATABASE_URL: LOCATIONS.distinct?.[1] }],
  ])('an environment that is not set on %s unlocks nothing', (_title, variables) => {
    const { document, detail } = evaluate(variables);
    expect(document.status).toBe('missing');
    expect(detail.missing_next).toEqual(['recognised_environment']);
    expect(detail.draft_writes).toBe('refused');
    expect(document.launch_gate.passes_enterprise_db_gate).toBe(false);
    const { config } = parseReadinessConfig({
      HOST: '0.0.0.0',
      DATABASE_URL: LOCATIONS.railway?.[0],
      ALLOW_LOCAL_PRODUCTION_DB: 'true',
    });
    expect(refusesManagedHosts(config, NOW)).toBe(true);
  });

  it('an environment that is not set on one machine is development', () => {
    expect(evaluate({ HOST: '127.0.0.1' }).document.status).toBe('development_only');
  });
});

describe('the seed document', () => {
  const printed = `${JSON.stringify(evaluate(READY).document, null, 2)}\n`;

  it('is equal to the byte after pretty-printing', () => {
    expect(printed).toBe(fixture('readiness-ready.json'));
  });

  it('is what is left of the extended document', () => {
    const { document, detail } = evaluate(READY);
    expect(JSON.stringify(readinessDocument(detail))).toBe(JSON.stringify(document));
  });

  it.skipIf(!existsSync(SEEDS))(
    'is what the page shows (skipped where ../shared is not beside the project)',
    () => {
      const name = readdirSync(SEEDS).find((file) => file.startsWith('001_')) ?? '';
      const page = readFileSync(new URL(name, SEEDS), 'utf8');
      const shown = page.slice(page.indexOf('{'), page.lastIndexOf('}') + 1);
      // The page as it was kept has lost its indentation; everything else is compared as it is.
      expect(printed.trim().replace(/^ +/gm, '')).toBe(shown.replace(/^ +/gm, ''));
    },
  );
});

const reached: readonly [
  ReadinessCode,
  string,
  Variables,
  Partial<ReadinessPosture>?,
  Partial<ReadinessProbes>?,
][] = [
  [
    'draft_store_shared_with_primary',
    'blocked',
    READY,
    {},
    withStore({ storeIdentities: ['store-1'] }),
  ],
  [
    'production_database_refused',
    'blocked',
    { CRATON_ENV: 'test', DATABASE_URL: LOCATIONS.railway?.[0] },
  ],
  [
    'local_override_enabled_in_production',
    'blocked',
    { ...READY, ALLOW_LOCAL_PRODUCTION_DB: '2027-01-01T00:00:00Z' },
  ],
  [
    'self_service_can_write_production',
    'blocked',
    READY,
    {},
    withStore({ canWriteProduction: true }),
  ],
  ['signing_key_is_development_key', 'blocked', READY, { signingKey: 'development' }],
  [
    'override_expired',
    'blocked',
    { CRATON_ENV: 'test', ALLOW_LOCAL_PRODUCTION_DB: '2026-11-21T18:00:00Z' },
  ],
  ['self_service_database_url', 'missing', { ...READY, SELF_SERVICE_DATABASE_URL: ' ' }],
  ['primary_database_url', 'missing', { ...READY, DATABASE_URL: undefined }],
  [
    'require_self_service_database_url',
    'missing',
    { ...READY, REQUIRE_SELF_SERVICE_DATABASE_URL: 'off' },
  ],
  ['recognised_environment', 'missing', { ...READY, CRATON_ENV: 'prodution' }],
  ['signing_key', 'missing', READY, { signingKey: 'absent' }],
  ['root_attestation', 'missing', READY, { rootAttested: false }],
  ['operator_role_holders', 'missing', READY, { rolesFilled: false }],
  ['draft_store_unreachable', 'degraded', READY, {}, withStore({ reachable: false })],
  ['primary_unreachable', 'degraded', READY, { primaryReachable: false }],
  ['migrations_pending', 'degraded', READY, { migrationsPending: true }],
  ['migrations_pending', 'degraded', READY, {}, withStore({ migrationsPending: true })],
  [
    'jwks_verification_failed',
    'degraded',
    READY,
    {},
    { verification: { measuredAtMs: NOW, verified: false } },
  ],
  ['receipt_log_unavailable', 'degraded', READY, { logAvailable: false }],
  ['evidence_stale', 'degraded', READY, { measuredAtMs: NOW - AGE_MAX - 1 }],
  ['evidence_stale', 'degraded', READY, { measuredAtMs: NOW + 5_001 }],
  ['evidence_stale', 'degraded', READY, {}, withStore({ measuredAtMs: NOW - AGE_MAX - 1 })],
  [
    'same_database_server',
    'ready_for_review',
    { ...READY, SELF_SERVICE_DATABASE_URL: 'postgres://self@db.example:5432/drafts' },
  ],
  [
    'shared_database_role',
    'ready_for_review',
    READY,
    {},
    withStore({ databaseRole: 'craton_boundary' }),
  ],
  ['override_active', 'development_only', { CRATON_ENV: 'test', ALLOW_LOCAL_PRODUCTION_DB: 'yes' }],
  ['tls_not_required', 'ready_for_review', READY],
];

describe('a reason code', () => {
  it.each(reached)(
    '%s is reached with the status %s',
    (code, status, ...[variables, posture, probes]) => {
      const { document, detail } = evaluate(variables, posture, probes);
      const found = [
        ...detail.blocked_by,
        ...detail.missing_next,
        ...detail.degraded_by,
        ...detail.warnings,
      ];
      expect(found).toContain(code);
      expect(document.status).toBe(status);
      const check = detail.checks.find((one) => one.code === code);
      expect(check).toMatchObject({ result: 'fail', fix: CODE_TEXTS[code].fix });
    },
  );

  it('is in the list of those that are reached', () => {
    const all = [...BLOCKER_CODES, ...MISSING_CODES, ...DEGRADED_CODES, ...WARNING_CODES];
    expect(new Set(reached.map(([code]) => code))).toEqual(new Set(all));
  });

  it('that a posture would give is not claimed without one', () => {
    const { config } = parseReadinessConfig(READY);
    const { detail } = evaluateReadiness(config, undefined, PROBES);
    expect(detail.degraded_by).toEqual(['primary_unreachable']);
    expect([detail.status, detail.missing_next]).toEqual(['degraded', []]);
  });
});

describe('an evaluation that failed', () => {
  it.each([
    ['a database that cannot be read', { ...READY, DATABASE_URL: 'mysql://canary@host/x' }, {}],
    ['a draft store that cannot be read', { ...READY, SELF_SERVICE_DATABASE_URL: 'canary' }, {}],
    ['a probe that crashed', READY, { crashed: true }],
  ])('with %s says so', (_title, variables, probes) => {
    const { document, detail } = evaluate(variables, {}, probes);
    expect([document.status, detail.can_continue]).toEqual(['error', 'No']);
    expect(JSON.stringify(detail)).not.toContain('canary');
  });
});

describe('settings', () => {
  it.each(['1', 'true', 'YES', 'on', ' True '])('take %j for a yes', (text) => {
    const { config, misread } = parseReadinessConfig({ REQUIRE_SELF_SERVICE_DATABASE_URL: text });
    expect([config.requireSelfServiceDatabaseUrl, misread]).toEqual([true, []]);
  });

  it('take what is neither yes nor no for a no, and say which variable it was', () => {
    const { config, misread } = parseReadinessConfig({
      REQUIRE_SELF_SERVICE_DATABASE_URL: 'maybe',
      ALLOW_LOCAL_PRODUCTION_DB: 'tomorrow',
      CRATON_ENV: 'a secret!',
    });
    expect(config).toMatchObject({
      requireSelfServiceDatabaseUrl: false,
      override: { state: 'off' },
      environment: 'unrecognised',
    });
    expect(misread).toEqual([
      'ALLOW_LOCAL_PRODUCTION_DB',
      'REQUIRE_SELF_SERVICE_DATABASE_URL',
      'CRATON_ENV',
    ]);
  });

  it.each([
    ['development', false],
    ['LOCAL', false],
    [' test ', false],
    ['production', true],
    ['staging', true],
    ['preview', true],
    ['dev', true],
  ])('say of the environment %j that it is like production: %s', (name, expected) => {
    expect(isProductionLike(parseReadinessConfig({ CRATON_ENV: name }).config)).toBe(expected);
    expect(isProductionLike(parseReadinessConfig({ NODE_ENV: name }).config)).toBe(expected);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['mysql://nowhere.example/drafts', false],
    ['postgres://nowhere.example/drafts', true],
    ['sqlite:nowhere/drafts.db', true],
  ])('say of a database at %j that it is configured: %s, reached or not', (url, expected) => {
    const away = withStore({ reachable: false });
    const own = evaluate({ ...READY, SELF_SERVICE_DATABASE_URL: url }, {}, away);
    expect(own.document.self_service_database_url_configured).toBe(expected);
    const primary = evaluate({ ...READY, DATABASE_URL: url }, { primaryReachable: false }, away);
    expect(primary.document.primary_database_url_configured).toBe(expected);
  });

  it('take nothing from the variables of a hosting provider', () => {
    const { config } = parseReadinessConfig({ RAILWAY_ENVIRONMENT: 'production' });
    expect(config.environment).toBe('development');
  });
});

describe('a managed host', () => {
  it.each([
    ['postgres://a:b@x.railway.internal/db', true],
    ['postgres://a:b@X.Y.RAILWAY.internal.:6543/db', true],
    ['postgresql://a:b@app.railway.app/db?sslmode=require', true],
    ['postgres://a:p%40w@tcp.rlwy.net:7001/db', true],
    ['postgres://a:b@db.corp.example/db', true],
    ['postgres://a:b@railway.internal.example/db', false],
    ['postgres://x.rlwy.net:b@db.example/db', false],
    ['postgres://a:b@notrlwy.net/db', false],
    ['sqlite:x.rlwy.net', false],
  ])('is found in %s: %s', (url, expected) => {
    const location = parseStoreLocation(url);
    expect(location && isManagedStore(location, ['*.corp.example', ''])).toBe(expected);
  });

  it('is refused before and after the override, and not during it', () => {
    const variables = {
      CRATON_ENV: 'development',
      DATABASE_URL: LOCATIONS.railway?.[0],
      ALLOW_LOCAL_PRODUCTION_DB: '2026-11-21T18:00:00Z',
    };
    const { config } = parseReadinessConfig(variables);
    expect(refusesManagedHosts(config, NOW - 1)).toBe(false);
    expect(refusesManagedHosts(config, NOW)).toBe(true);
    const { config: without } = parseReadinessConfig({
      ...variables,
      ALLOW_LOCAL_PRODUCTION_DB: '',
    });
    expect(refusesManagedHosts(without, NOW - 1)).toBe(true);
  });

  it.each([
    'mysql://a@b/c',
    'postgres://',
    'postgres://host',
    'postgres://h:0/d',
    'postgres://h:70000/d',
    'postgres://h/%zz',
    'sqlite:',
    '',
  ])('is not looked for in %j, which is no store', (url) => {
    expect(parseStoreLocation(url)).toBeUndefined();
  });
});

const urls = fc.constantFrom(
  undefined,
  '',
  'nonsense canary',
  'sqlite:drafts-canary.db',
  ...Object.values(LOCATIONS).flat(),
);
const anyVariables: fc.Arbitrary<Variables> = fc.record({
  CRATON_ENV: fc.constantFrom(
    undefined,
    'production',
    'staging',
    'prodution',
    'development',
    'test',
    '§',
  ),
  DATABASE_URL: urls,
  SELF_SERVICE_DATABASE_URL: urls,
  REQUIRE_SELF_SERVICE_DATABASE_URL: fc.constantFrom(undefined, 'true', 'no', 'maybe'),
  ALLOW_LOCAL_PRODUCTION_DB: fc.constantFrom(
    undefined,
    'on',
    '2020-01-01T00:00:00Z',
    '2030-01-01T00:00:00Z',
  ),
  HOST: fc.constantFrom(undefined, '127.0.0.1', '0.0.0.0'),
});
const moment = fc.constantFrom(NOW, NOW - AGE_MAX - 1, NOW + 60_000);
const identity = fc.constantFrom('store-1', 'store-2');
const anyPosture: fc.Arbitrary<ReadinessPosture | undefined> = fc.option(
  fc.record({
    measuredAtMs: moment,
    primaryConfigured: fc.boolean(),
    primaryReachable: fc.boolean(),
    storeIdentities: fc.subarray(['store-1', 'store-2']),
    databaseRole: identity,
    migrationsPending: fc.boolean(),
    signingKey: fc.constantFrom('configured' as const, 'development' as const, 'absent' as const),
    rootAttested: fc.boolean(),
    logAvailable: fc.boolean(),
    rolesFilled: fc.boolean(),
  }),
  { nil: undefined },
);
const anyStore = fc.record({
  measuredAtMs: moment,
  reachable: fc.boolean(),
  storeIdentities: fc.subarray(['store-1', 'store-2']),
  databaseRole: identity,
  migrationsPending: fc.boolean(),
  canWriteProduction: fc.boolean(),
});
const anyProbes: fc.Arbitrary<ReadinessProbes> = fc.record(
  {
    nowMs: fc.constant(NOW),
    ageMsMax: fc.constant(AGE_MAX),
    crashed: fc.boolean(),
    draftStore: anyStore,
    verification: fc.record({ measuredAtMs: moment, verified: fc.boolean() }),
  },
  { requiredKeys: ['nowMs', 'ageMsMax', 'crashed'] },
);

/** Each adds one problem to a posture. */
const WORSE_POSTURES: readonly Partial<ReadinessPosture>[] = [
  { measuredAtMs: NOW - AGE_MAX - 1 },
  { primaryReachable: false },
  { migrationsPending: true },
  { rootAttested: false },
  { logAvailable: false },
  { rolesFilled: false },
];
/** Each adds one problem to a draft store. */
const WORSE_STORES: readonly Partial<typeof DRAFT_STORE>[] = [
  { measuredAtMs: NOW - AGE_MAX - 1 },
  { reachable: false },
  { migrationsPending: true },
  { canWriteProduction: true },
];

describe('any answer', () => {
  it('is a valid document that names no place, whatever it is made from', () => {
    fc.assert(
      fc.property(anyVariables, anyPosture, anyProbes, (variables, posture, probes) => {
        const { config } = parseReadinessConfig(variables);
        const { document, detail } = evaluateReadiness(config, posture, probes);
        expect(Object.keys(document)).toEqual(
          Object.keys(JSON.parse(fixture('readiness-ready.json'))),
        );
        expect(READINESS_STATUSES).toContain(document.status);
        expect(DRAFT_STORE_ISOLATIONS).toContain(document.draft_store_isolation);
        expect(detail).toMatchObject(document);
        const text = JSON.stringify([document, detail, readinessPage(detail)]);
        expect(text).not.toMatch(/\.example|rlwy\.net|canary|store-1|§/);
        expect(document.production_write_from_self_service).toBe(
          probes.draftStore?.canWriteProduction === true,
        );
        if (document.status === 'ready_for_review') {
          expect(document).toMatchObject({
            production_like: true,
            production_write_from_self_service: false,
            launch_gate: { passes_enterprise_db_gate: true },
          });
        }
        const isYes = detail.can_continue === 'Yes for readiness review';
        expect(isYes).toBe(document.status === 'ready_for_review');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never better with one problem more', () => {
    const rank = (status: (typeof READINESS_STATUSES)[number]) =>
      READINESS_STATUSES.indexOf(status);
    fc.assert(
      fc.property(
        anyVariables,
        anyPosture,
        anyProbes,
        fc.tuple(fc.constantFrom(...WORSE_POSTURES), fc.constantFrom(...WORSE_STORES)),
        (variables, posture, probes, [worsePosture, worseStore]) => {
          const { config } = parseReadinessConfig(variables);
          const before = rank(evaluateReadiness(config, posture, probes).document.status);
          const after = [
            evaluateReadiness(config, posture && { ...posture, ...worsePosture }, probes),
            evaluateReadiness(config, posture, {
              ...probes,
              ...(probes.draftStore && { draftStore: { ...probes.draftStore, ...worseStore } }),
            }),
            evaluateReadiness(config, posture, { ...probes, crashed: true }),
          ];
          for (const { document } of after) {
            expect(rank(document.status)).toBeGreaterThanOrEqual(before);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the promises of the check groups', () => {
  it('name every code once, in the group where it is reported', () => {
    const named = CHECK_GROUPS.flatMap((group) =>
      GROUP_TEXTS[group].promises.flatMap(({ codes }) => codes.map((code) => [code, group])),
    );
    const reported = Object.entries(CODE_TEXTS).map(([code, { group }]) => [code, group]);
    expect(named.sort()).toEqual(reported.sort());
  });

  it('say how they are known where no code could break them', () => {
    for (const { promises } of Object.values(GROUP_TEXTS)) {
      expect(promises).toHaveLength(3);
      for (const { codes, construction } of promises) {
        expect(construction === undefined).toBe(codes.length > 0);
      }
    }
  });
});

describe('the page as data', () => {
  it('says what the seed page says when all is clear', () => {
    const page = readinessPage(evaluate(READY).detail);
    expect([page.word, page.sentence]).toEqual([
      'Ready for review',
      'Nothing blocks a launch here, so a review may start.',
    ]);
    expect(page.rows.map(({ label, text }) => [label, text])).toEqual([
      ['Can continue', 'Yes for readiness review'],
      ['Blocked by', 'No launch blocker in the readiness gate'],
      ['Missing next', 'Continue with the path or readiness detail'],
      ['Runtime boundary', 'No handler, endpoint, callable, or production write is created here.'],
    ]);
    expect(page.tiles).toEqual([
      { label: 'Draft store', text: 'Dedicated self-service store configured', ok: true },
      {
        label: 'Store requirement',
        text: 'Dedicated store is required before production',
        ok: true,
      },
      {
        label: 'Production writes',
        text: 'No production write from this readiness page',
        ok: true,
      },
      { label: 'Launch gate', text: 'Launch gate is clear', ok: true },
    ]);
  });

  it.each(rows)('follows row $row in its rows and tiles', (row) => {
    const { detail } = evaluate(variablesOf(row));
    const { rows: shown, tiles } = readinessPage(detail);
    const continues = {
      ready_for_review: 'Yes for readiness review',
      development_only: 'Drafting only',
    };
    expect(shown[0]?.text).toBe(
      Object.entries(continues).find(([one]) => one === row.status)?.[1] ?? 'No',
    );
    expect(tiles[1]?.text).toBe(
      row.requires_url
        ? 'Dedicated store is required before production'
        : 'Dedicated store is not required here',
    );
    expect(tiles[3]).toMatchObject({
      text: row.passes_gate ? 'Launch gate is clear' : 'Launch gate is closed',
      ok: row.passes_gate,
    });
  });

  it('names missing variables and blockers with their fix', () => {
    const { rows: shown } = readinessPage(evaluate({ CRATON_ENV: 'production' }).detail);
    expect(shown[2]?.text).toBe(
      'SELF_SERVICE_DATABASE_URL, DATABASE_URL, REQUIRE_SELF_SERVICE_DATABASE_URL',
    );
    const alarm = readinessPage(
      evaluate(READY, {}, withStore({ canWriteProduction: true })).detail,
    );
    expect(alarm.rows[1]?.items[0]).toMatchObject({ code: 'self_service_can_write_production' });
    expect(alarm.tiles[2]).toMatchObject({ ok: false });
    expect([alarm.word, alarm.sentence]).toEqual(['Blocked', '1 launch blocker was found.']);
  });

  it('puts failing groups first, with their failing checks first', () => {
    const { groups } = readinessPage(
      evaluate(READY, { rolesFilled: false, rootAttested: false }).detail,
    );
    expect(groups.map(({ id, state }) => [id, state])).toEqual([
      ['verification_surface', 'fail'],
      ['deployment_review', 'fail'],
      ['database_isolation', 'warning'],
      ['pre_execution_boundary', 'pass'],
    ]);
    expect(groups[0]?.checks[0]).toMatchObject({
      code: 'root_attestation',
      result: 'fail',
      age_s: 1,
    });
  });

  it.each([
    ['development_only', { CRATON_ENV: 'test' }, {}, /^Development only/],
    ['degraded', READY, withStore({ reachable: false }), /1 live check fails/],
    ['missing', { CRATON_ENV: 'production' }, {}, /3 items are missing/],
    ['error', READY, { crashed: true }, /evaluation itself failed/],
  ])('has a headline of its own for %s', (status, variables, probes, expected) => {
    const { detail } = evaluate(variables, {}, probes);
    expect(detail.status).toBe(status);
    const { word, sentence } = readinessPage(detail);
    expect(`${word}. ${sentence}`).toMatch(expected);
  });

  it('has a sentence for each isolation', () => {
    const { detail } = evaluate(READY);
    const texts = DRAFT_STORE_ISOLATIONS.map(
      (draft_store_isolation) => readinessPage({ ...detail, draft_store_isolation }).tiles[0]?.text,
    );
    expect(new Set(texts).size).toBe(5);
  });
});
