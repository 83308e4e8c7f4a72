/** Every line of the two seed pages, to the element of our pages that carries it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gateCatalogue } from '@craton/policy';
import { describe, expect, it } from 'vitest';
import { type Element, elements, parseHtml, textOf } from '../../test/html.ts';
import { activationModel, readinessModel, siteModel } from '../../test/models.ts';
import { activationPage, readinessPage } from '../index.ts';

const SEEDS = new URL('../../../../../shared/seeds/', import.meta.url);
const isThere = existsSync(SEEDS);

const PAGES = {
  '000': () => activationPage(activationModel),
  '001': () => readinessPage(readinessModel),
} as const;
type Seed = keyof typeof PAGES;

function linesOf(seed: Seed): string[] {
  const name = readdirSync(SEEDS).find((file) => file.startsWith(`${seed}_`)) ?? '';
  const lines = readFileSync(new URL(name, SEEDS), 'utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** Labels that the kept text of the seed runs into what follows them. */
const LABELS = [
  'Start',
  'Readiness data',
  'Readiness',
  'Rollout gates',
  'Protocol / verify',
  'Minimum boundary fields',
  'No payload custody',
  'Machine-verifiable receipt',
];

/**
 * Running text of the seed, which our pages say in words of their own, to the id of the element
 * that says it.
 */
const OWN_WORDS: Readonly<Record<Seed, Readonly<Record<string, string>>>> = {
  '000': {
    'This page is now a readiness detail view, not a public top-level destination. Teams can prepare one production-bound boundary path while production rollout remains an explicit, reviewable operator step.':
      'about-gates',
    'Compose, preview, save, and request review for the first deployment stage.':
      'rule-self-service',
    'Activated only after owner, environment, security, SLA, smoke test, rollback, and support gates pass.':
      'rule-production',
    'No self-service draft action writes to formal runtime boundary tables or changes receipt verification logic.':
      'rule-boundary',
  },
  '001': {
    'Ready for review. No launch blockers found. Continue with the path or readiness detail.':
      'answer',
    'Draft work stays review-only until a production rollout is explicitly approved.':
      'about-check-pre-execution-boundary',
    'Self-service draft storage is separated from production boundary execution.':
      'about-check-database-isolation',
    'Receipts remain verifiable without re-implementing the signing path in self-service.':
      'about-check-verification-surface',
    'Rollout stays gated by owner, environment, support, and rollback readiness.':
      'about-check-deployment-review',
    'Craton does not need the full business payload to fix a boundary. The host sends the minimum boundary fields, receives a machine-verifiable result, and keeps sensitive context inside its own system.':
      'posture',
    'Partner, gate, system scope, authority context, and external reference are enough for the boundary check.':
      'minimum-boundary-fields',
    'Send only the fields needed for the boundary check. Craton does not need your full business payload. Do not send full transaction files, contract bodies, medical records, credentials, private keys, or your datasets.':
      'no-payload-custody',
    'The host and downstream systems verify the signed receipt and commitment ID without exposing the original case payload.':
      'machine-verifiable-receipt',
    'Map one production-bound boundary path and receive a draft boundary object plus API access context.':
      'step-1-scope',
    'Request deployment review. This stores intent only and does not touch production boundary runtime.':
      'step-2-review',
    'Production rollout happens only after environment, owner, SLA, rollback, and security review are confirmed.':
      'step-3-deploy',
    'After the initial scope is completed, continue current coverage or expand from the current path.':
      'step-4-continue',
  },
};

/** As many words in a row that our text and the seed share are a copy. */
const COPIED_WORDS = 6;

/** Every run of so many words, without punctuation. */
function runsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z0-9_-]+/g) ?? [];
  const count = Math.max(0, words.length - COPIED_WORDS + 1);
  return Array.from({ length: count }, (_, at) => words.slice(at, at + COPIED_WORDS).join(' '));
}

/** The parts of one line: number, label, sentence, without the marks of a list. */
function partsOf(line: string): string[] {
  if (line.startsWith('StartPrepare')) {
    // Three cards in one line of the kept text.
    return line.split(/(?<=[.]) (?=Readiness)/).flatMap(splitLabel);
  }
  const numbered = /^(0\d)(\D.*)$/.exec(line);
  if (numbered !== null) return numbered.slice(1);
  return splitLabel(line.replace(/^[-•] /, ''));
}

function splitLabel(text: string): string[] {
  const label = LABELS.find((one) => text.startsWith(one) && /^[A-Z]/.test(text.slice(one.length)));
  return label === undefined ? [text] : [label, text.slice(label.length)];
}

const decoded = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
const shown = (element: Element) => decoded(textOf(element)).trim();

/** Where each line that is no sentence must stand. */
const PLACES: readonly (readonly [line: RegExp, names: readonly string[]])[] = [
  [/^[-•] /, ['li']],
  [/^0\d/, ['span', 'h3', 'a']],
  [/^[1-4]\. /, ['h3']],
];

function carriersOf(page: readonly Element[], text: string): Element[] {
  return page.filter((element) => shown(element) === text);
}

