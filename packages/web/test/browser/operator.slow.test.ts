/** The forms of operators by keyboard alone, without scripts: what the browser sends. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchChromium } from './chromium.ts';
import { type PageServer, startPageServer } from './page-server.ts';
import { openSession } from './session.ts';

/** Long, because a loaded machine draws slowly; a page that hangs still ends the test. */
const TIMEOUT_MS = 120_000;
/** More than any page has. */
const STOPS_MAX = 200;

if (browserPath === undefined) console.warn('SKIPPED: no Chromium on PATH, forms not walked.');

describe.skipIf(browserPath === undefined)('forms of operators', { timeout: TIMEOUT_MS }, () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), startPageServer()]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), server.close()]);
  });

  /** Opens a page without scripts, and notes the form that is sent from it. */
  async function open(path: string) {
    const { page, close } = await openSession(browser, { javaScriptEnabled: false });
    const sent: [path: string, fields: Record<string, string>][] = [];
    await page.route('**/*', async (route) => {
      const request = route.request();
      if (request.method() !== 'POST') return route.continue();
      const fields = Object.fromEntries(new URLSearchParams(request.postData() ?? ''));
      sent.push([new URL(request.url()).pathname, fields]);
      return route.fulfill({ status: 204 });
    });
    await page.goto(server.origin + path);
    return { page, sent, close };
  }

  /** Presses Tab until the focus is there. */
  async function tabTo(page: Page, selector: string): Promise<void> {
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      await page.keyboard.press('Tab');
      if ((await page.locator(`${selector}:focus`).count()) > 0) return;
    }
    throw new Error(`The keyboard does not reach ${selector}.`);
  }

  it('approves a gate with the digests that are on the page', async () => {
    const { page, sent, close } = await open('/operator-rollout/review');
    await tabTo(page, '#G2 summary');
    await page.keyboard.press('Enter');
    await tabTo(page, '#G2-reason');
    await page.keyboard.type('Isolation is as measured.');
    await tabTo(page, '#G2 button[value=approve]');
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await page.keyboard.press('Enter');
    await asked;
    await expect
      .poll(() => sent)
      .toEqual([
        [
          `/operator/rollouts/rol_${'A'.repeat(22)}/decide`,
          {
            csrf_token: 'A'.repeat(43),
            gate: 'G2',
            packet_digest: `sha256:${'c'.repeat(64)}`,
            scope_digest: `sha256:${'d'.repeat(64)}`,
            role: 'craton_operator',
            reason: 'Isolation is as measured.',
            decision: 'approve',
          },
        ],
      ]);
    await close();
  });

  it('deploys with the name of the path, and rolls back with a reason', async () => {
    const ready = await open('/operator-rollout/ready');
    await tabTo(ready.page, '#deploy-path');
    await ready.page.keyboard.type('payment-release');
    await ready.page.keyboard.press('Enter');
    await expect
      .poll(() => ready.sent)
      .toEqual([
        [
          `/operator/rollouts/rol_${'A'.repeat(22)}/deploy`,
          { csrf_token: 'A'.repeat(43), confirm_path_id: 'payment-release' },
        ],
      ]);
    await ready.close();
    const live = await open('/operator-path/live');
    await tabTo(live.page, '#reason');
    await live.page.keyboard.type('Too early.');
    await live.page.keyboard.press('Enter');
    await expect
      .poll(() => live.sent)
      .toEqual([
        [
          `/operator/rollouts/rol_${'A'.repeat(22)}/rollback`,
          { csrf_token: 'A'.repeat(43), reason: 'Too early.' },
        ],
      ]);
    await live.close();
  });

  it('hides no stop of the keyboard behind the bar with the digest', async () => {
    const { page, close } = await openSession(browser);
    await page.goto(`${server.origin}/operator-rollout/review`);
    const stops = await page.locator('main a[href], main button, main summary').count();
    for (let stop = 0; stop < stops; stop += 1) {
      await page.keyboard.press('Tab');
      const isHidden = await page.evaluate(() => {
        const focused = document.activeElement?.getBoundingClientRect();
        const bar = document.querySelector('.packet-bar')?.getBoundingClientRect();
        if (focused === undefined || bar === undefined) return true;
        return focused.top >= bar.top && focused.bottom <= bar.bottom;
      });
      expect([stop, isHidden]).toEqual([stop, false]);
    }
    await close();
  });
});
