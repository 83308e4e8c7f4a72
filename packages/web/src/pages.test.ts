import { beforeAll, describe, expect, it } from 'vitest';
import {
  activationModel,
  agentApiModel,
  logModels,
  readinessModel,
  siteModel,
  verifyModel,
  wizardModels,
} from '../test/models.ts';
import { elements, parseHtml, textOf, type Element } from '../test/html.ts';
import {
  activationPage,
  agentApiPage,
  assets,
  homePage,
  logPage,
  protocolPage,
  selfServicePage,
  readinessPage,
  verifyHtmlFile,
  verifyPage,
} from './index.ts';

/** Everything that the server answers besides assets. A page may link to nothing else. */
const ROUTES = ['/', '/protocol', '/verify', '/verify.html', '/agent-api', '/log'].concat(
  Object.keys(agentApiModel.openapi['paths'] ?? {}),
  ['', '/readiness', '/readiness.json', '/readiness.schema.json', '/activation'].map(
    (path) => `/self-service${path}`,
  ),
  '/self-service/rollout-gates.json',
  '/self-service/readiness/checks.json',
  '/self-service/readiness/receipt',
);

const PAGES = [
  ['/', () => homePage({ site: siteModel })],
  ['/protocol', () => protocolPage({ site: siteModel })],
  ['/agent-api', () => agentApiPage(agentApiModel)],
  ['/verify', () => verifyPage(verifyModel)],
  ['/log', () => logPage(logModels.witnessed)],
  ['/self-service', () => selfServicePage(wizardModels.action)],
  ['/self-service/readiness', () => readinessPage(readinessModel)],
  ['/self-service/activation', () => activationPage(activationModel)],
  ['verify.html', () => verifyHtmlFile()],
] as const;

const GATES = '/self-service/activation';
const NAVIGATION = [
  ['/self-service', 'Start'],
  ['/self-service/readiness', 'Readiness'],
  ['/protocol', 'Protocol'],
  ['/verify', 'Verify'],
];

describe.each(PAGES)('%s', (path, render) => {
  let html: string;
  let page: Element[];

  beforeAll(() => {
    html = render();
    page = parseHtml(html);
  });

  it('is a document in English with a title and a description', () => {
    expect(html.startsWith('<!doctype html>\n')).toBe(true);
    expect(elements(page, 'html')[0]?.attributes.get('lang')).toBe('en');
    expect(textOf(elements(page, 'title')[0]!)).toMatch(/Craton/);
    const description = elements(page, 'meta').find(
      (meta) => meta.attributes.get('name') === 'description',
    );
    expect(description?.attributes.get('content')?.length).toBeGreaterThan(40);
  });

  it('has one h1 and never skips a level of headings', () => {
    const levels = page
      .filter(({ name }) => /^h[1-6]$/.test(name))
      .map(({ name }) => Number(name[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.slice(1).entries()) {
      expect(level - levels[index]!).toBeLessThanOrEqual(1);
    }
  });

  it('has header, main and footer, and a skip link that leads to main', () => {
    for (const landmark of ['header', 'main', 'footer']) {
      expect(elements(page, landmark)).toHaveLength(1);
    }
    const [first] = elements(page, 'a');
    const [main] = elements(page, 'main');
    expect(first?.attributes.get('href')).toBe(`#${main?.attributes.get('id')}`);
  });

  it('has no inline style and no inline handler', () => {
    for (const { attributes } of page) {
      expect(attributes.has('style')).toBe(false);
      expect([...attributes.keys()].filter((name) => /^on/.test(name))).toEqual([]);
    }
  });

  it('has no script in its text, but data and the one of the single file', () => {
    const inline = elements(page, 'script').filter(
      ({ attributes }) => !attributes.has('src') && attributes.get('type') !== 'application/json',
    );
    expect(inline).toHaveLength(path === 'verify.html' ? 1 : 0);
  });

  it('asks nobody else for anything', () => {
    const addresses = page.flatMap(({ attributes }) =>
      ['src', 'href', 'srcset', 'action', 'poster'].flatMap((name) => attributes.get(name) ?? []),
    );
    expect(addresses.filter((address) => /^(?:[a-z]+:)?\/\//.test(address))).toEqual([]);
    expect(html).not.toMatch(/@import|url\((?!data:)/);
  });

  it('links only to what exists', () => {
    const ids = page.flatMap(({ attributes }) => attributes.get('id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const links = page.flatMap(({ attributes }) => attributes.get('href') ?? []);
    for (const link of links) {
      const [target, fragment] = link.split('#');
      if (target !== '') {
        const exists = ROUTES.includes(target!) || assets().has(target!) || target === 'data:,';
        expect(exists, link).toBe(true);
      } else {
        expect(ids, link).toContain(fragment);
      }
    }
  });

  it('says nothing that a receipt cannot keep', () => {
    const words = /proof of|compliant|compliance|tamper-?proof|trusted time|guarantee|unhackable/i;
    expect(textOf(...page.filter(({ name }) => name === 'body'))).not.toMatch(words);
  });

  it('has the same four entries in its navigation, and not the rollout gates', () => {
    const navigation = elements(page, 'nav').find(
      ({ attributes }) => attributes.get('aria-label') === 'Main',
    );
    const links = elements(parseHtml(navigation?.inner ?? ''), 'a');
    const shown = links.map((link) => [link.attributes.get('href'), textOf(link)]);
    // The file to keep has no server beside it.
    expect(shown).toEqual(path === 'verify.html' ? [] : NAVIGATION);
    const gates = page.filter(({ attributes }) => attributes.get('href') === GATES);
    const leads = ['/self-service/readiness', GATES].includes(path);
    expect(gates.length > 0).toBe(leads);
  });

  it('names its entry of the navigation', () => {
    const current = page.filter(({ attributes }) => attributes.get('aria-current') === 'page');
    const isInFooterAlone = ['verify.html', '/agent-api', '/log'].includes(path);
    const expected = isInFooterAlone ? [] : [path];
    expect(current.map(({ attributes }) => attributes.get('href'))).toEqual(expected);
  });
});

describe('where self-service is not', () => {
  it('no navigation leads there', () => {
    const page = parseHtml(protocolPage({ site: { ...siteModel, hasSelfService: false } }));
    const links = elements(page, 'nav').flatMap(({ inner }) => elements(parseHtml(inner), 'a'));
    const paths = links.map(({ attributes }) => attributes.get('href') ?? '');
    expect(paths).toContain('/verify');
    expect(paths.filter((path) => path.startsWith('/self-service'))).toEqual([]);
  });
});

describe('links between pages', () => {
  it('lead to sections that exist', () => {
    const ids = new Map(
      PAGES.map(([path, render]) => [
        path as string,
        parseHtml(render()).flatMap(({ attributes }) => attributes.get('id') ?? []),
      ]),
    );
    for (const [, render] of PAGES) {
      for (const { attributes } of elements(parseHtml(render()), 'a')) {
        const [target, fragment] = attributes.get('href')!.split('#');
        if (target !== '' && fragment !== undefined) expect(ids.get(target!)).toContain(fragment);
      }
    }
  });
});
