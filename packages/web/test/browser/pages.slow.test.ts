import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coveragePlanFile } from '../../src/index.ts';
import { planModels, siteModel } from '../models.ts';
import { browserPath, launchChromium } from './chromium.ts';
import { PAGES, type PageServer, startPageServer, STATES } from './page-server.ts';
import { openSession, overflow, savePicture, seriousFindings } from './session.ts';

const PATHS = Object.keys(PAGES);

/** Name of a picture. */
const nameOf = (path: string) => (path === '/' ? 'home' : path.slice(1).replaceAll('/', '-'));
/** What the keyboard stops at: one radio button of each group that has none chosen, or the chosen. */
const STOPS =
  'a[href], button:not([tabindex]), input:not([type=hidden], [type=radio]), textarea, summary, select';

const THEMES = ['light', 'dark'] as const;
const WIDTHS = [320, 1280] as const;

/** Long, because a loaded machine draws slowly; a page that hangs still ends the test. */
const TIMEOUT_MS = 120_000;

if (browserPath === undefined) console.warn('SKIPPED: no Chromium on PATH, page tests not run.');

describe.skipIf(browserPath === undefined)('pages in Chromium', { timeout: TIMEOUT_MS }, () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), startPageServer()]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), server.close()]);
  });

  /** Serious findings, overflow and requests of one page, as each of these looks. */
  async function inspect(path: string, looks: readonly (readonly [string, number])[]) {
    const { page, requests, complaints, close } = await openSession(browser);
    await page.goto(server.origin + path);
    for (const [theme, width] of looks) {
      await page.emulateMedia({ colorScheme: theme === 'dark' ? 'dark' : 'light' });
      await page.setViewportSize({ width, height: 900 });
      await savePicture(page, `${nameOf(path)}-${theme}-${width}`);
      expect([theme, width, await seriousFindings(page)]).toEqual([theme, width, []]);
      expect([theme, width, Math.max(0, await overflow(page))]).toEqual([theme, width, 0]);
    }
    expect(requests.filter((url) => !url.startsWith(`${server.origin}/`))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }

  it.each(PATHS)('%s is for everybody, in light and dark, narrow and wide', (path) =>
    inspect(
      path,
      THEMES.flatMap((theme) => WIDTHS.map((width) => [theme, width] as const)),
    ),
  );

  it.each(Object.keys(STATES))('%s is for everybody, in light and dark', (path) =>
    inspect(
      path,
      THEMES.flatMap((theme) => WIDTHS.map((width) => [theme, width] as const)),
    ),
  );

  it.each(PATHS)('%s fits 1600 px and twice the text size', async (path) => {
    const { page, close } = await openSession(browser, { viewport: { width: 1600, height: 1000 } });
    await page.goto(server.origin + path);
    await savePicture(page, `${nameOf(path)}-light-1600`);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 640, height: 900 });
    const style = await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('html { font-size: 200% }');
      document.adoptedStyleSheets = [sheet];
      return getComputedStyle(document.documentElement).fontSize;
    });
    expect(style).toBe('32px');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await close();
  });

  it.each(PATHS)('%s has the same words without scripts', async (path) => {
    const withScripts = await openSession(browser);
    const without = await openSession(browser, { javaScriptEnabled: false });
    const texts = await Promise.all(
      [withScripts, without].map(async ({ page }) => {
        await page.goto(server.origin + path);
        const text = await page.locator('main').innerText();
        return text.replace(/^Copy$/gm, '').replace(/\s+/g, ' ');
      }),
    );
    if (path === '/verify') expect(texts[1]).toContain('needs JavaScript');
    else expect(texts[1]).toBe(texts[0]);
    await Promise.all([withScripts.close(), without.close()]);
  });

  it('lets the keyboard skip to the content', async () => {
    const { page, close } = await openSession(browser);
    await page.goto(server.origin);
    await page.keyboard.press('Tab');
    const link = page.getByRole('link', { name: 'Skip to content' });
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect((await link.boundingBox())!.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      'Get a first receipt',
    );
    await close();
  });

  it('shows where the focus is, on everything that can have it', async () => {
    const { page, close } = await openSession(browser);
    for (const path of PATHS) {
      await page.goto(server.origin + path);
      const stops = await page.locator(STOPS).count();
      for (let stop = 0; stop < stops; stop += 1) {
        await page.keyboard.press('Tab');
        const width = await page.evaluate(() => {
          const element = document.activeElement!;
          const shown = element.closest('.button, .choice') ?? element;
          return parseFloat(getComputedStyle(shown).outlineWidth);
        });
        expect(width, `${path}, stop ${stop}`).toBeGreaterThanOrEqual(2);
      }
    }
    await close();
  });

  it('has targets of at least 24 px, in text excepted', async () => {
    const { page, close } = await openSession(browser, { viewport: { width: 320, height: 900 } });
    for (const path of PATHS) {
      await page.goto(server.origin + path);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('a[href], button, summary, input, textarea, select')]
          .filter(
            (element) =>
              element.closest(
                'p:not(.actions), .points dd, h3, figcaption > span, .choice, .check',
              ) === null,
          )
          .filter((element) => !element.matches('.visually-hidden, .skip-link'))
          .map((element) => [element.textContent, element.getBoundingClientRect()] as const)
          .filter(([, { width, height }]) => width > 0 && (height < 24 || width < 24))
          .map(([text]) => text),
      );
      expect(small, path).toEqual([]);
    }
    await close();
  });

  it('copies a command exactly', async () => {
    const { page, close } = await openSession(browser, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.goto(server.origin);
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('npm ci\nnpm start');
    await close();
  });

  it('opens the file of a coverage plan from the disk, in its style and without a request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'craton-plan-'));
    const file = join(folder, 'plan.html');
    const packet = planModels.saved.packet;
    const model = { site: siteModel, draftId: planModels.saved.draftId, packet };
    await writeFile(file, coveragePlanFile(model));
    const { page, requests, complaints, close } = await openSession(browser);
    const address = pathToFileURL(file).href;
    await page.goto(address);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    await savePicture(page, 'plan-file');
    await page.getByRole('heading', { name: 'Console limits' }).waitFor();
    const icon = await page.locator('svg').nth(1).boundingBox();
    expect(icon?.width).toBeLessThan(40);
    expect(requests).toEqual([address]);
    expect(complaints).toEqual([]);
    await close();
    await rm(folder, { recursive: true });
  });

  it.each(PATHS)('prints %s without buttons and navigation', async (path) => {
    const { page, close } = await openSession(browser, { colorScheme: 'dark' });
    await page.goto(server.origin + path);
    await page.emulateMedia({ media: 'print' });
    await savePicture(page, `${nameOf(path)}-print`);
    expect(await page.locator('nav[aria-label=Main]').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Copy' }).first().isVisible()).toBe(false);
    const ink = await page.evaluate(() => getComputedStyle(document.documentElement).color);
    expect(ink).toBe('rgb(22, 32, 42)');
    await close();
  });
});
