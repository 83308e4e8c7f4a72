/** Decision cases, written by hand from PROTOCOL: request in, decision and opening out. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  CratonError,
  type Decision,
  type JsonObject,
  type Opening,
  parseCheckRequest,
  readOpening,
  utf8,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  composeOpening,
  evaluate,
  type LoadedPath,
  loadPath,
  needsFor,
  PathIndex,
  readFacts,
  recomputeVerdict,
  submittedAuthority,
} from '../src/index.ts';
import { type CaseFile, type DecisionCase, parseCaseFile } from './case-file.ts';
import { payloadOf } from './payload.ts';

const FOLDER = new URL('./cases/', import.meta.url);

const FILES = readdirSync(FOLDER).map((name): [string, CaseFile] => [
  name,
  parseCaseFile(readFileSync(new URL(name, FOLDER), 'utf8')),
]);

interface Run {
  readonly path: LoadedPath | undefined;
  readonly opening: Opening;
  readonly decision: Decision;
}

function run(file: CaseFile, decisionCase: DecisionCase): Run {
  const request = parseCheckRequest(utf8(decisionCase.request));
  const index = new PathIndex(
    decisionCase.paths.map((name) => loadPath(file.paths[name] as JsonObject)),
  );
  const match = index.match(request);
  const path = match.match === 'one' ? match.path : undefined;
  const opening = composeOpening({
    request,
    match,
    facts: path === undefined ? {} : readFacts(path, request),
    windows: decisionCase.windows ?? {},
    authority: decisionCase.authority ?? submittedAuthority(request),
    ledger: { reference_reused: decisionCase.reference_reused ?? false },
    nonce: 'AAECAwQFBgcICQoLDA0ODw',
    requestId: 'req_019aa000-0000-7000-8000-000000000001',
    evaluatedAt: decisionCase.evaluated_at ?? '2026-11-21T18:00:00.000Z',
    environment: 'development',
  } as Parameters<typeof composeOpening>[0]);
  return { path, opening, decision: evaluate(path, opening) };
}

it('has at least 60 cases', () => {
  const count = FILES.reduce((sum, [, { cases }]) => sum + cases.length, 0);
  expect(count).toBeGreaterThanOrEqual(60);
});

describe.each(FILES)('%s', (_name, file) => {
  const decided = file.cases.filter(({ expected }) => expected.error === undefined);
  const refused = file.cases.filter(({ expected }) => expected.error !== undefined);

  it.each(decided)('$name', (decisionCase) => {
    const { path, opening, decision } = run(file, decisionCase);
    const { snapshot, ledger, needs, opening: members = {}, ...expected } = decisionCase.expected;
    expect(decision).toStrictEqual(expected);
    if (needs !== undefined) {
      expect(needsFor(path, opening, decision)).toStrictEqual(needs ?? undefined);
    }
    if (ledger !== undefined) expect(opening.ledger).toStrictEqual(ledger);
    if (snapshot !== undefined) {
      const digest = path && { policy_digest: path.policyDigest };
      expect(opening.boundary_snapshot).toStrictEqual({ ...snapshot, ...digest });
    }
    for (const [member, value] of Object.entries(members)) {
      expect(opening[member as keyof Opening]).toStrictEqual(value);
    }
  });

  it.each(decided)('$name: the opening has its form, and the verdict is found again', (decided) => {
    const { path, opening, decision } = run(file, decided);
    expect(readOpening(opening as unknown as JsonObject)).toBe(opening);
    const policy = path?.document as unknown as JsonObject;
    const result = recomputeVerdict({ payload: payloadOf(opening, decision), opening, policy });
    expect(result.code).toBe(path === undefined ? 'ledger_statement' : 'ok');
  });

  it.each(refused)('$name', (decisionCase) => {
    let caught: unknown;
    try {
      run(file, decisionCase);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(CratonError);
    expect(caught).toMatchObject(decisionCase.expected.error ?? {});
  });
});
