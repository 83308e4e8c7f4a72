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
      const carriers = carriersOf(main, part);
      expect(carriers.length, `nothing carries ${JSON.stringify(part)}`).toBeGreaterThan(0);
      const [, names] = PLACES.find(([pattern]) => pattern.test(line)) ?? [];
      if (names === undefined) continue;
      const places = names.flatMap((name) => elements(main, name));
      expect(places.some((place) => shown(place).includes(part))).toBe(true);
    }
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
