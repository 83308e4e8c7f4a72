/** `craton paths check`, which needs no boundary; the others are tested against a real one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  PROJECT_DIR,
  writeJson,
  writeText,
} from '../../test/fake-context.ts';

const SAMPLE = JSON.parse(
  readFileSync(join(PROJECT_DIR, 'spec/sample-path.json'), 'utf8'),
) as Record<string, unknown> & {
  readonly policy: { readonly rules: readonly Record<string, unknown>[] };
};

let context: FakeContext;

beforeEach(() => {
  context = fakeContext();
});

const check = (...flags: string[]) => craton(context, 'paths', 'check', 'path.json', ...flags);

describe('craton paths check', () => {
  it('tells a document that is in order in words, a sentence for each rule', async () => {
    writeJson(context, 'path.json', SAMPLE);
    const { code, out, err } = await check();
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('path.json is in order.');
    expect(out).toMatch(/answers for +threshold_gate in operations_console/);
    expect(out).toContain(
      'authorization: Rejects (authorization_missing) if authority.status != "present"',
    );
    for (const { id } of SAMPLE.policy.rules) expect(out).toContain(`  ${String(id)}: `);
  });

  it('answers JSON with the digest', async () => {
    writeJson(context, 'path.json', SAMPLE);
    const answer = jsonOf(await check('--json'));
    expect(answer).toMatchObject({
      object: 'craton.path_check.v1',
      path_id: 'sample-threshold',
      version: 1,
      window_facts: [],
      policy_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    });
    expect((answer as { rules: object[] }).rules).toHaveLength(SAMPLE.policy.rules.length);
  });

  const withRule = (when: string): object => ({
    ...SAMPLE,
    policy: { ...SAMPLE.policy, rules: [{ ...SAMPLE.policy.rules[0], when }] },
  });

  it.each([
    ['an unknown member', { ...SAMPLE, extra: 1 }, 'ERR_PATH_DOCUMENT', 'extra is not known'],
    ['no salt', { ...SAMPLE, salt: undefined }, 'ERR_PATH_DOCUMENT', 'salt is missing'],
    ['a slow condition', withRule('authority.status.matches("a*")'), 'ERR_POLICY_RULE', 'when'],
    ['a condition of no bool', withRule('authority.status'), 'ERR_POLICY_RULE', 'when'],
  ])('refuses %s by name', async (_title, document, code, words) => {
    writeJson(context, 'path.json', document);
    const ran = await check();
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain(words);
    expect(jsonOf(await check('--json'))).toMatchObject({ code, exit_code: 1 });
  });

  it('refuses what is no JSON, and a file that is not there', async () => {
    writeText(context, 'path.json', '{"a":1,"a":1}');
    expect(jsonOf(await check('--json'))).toMatchObject({ code: 'ERR_JSON_DUPLICATE_KEY' });
    expect((await craton(context, 'paths', 'check', 'none.json')).err).toContain('does not exist');
  });
});
