import { recomputeVerdict } from '@craton/policy';
import { type VerificationReport, utf8 } from '@craton/protocol';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { fullBundle, goldenCases } from '../../test/golden.ts';
import { elements, parseHtml, textOf } from '../../test/html.ts';
import { check, type Checked } from './check.ts';
import { Result } from './result.tsx';
import { outcomeWords } from './words.ts';

async function checked(name: string, change = (text: string) => text): Promise<Checked> {
  const { bundle, trust_policy, checked_at } = fullBundle(name);
  const gathered = {
    state: 'ready',
    bundle: utf8(change(JSON.stringify(bundle))),
    trustPolicy: trust_policy,
    usesKeysOfPage: false,
  } as const;
  return check(gathered, {
    atMs: Date.parse(checked_at),
    require: 'payload,signature,issuer',
    recompute: recomputeVerdict,
  });
}

function show(answer: Checked): { html: string; text: string } {
  const html = renderToString(<Result checked={answer} />);
  return { html, text: textOf({ name: 'div', attributes: new Map(), inner: html }) };
}

const NAMES = goldenCases.map(({ name }) => name);

describe('what the page shows', () => {
  it.each(NAMES)('of %s: every line with its sentence, and what was signed', async (name) => {
    const answer = await checked(name);
    const { html, text } = show(answer);
    const shown = elements(parseHtml(html), 'li').filter(({ attributes }) =>
      attributes.get('id')?.startsWith('line-'),
    );
    expect(shown.map(({ attributes }) => attributes.get('data-status'))).toEqual(
      answer.report.checks.map(({ status }) => status),
    );
    const payload = answer.signed?.payload;
    expect(text).toContain(`number ${payload?.seq} of epoch ${payload?.epoch} in its stream`);
    expect(text).toContain(
      payload?.receipt_type === 'boundary_decision' ? payload.verdict : payload?.receipt_type,
    );
    expect(html).not.toMatch(/ style=/);
  });

  it('says what a decision under observe is worth', async () => {
    expect(show(await checked('observe_allow')).text).toContain('observed only, permits nothing');
  });

  it('says that no path matched', async () => {
    expect(show(await checked('unmatched')).text).toContain('no live path matched');
  });

  it('calls it a claim where no root stands behind the key', async () => {
    const answer = await checked('allow');
    const issuer = answer.report.checks.find(({ id }) => id === 'issuer')!;
    const checks = answer.report.checks.map((line) =>
      line === issuer ? { ...line, status: 'not_checked' as const } : line,
    );
    const text = show({ ...answer, report: { ...answer.report, checks } }).text;
    expect(text).toContain('Read it as a claim');
    expect(show(answer).text).not.toContain('Read it as a claim');
  });

  it('shows nothing of a payload that nobody signed, not even in the source', async () => {
    const receipt = fullBundle('allow').bundle['receipt'] as Record<string, string>;
    const forged = Buffer.from(
      Buffer.from(receipt['payload_b64']!, 'base64')
        .toString()
        .replace('within_limit', 'very_safe_xx'),
    ).toString('base64');
    const answer = await checked('allow', (text) => text.replace(receipt['payload_b64']!, forged));
    const { html, text } = show(answer);
    expect(text).toContain('Do not rely on this receipt');
    expect(text).toContain('no signature over it is verified');
    expect(html).not.toContain('very_safe_xx');
  });

  it('escapes what others wrote', async () => {
    const answer = await checked('allow');
    const signed = { ...answer.signed!, text: '<img src=x onerror=alert(1)>' };
    expect(show({ ...answer, signed }).html).not.toContain('<img');
  });

  it('mentions that keys or trust came from nowhere better', async () => {
    const answer = await checked('allow');
    expect(show({ ...answer, usesKeysOfPage: true }).text).toContain('no reason to trust them');
    expect(show({ ...answer, hasTrustPolicy: false }).text).toContain('No trust policy was given');
  });
});

describe('the headline', () => {
  async function wordsOf(change: Partial<VerificationReport>): Promise<[string, string]> {
    const { report } = await checked('allow');
    const { title, sentence } = outcomeWords({ ...report, ...change });
    return [title, sentence];
  }

  it('never stands for more than what was asked', async () => {
    const [title, sentence] = await wordsOf({});
    expect(title).toBe('The record holds');
    expect(sentence).toContain('Asked for and verified: Well-formed payload, Signature, Issuer.');
    expect(sentence).toContain('Only said by somebody: Approval.');
    expect(sentence).toContain('Not covered: Bound to the action, In the log, Witnessed,');
    expect(sentence).toContain('does not say that the action was permitted');
  });

  it('names the line that is missing', async () => {
    const required = ['payload', 'signature', 'log_inclusion'] as const;
    const [title, sentence] = await wordsOf({ outcome: 'insufficient', required });
    expect(title).toBe('Not enough to rely on');
    expect(sentence).toContain('not all that was asked for is verified. In the log.');
  });

  it('names the first line that fails, asked for or not', async () => {
    const { report } = await checked('allow');
    const checks = report.checks.map((line) =>
      line.id === 'commitment' ? { ...line, status: 'failed' as const } : line,
    );
    const [title, sentence] = await wordsOf({ outcome: 'failed', checks });
    expect(title).toBe('Do not rely on this receipt');
    expect(sentence).toContain('First line that fails: What was evaluated.');
  });
});
