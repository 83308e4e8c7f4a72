import { readFileSync } from 'node:fs';
import { CratonError, ERROR_CODES } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { buildProblem, ERROR_MEANINGS, FIXERS } from './problem.ts';

interface Row {
  readonly code: string;
}

const published = JSON.parse(
  readFileSync(new URL('../../../spec/error-codes.json', import.meta.url), 'utf8'),
) as Row[];

describe('spec/error-codes.json', () => {
  it('names every code of the protocol package, and no other', () => {
    expect(published.map(({ code }) => code)).toEqual([...ERROR_CODES]);
    expect(Object.keys(ERROR_MEANINGS).sort()).toEqual([...ERROR_CODES].sort());
  });

  it('says of each what the code says', () => {
    const coded = ERROR_CODES.map((code) => ({ code, ...ERROR_MEANINGS[code] }));
    expect(published).toEqual(coded);
  });

  it.each(ERROR_CODES)('%s has a status, a fixer and one sentence', (code) => {
    const { status, fix_by, retry, sentence } = ERROR_MEANINGS[code];
    expect([null, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 500, 503]).toContain(
      status,
    );
    expect(FIXERS).toContain(fix_by);
    // The three statuses that pass by themselves, and no other, may be tried again.
    expect(retry).toBe(status === 503 || status === 429 || status === 408);
    expect(sentence).toMatch(/^[A-Z].{10,100}\.$/);
  });
});

describe('buildProblem', () => {
  it('has the members of RFC 9457 and our own', () => {
    const error = new CratonError('ERR_REQUEST_FIELD', 'case_id is empty.', { field: 'case_id' });
    expect(buildProblem(error, 'req_1', '/errors#')).toEqual({
      type: '/errors#ERR_REQUEST_FIELD',
      title: ERROR_MEANINGS.ERR_REQUEST_FIELD.sentence,
      status: 400,
      code: 'ERR_REQUEST_FIELD',
      detail: 'case_id is empty.',
      field: 'case_id',
      request_id: 'req_1',
    });
  });

  it.each([
    ['a foreign error', new TypeError('canary in a message')],
    ['no error at all', 'canary in a string'],
    ['a code without a status', new CratonError('ERR_RECEIPT_FORMAT', 'canary from the inside')],
  ])('hides %s', (_title, failure) => {
    const problem = buildProblem(failure, 'req_1', '/errors#');
    expect(problem).toMatchObject({ status: 500, code: 'ERR_INTERNAL', request_id: 'req_1' });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});
