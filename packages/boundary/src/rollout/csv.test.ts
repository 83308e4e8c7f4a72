import { expect, it } from 'vitest';
import { recordsCsv } from './csv.ts';

const RECORD = {
  seq: 1,
  at: '2026-11-22T03:00:00.000Z',
  actor: 'act_one',
  kind: 'noted',
  digest: 'sha256:1',
  body: { reason: 'He said "no", twice.' },
};

it('has one line for each record, which every reader of CSV takes apart again', () => {
  expect(recordsCsv([RECORD])).toBe(
    [
      'seq,at,actor,kind,digest,body',
      '1,2026-11-22T03:00:00.000Z,act_one,noted,sha256:1,"{""reason"":""He said \\""no\\"", twice.""}"',
      '',
    ].join('\r\n'),
  );
});

it('gives no spreadsheet something to run', () => {
  const [, line = ''] = recordsCsv([{ ...RECORD, actor: '=1+1', body: 'x' }]).split('\r\n');
  expect(line).toContain(",'=1+1,");
});