describe.skipIf(!isThere)('a line of a seed page (skipped where ../shared is not there)', () => {
  const cases = isThere
    ? (['000', '001'] as const).flatMap((seed) => {
        const lines = linesOf(seed);
        const json = lines.indexOf('{');
        const texts = json < 0 ? lines : lines.slice(0, json);
        return texts.map((line) => [seed, line] as const);
      })
    : [];

  it.each(cases)('has an element on our page %s: %s', (seed, line) => {
    const page = parseHtml(PAGES[seed]());
    const main = parseHtml(elements(page, 'main')[0]?.inner ?? '');
    for (const part of partsOf(line)) {
      if (OWN_WORDS[seed][part] !== undefined) continue;
      const carriers = carriersOf(main, part);
      expect(carriers.length, `nothing carries ${JSON.stringify(part)}`).toBeGreaterThan(0);
      const [, names] = PLACES.find(([pattern]) => pattern.test(line)) ?? [];
      if (names === undefined) continue;
      const places = names.flatMap((name) => elements(main, name));
      expect(places.some((place) => shown(place).includes(part))).toBe(true);
    }
  });

  const rewritten = (['000', '001'] as const).flatMap((seed) =>
    Object.entries(OWN_WORDS[seed]).map(([text, id]) => [seed, id, text] as const),
  );

  it.each(rewritten)('of running text is said in our own words, page %s, #%s', (seed, id, text) => {
    const parts = cases.flatMap(([one, line]) => (one === seed ? partsOf(line) : []));
    expect(parts).toContain(text);
    const page = parseHtml(PAGES[seed]());
    const carrier = page.filter(({ attributes }) => attributes.get('id') === id);
    expect(carrier).toHaveLength(1);
    const own = carrier.map(shown).join('');
    expect(own.length).toBeGreaterThan(40);
    const ownRuns = runsOf(own);
    expect(runsOf(text).filter((run) => ownRuns.includes(run))).toEqual([]);
  });

  it('is looked for in all of both pages', () => {
    expect(cases.filter(([seed]) => seed === '000').length).toBeGreaterThan(40);
    expect(cases.filter(([seed]) => seed === '001').length).toBeGreaterThan(50);
  });

  it('that is not there is missed', () => {
    const page = parseHtml(PAGES['001']());
    expect(carriersOf(page, 'Ready for launch.')).toEqual([]);
  });

  it('of the JSON is in the block of code, as it is', () => {
    const lines = linesOf('001');
    const code = elements(parseHtml(PAGES['001']()), 'code').map(shown);
    const json = lines.slice(lines.indexOf('{')).join(' ');
    expect(code).toContain(json);
  });
});

describe('the readiness page', () => {
  it.each([true, false])('with single checks: %s', (showsDetail) => {
    const html = readinessPage({ site: siteModel, detail: readinessModel.detail, showsDetail });
    const ids = parseHtml(html).map(({ attributes }) => attributes.get('id'));
    expect(ids.includes('check-tls_not_required')).toBe(showsDetail);
    expect(ids).toContain('check-database-isolation');
  });

  it('opens what needs attention, first, and folds the rest away', () => {
    const detail = readinessModel.detail;
    const checks = detail.checks.map((check) =>
      check.code === 'root_attestation' ? { ...check, result: 'fail' as const } : check,
    );
    const page = parseHtml(
      readinessPage({ site: siteModel, detail: { ...detail, checks }, showsDetail: true }),
    );
    const open = elements(page, 'details').map(({ attributes }) => attributes.has('open'));
    expect(open[0]).toBe(true);
    expect(open.at(-1)).toBe(false);
    const [first] = elements(page, 'h3').map(shown);
    expect(first).toContain('Verification Surface');
    expect(textOf(...elements(page, 'main'))).toContain('CRATON_ATTESTATIONS_FILE');
  });
});

describe('the page of the rollout gates', () => {
  it('shows what the catalogue says, and nothing of a rollout', () => {
    const catalogue = gateCatalogue();
    const text = decoded(textOf(...parseHtml(activationPage({ site: siteModel, catalogue }))));
    for (const { title, owner, exit, criteria } of catalogue.gates) {
      for (const part of [title, owner, exit]) expect(text).toContain(part);
      for (const { id, text: sentence, evidence } of criteria) {
        for (const part of [id, sentence, evidence]) expect(text).toContain(part);
      }
    }
    for (const { side, rule } of catalogue.operating_rule) {
      expect(text).toContain(side);
      expect(text).toContain(rule);
    }
    expect(text).toContain(catalogue.digest);
  });

  it('changes with the catalogue', () => {
    const catalogue = gateCatalogue();
    const gates = catalogue.gates.map((gate) => ({ ...gate, exit: 'Another exit.' }));
    const page = activationPage({ site: siteModel, catalogue: { ...catalogue, gates } });
    expect(page).toContain('Another exit.');
    expect(page).not.toContain(catalogue.gates[0]?.exit);
  });

  it('is below Readiness, by its breadcrumb', () => {
    const page = parseHtml(PAGES['000']());
    const current = elements(page, 'a').filter(
      ({ attributes }) => attributes.get('aria-current') === 'page',
    );
    expect(current.map(shown)).toEqual(['Rollout gates']);
  });
});
