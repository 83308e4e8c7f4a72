/** A decision's whole life with a real server: checked, claimed once, confirmed, verified. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerificationReport } from '@craton/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Finished, runCraton, type Running, startCraton } from '../../test/craton-process.ts';
import { newFolder } from '../../test/temporary-folder.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.end('SIGKILL')));
});

const REQUEST = {
  partner_id: 'northstar_controls',
  gate_type: 'threshold_gate',
  system_scope: 'operations_console',
  decision_type: 'threshold_execution_request',
  decision_size_usd: 750_000,
  external_reference: 'host-request-1',
  context: {
    authorization_status: 'present',
    authorization_reference: 'approval-1',
    authorization_source: 'approval_workflow',
  },
};

/** What one of many equal commands printed. */
function documentOf({ out }: Finished): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}

describe('a decision', () => {
  it('is checked, claimed by one, confirmed, and verified without the server', async () => {
    const folder = newFolder();
    const env = { CRATON_DATA_DIR: join(folder, '.craton') };
    const server = startCraton(folder, ['start'], { PORT: '0', ...env });
    running.push(server);
    await server.waitFor('Check it without this server');
    writeFileSync(join(folder, 'request.json'), JSON.stringify(REQUEST));
    const trust = ['--trust', '.craton/trust-policy.txt', '--json'];
    const run = (...args: string[]) => runCraton(folder, [...args, ...trust], env);

    const checked = documentOf(await run('check', 'request.json'));
    expect(checked).toMatchObject({ holds: true, verdict: 'constrain' });
    const id = String(checked['commitment_id']);

    const claims = await Promise.all([run('claim', id), run('claim', id), run('claim', id)]);
    const codes = claims.map(({ code }) => code).toSorted();
    expect(codes).toEqual([0, 1, 1]);
    for (const claim of claims) {
      expect(documentOf(claim)).toMatchObject(
        claim.code === 0
          ? { holds: true, verdict: 'constrain', obligations: [{ type: 'dual_control' }] }
          : { code: 'ERR_ALREADY_CLAIMED' },
      );
    }

    const bundle = ['--bundle', 'confirmation.json'];
    const confirmed = await run('confirm', id, '--outcome', 'executed', ...bundle);
    expect(documentOf(confirmed)).toMatchObject({
      holds: true,
      flags: [],
      confirmer: { class: 'same_key' },
    });
    const again = documentOf(await run('confirm', id, '--outcome', 'failed'));
    expect(again).toMatchObject({ holds: true, flags: ['conflicts_with_earlier'] });

    expect(await server.end('SIGTERM')).toBe(0);
    const verified = await run('verify', 'confirmation.json', '--require', 'confirmation');
    const report = JSON.parse(verified.out) as VerificationReport;
    expect([verified.code, report.outcome]).toEqual([0, 'reached']);
    const codesOf = Object.fromEntries(report.checks.map((check) => [check.id, check.code]));
    expect(codesOf).toMatchObject({ confirmation: 'decision_linked', commitment: 'ok' });
  });
});
