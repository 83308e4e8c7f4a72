import { parseCheckRequest, utf8 } from '@craton/protocol';
import { expect, it } from 'vitest';
import { pathWithCondition } from '../test/documents.ts';
import { composeOpening, loadPath, submittedAuthority } from './index.ts';

const request = parseCheckRequest(
  utf8(
    JSON.stringify({
      partner_id: 'harbor_bank',
      gate_type: 'payment_release',
      system_scope: 'payment_hub',
      external_reference: 'REL-1',
      context: {
        authorization_status: 'present',
        authorization_reference: 'APR-7',
        authorization_source: 'approval_workflow',
      },
    }),
  ),
);

const PARTS = {
  request,
  facts: {},
  authority: submittedAuthority(request),
  ledger: { reference_reused: false },
  nonce: 'AAECAwQFBgcICQoLDA0ODw',
  requestId: 'req_019aa000-0000-7000-8000-000000000001',
  evaluatedAt: '2026-11-21T18:00:00.000Z',
  environment: 'development',
};

it('is not composed without a window fact that a rule names', () => {
  const path = loadPath(pathWithCondition('facts.window_count_24h < 5'));
  const match = { match: 'one', path } as const;
  const windows = { window_sum_usd_cents_24h: 1 };
  expect(() => composeOpening({ ...PARTS, match })).toThrow('window_count_24h');
  expect(() => composeOpening({ ...PARTS, match, windows })).toThrow('window_count_24h');
  const opening = composeOpening({ ...PARTS, match, windows: { ...windows, window_count_24h: 0 } });
  expect(opening.facts).toEqual({ window_count_24h: 0 });
});

it('records no facts where no path matched, whatever is given', () => {
  const opening = composeOpening({
    ...PARTS,
    match: { match: 'none' },
    facts: { country: 'CH' },
    windows: { window_count_24h: 1 },
  });
  expect(opening.facts).toEqual({});
});

it('takes status, source and reference from the request alone', () => {
  const forged = { ...PARTS.authority, status: 'forged', source: 'forged', reference: 'forged' };
  const opening = composeOpening({ ...PARTS, match: { match: 'none' }, authority: forged });
  expect(opening.authority).toEqual({
    class: 'submitted',
    status: 'present',
    source: 'approval_workflow',
    reference: 'APR-7',
  });
});
