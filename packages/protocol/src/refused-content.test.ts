import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCheckRequest } from './check-request.ts';
import { CratonError } from './errors.ts';
import { utf8 } from './bytes.ts';
import { refusedContentRule, REFUSED_CONTENT_RULES } from './refused-content.ts';

interface Cases {
  readonly rule: string;
  readonly positive: readonly { readonly about: string; readonly text: string }[];
  readonly negative: readonly { readonly about: string; readonly text: string }[];
}

function casesOf(rule: string): Cases {
  const file = new URL(`../test/refused-content/${rule.replace('_', '-')}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Cases;
}

function bodyWith(changes: Record<string, unknown>): Record<string, unknown> {
  return {
    partner_id: 'northstar_controls',
    gate_type: 'threshold_gate',
    system_scope: 'operations_console',
    external_reference: 'host-request-123',
    context: {
      authorization_status: 'present',
      authorization_reference: 'approval-2026-001',
      authorization_source: 'approval_workflow',
    },
    ...changes,
  };
}

function errorOf(body: unknown): CratonError {
  try {
    parseCheckRequest(utf8(typeof body === 'string' ? body : JSON.stringify(body)));
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The request was accepted.');
}

describe.each(REFUSED_CONTENT_RULES)('rule %s', (rule) => {
  const { positive, negative, ...file } = casesOf(rule);

  it('has 20 positive and 20 honest negative cases', () => {
    expect(file.rule).toBe(rule);
    expect(new Set(positive.map(({ text }) => text)).size).toBeGreaterThanOrEqual(20);
    expect(new Set(negative.map(({ text }) => text)).size).toBeGreaterThanOrEqual(20);
  });

  it.each(positive)('refuses $about', ({ text }) => {
    expect(refusedContentRule(text)).toBe(rule);
  });

  it.each(negative)('lets $about pass', ({ text }) => {
    expect(refusedContentRule(text)).toBeUndefined();
  });

  it('is found in every text of a request, and never echoed', () => {
    for (const { text } of positive) {
      const context = bodyWith({}).context as object;
      const bodies: [string, unknown][] = [
        ['external_reference', bodyWith({ external_reference: text })],
        ['partner_id', bodyWith({ partner_id: text })],
        ['context.facts.note', bodyWith({ context: { ...context, facts: { note: text } } })],
        ['unknown_member', bodyWith({ unknown_member: text })],
        ['unknown_member', bodyWith({ unknown_member: [['x', text]] })],
        ['unknown_member.inner', bodyWith({ unknown_member: { inner: text } })],
      ];
      for (const [field, body] of bodies) {
        const error = errorOf(body);
        expect(error).toMatchObject({ code: 'ERR_REQUEST_CONTENT_REFUSED', field });
        expect(error.message).toContain(`rule ${rule}`);
        expect(error.message).not.toContain(text);
      }
    }
  });
});

it('comes before the errors of fields', () => {
  const error = errorOf({ nothing_else: 'card 4111111111111111' });
  expect(error.code).toBe('ERR_REQUEST_CONTENT_REFUSED');
});

it.each(['4111111111111111', '4222222222222', '378282246310005', '4222222222222.00'])(
  'finds the card number %s sent as a number',
  (text) => {
    const body = JSON.stringify(bodyWith({ decision_size_usd: 1 })).replace(
      '"decision_size_usd":1',
      `"decision_size_usd":${text}`,
    );
    expect(errorOf(body)).toMatchObject({
      code: 'ERR_REQUEST_CONTENT_REFUSED',
      field: 'decision_size_usd',
    });
  },
);

it('takes an amount of 13 digits that is no card number', () => {
  const request = parseCheckRequest(
    utf8(JSON.stringify(bodyWith({ decision_size_usd: 9999999999999 }))),
  );
  expect(request.decisionSizeUsdCents).toBe(999_999_999_999_900);
});

it('takes a token in authorization_evidence, and still neither a key nor a card number', () => {
  const [token] = casesOf('jwt').positive;
  const [key] = casesOf('pem').positive;
  const parsed = parseCheckRequest(
    utf8(JSON.stringify(bodyWith({ authorization_evidence: token?.text }))),
  );
  expect(parsed.evidence).toMatchObject({ kind: 'jws', compact: token?.text });
  for (const text of [key?.text, '4111 1111 1111 1111']) {
    expect(errorOf(bodyWith({ authorization_evidence: text }))).toMatchObject({
      code: 'ERR_REQUEST_CONTENT_REFUSED',
      field: 'authorization_evidence',
    });
  }
  const context = { ...(bodyWith({}).context as object), authorization_evidence: token?.text };
  expect(errorOf(bodyWith({ context })).code).toBe('ERR_REQUEST_CONTENT_REFUSED');
});

it('does not show an unusual member name', () => {
  const secret = 'name 4111111111111111';
  const error = errorOf(bodyWith({ [secret]: 'card 4111111111111111' }));
  expect(error.code).toBe('ERR_REQUEST_CONTENT_REFUSED');
  expect(`${error.message} ${error.field ?? ''}`).not.toContain('4111');
});

it('takes time in proportion to the text, whatever the text', () => {
  // Patterns made to send a careless expression into backtracking.
  const seeds = [
    'eyJ-',
    '-----BEGIN ',
    '4111 ',
    '1',
    'ey.',
    '-ey',
    'A',
    '_',
    '4111-1111-',
    '{"a":',
  ];
  for (const seed of seeds) {
    const text = seed.repeat(Math.ceil(16_000 / seed.length));
    const times = [1, 2, 3].map(() => {
      const started = performance.now();
      refusedContentRule(text);
      return performance.now() - started;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  }
});

it('is total on any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const rule = refusedContentRule(text);
      expect(rule === undefined || REFUSED_CONTENT_RULES.includes(rule)).toBe(true);
    }),
  );
});

it('finds a card number wherever it stands between words', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { maxLength: 6 });
  fc.assert(
    fc.property(words, words, (before, after) => {
      const text = [...before, '4012888888881881', ...after].join(' ');
      expect(refusedContentRule(text)).toBe('card_number');
    }),
  );
});
