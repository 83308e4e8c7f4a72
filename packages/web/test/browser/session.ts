/** One page in a fresh browser context that notes everything it asks for and complains about. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const ARTIFACTS = join(import.meta.dirname, '../../../../artifacts/web');

export interface Session {
  readonly page: Page;
  /** Addresses of all requests, in order. */
  readonly requests: string[];
  /** Errors of scripts and of the security policy. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

export async function openSession(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Session> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, requests, complaints, close: () => context.close() };
}

/** Findings of axe that stop somebody, as `rule: selector`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated by the driver: the page's own security policy would not let a script tag in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** How many CSS pixels the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** A picture of the whole page among the artefacts, which nobody commits. */
export async function savePicture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true });
}
