import type { JsonObject } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  composeSmokeRun,
  parseSmokeRun,
  SMOKE_STEPS,
  SMOKE_TARGETS,
  type SmokeRun,
  smokeRunObject,
  type SmokeTarget,
} from './smoke-run.ts';

function runOf(target: SmokeTarget, failing?: string): SmokeRun {
  return composeSmokeRun({
    target,
    environment: 'production',
    build: '0.1.0',
    started_at: '2026-11-22T10:00:00.000Z',
    ended_at: '2026-11-22T10:00:01.000Z',
    steps: SMOKE_STEPS[target].map((id) =>
      id === failing
        ? { id, status: 'failed', took_ms: 3, code: 'ERR_STORE_UNAVAILABLE' }
        : { id, status: 'passed', took_ms: 3 },
    ),
  });
}

describe('a smoke run', () => {
  it.each(SMOKE_TARGETS)('of %s passed if every step did, and is read as it was sent', (target) => {
    const run = runOf(target);
    expect(run.outcome).toBe('passed');
    expect(parseSmokeRun(smokeRunObject(run))).toEqual(run);
    for (const id of SMOKE_STEPS[target]) {
      const failed = runOf(target, id);
      expect(failed.outcome).toBe('failed');
      expect(failed.digest).not.toBe(run.digest);
      expect(parseSmokeRun(smokeRunObject(failed))).toEqual(failed);
    }
  });

  it('of a server that did not answer names no build', () => {
    const { build, ...run } = runOf('boundary', 'keys');
    expect(build).toBe('0.1.0');
    const silent = composeSmokeRun(run);
    expect(parseSmokeRun(smokeRunObject(silent))).not.toHaveProperty('build');
  });

  it('with fewer steps did not pass', () => {
    const run = runOf('boundary');
    expect(composeSmokeRun({ ...run, steps: run.steps.slice(1) }).outcome).toBe('failed');
    expect(composeSmokeRun({ ...run, steps: [] }).outcome).toBe('failed');
  });
});

describe('what somebody sends', () => {
  const run = smokeRunObject(runOf('boundary'));
  const steps = runOf('boundary').steps.map((step) => ({ ...step }));
  const [first = {}] = steps;
  const withFirst = (changes: JsonObject) => ({
    steps: [{ ...first, ...changes }, ...steps.slice(1)],
  });
  it.each<[what: string, changes: JsonObject, field: string]>([
    ['another schema', { schema: 'craton.smoke.run.v2' }, 'schema'],
    ['another target', { target: 'witness' }, 'target'],
    ['no environment', { environment: 'Production' }, 'environment'],
    ['a build that is a text', { build: 'of today' }, 'build'],
    ['an end before its beginning', { ended_at: '2026-11-22T09:59:59.999Z' }, 'ended_at'],
    ['no time', { started_at: 'today' }, 'started_at'],
    ['another outcome', { outcome: 'failed' }, 'outcome'],
    ['the digest of another', { environment: 'staging' }, 'digest'],
    ['a digest that is none', { digest: 'sha256:0' }, 'digest'],
    ['an unknown member', { note: 'all fine' }, 'note'],
    ['no steps', { steps: [] }, 'steps'],
    ['steps of the other target', { target: 'self_service' }, 'steps'],
    ['a step that is none', { steps: ['keys'] }, 'steps[0]'],
    ['a step with an unknown status', withFirst({ status: 'skipped' }), 'steps[0].status'],
    ['a step without its time', withFirst({ took_ms: -1 }), 'steps[0].took_ms'],
    ['a step of a day', withFirst({ took_ms: 86_400_000 }), 'steps[0].took_ms'],
    ['a step with a text for a code', withFirst({ code: 'all fine' }), 'steps[0].code'],
    ['a step with an unknown member', withFirst({ note: 'fine' }), 'steps[0].note'],
  ])('with %s is refused by name', (_what, changes, field) => {
    expect(() => parseSmokeRun({ ...run, ...changes })).toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_FIELD', field }) as Error,
    );
  });
});
