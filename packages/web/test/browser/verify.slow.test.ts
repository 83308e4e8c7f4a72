import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyHtmlFile } from '../../src/index.ts';
import { fullBundle, goldenCase } from '../golden.ts';
import { browserPath, launchChromium } from './chromium.ts';
import { type PageServer, startPageServer } from './page-server.ts';
import { openSession, overflow, savePicture, seriousFindings, type Session } from './session.ts';

/** Long, because a loaded machine draws slowly; a page that hangs still ends the test. */
const TIMEOUT_MS = 120_000;

if (browserPath === undefined) console.warn('SKIPPED: no Chromium on PATH, verifier not run.');

const full = fullBundle('constrain_raw_unicode');
const { expected } = goldenCase('constrain_raw_unicode');
const bundleText = JSON.stringify(full.bundle, null, 2);

/** The bundle with another reason in its payload. */
const tampered = (() => {
  const payload = expected.payload.replace('dual_control_required', 'dual_control_forgotten');
  const payload_b64 = Buffer.from(payload).toString('base64');
  return JSON.stringify({ ...full.bundle, receipt: { ...expected.receipt, payload_b64 } });
})();

describe.skipIf(browserPath === undefined)(
  'the verifier in Chromium',
  { timeout: TIMEOUT_MS },
  () => {
    let browser: Browser;
    let server: PageServer;
    let folder: string;
    let fileUrl: string;

    beforeAll(async () => {
      [browser, server] = await Promise.all([launchChromium(), startPageServer()]);
      folder = await mkdtemp(join(tmpdir(), 'craton-verify-'));
      await writeFile(join(folder, 'verify.html'), verifyHtmlFile());
      fileUrl = pathToFileURL(join(folder, 'verify.html')).href;
    });
    afterAll(async () => {
      await Promise.all([browser.close(), server.close(), rm(folder, { recursive: true })]);
    });

    async function open(place: 'file' | 'server', options = {}): Promise<Session> {
      const session = await openSession(browser, options);
      await session.page.goto(place === 'file' ? fileUrl : `${server.origin}/verify`);
      return session;
    }

    async function give(page: Page, subject: string, trust = full.trust_policy): Promise<void> {
      await page.getByLabel('Trust policy').fill(trust);
      await page.getByText('Time of checking, and what you ask for').click();
      await page.getByLabel('Time of checking, UTC').fill(full.checked_at);
      await page.getByLabel('Receipt, answer or bundle').fill(subject);
    }

    /** Status of every line that the page shows. */
    async function statuses(page: Page): Promise<Record<string, string>> {
      await page.locator('.outcome').waitFor();
      return page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll<HTMLElement>('.report-line')].map((line) => [
            line.id.replace('line-', ''),
            line.dataset['status'] ?? '',
          ]),
        ),
      );
    }

    const goldenStatuses = Object.fromEntries(
      full.report.checks.map(({ id, status }) => [id, status]),
    );

    describe.each(['file', 'server'] as const)('opened from a %s', (place) => {
      it('shows every line of a good bundle, and asks nobody', async () => {
        const { page, requests, complaints, close } = await open(place);
        const before = requests.length;
        await give(page, bundleText);
        expect(await statuses(page)).toEqual(goldenStatuses);
        expect(await page.locator('.outcome h2').innerText()).toBe('The record holds');
        expect(await page.locator('.decision-verdict').innerText()).toContain('constrain');
        // The browser itself fetches the icon of a tab, at a moment of its own.
        const after = requests.slice(before).filter((url) => !url.includes('/assets/icon.'));
        expect(after).toEqual([]);
        expect(
          requests.every((url) => /^(?:file|data):/.test(url) || url.startsWith(server.origin)),
        ).toBe(true);
        expect(complaints).toEqual([]);
        await close();
      });

      it('names the line that fails, and hides what nobody signed', async () => {
        const { page, complaints, close } = await open(place);
        await give(page, tampered);
        const shown = await statuses(page);
        expect(shown).toMatchObject({
          payload: 'verified',
          signature: 'failed',
          issuer: 'not_checked',
        });
        expect(await page.locator('.outcome').innerText()).toMatch(
          /Do not rely on this receipt\s+First line that fails: Signature\./,
        );
        expect(await page.locator('.decision').count()).toBe(0);
        expect(await page.locator('.result').innerText()).not.toContain('northstar_controls');
        expect(complaints).toEqual([]);
        await close();
      });
    });

    const states = (['good', 'tampered'] as const).flatMap((state) =>
      (['light', 'dark'] as const).flatMap((colorScheme) =>
        [320, 1280].map((width) => ({ state, colorScheme, width })),
      ),
    );
    it.each(states)('shows a $state bundle in $colorScheme at $width px', async (view) => {
      const { state, colorScheme, width } = view;
      const { page, close } = await open('server', {
        colorScheme,
        viewport: { width, height: 900 },
      });
      await give(page, state === 'good' ? bundleText : tampered);
      await page.locator(state === 'good' ? '.is-reached' : '.outcome.is-failed').waitFor();
      const closed = page.locator('details:not([open]) > summary');
      while ((await closed.count()) > 0) {
        await closed.first().click();
      }
      expect(await seriousFindings(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await savePicture(page, `verify-${state}-${colorScheme}-${width}`);
      await close();
    });

    it('says that a receipt without a trust policy is not enough', async () => {
      const { page, close } = await open('server');
      await page.getByLabel('Receipt, answer or bundle').fill(bundleText);
      expect(await statuses(page)).toMatchObject({ signature: 'verified', issuer: 'not_checked' });
      expect(await page.locator('.outcome h2').innerText()).toBe('Not enough to rely on');
      expect(await page.locator('.result').innerText()).toContain('Read it as a claim');
      await close();
    });

    it('asks for keys where a receipt comes alone, and takes them from a dropped file', async () => {
      const { page, close } = await open('file');
      await give(page, JSON.stringify(expected.receipt));
      await page.getByText('A receipt alone has no key').waitFor();
      const keys = { keys: [expected.jwk], attestations: expected.attestations };
      await page.locator('input[type=file]').setInputFiles({
        name: 'keys.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(keys)),
      });
      expect(await statuses(page)).toMatchObject({ signature: 'verified', issuer: 'verified' });
      await close();
    });

    it('uses the keys of the server for a bare answer, and says so', async () => {
      const { page, close } = await open('server');
      const opening: unknown = JSON.parse(expected.opening);
      await give(
        page,
        JSON.stringify({ verdict: 'constrain', opening, receipt: expected.receipt }),
      );
      expect(await statuses(page)).toMatchObject({
        signature: 'verified',
        issuer: 'verified',
        commitment: 'verified',
      });
      expect(await page.locator('.result').innerText()).toContain('this server put into the page');
      await close();
    });

    it('puts each dropped file where it belongs', async () => {
      const { page, close } = await open('file');
      await page.locator('.drop').evaluate(
        (zone, texts) => {
          const dataTransfer = new DataTransfer();
          for (const [index, text] of texts.entries()) {
            dataTransfer.items.add(new File([text], `file-${index}`));
          }
          zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
        },
        [full.trust_policy, bundleText],
      );
      expect(await statuses(page)).toMatchObject({ issuer: 'verified' });
      expect(await page.getByLabel('Trust policy').inputValue()).toBe(full.trust_policy);
      await close();
    });

    it('says what it cannot read', async () => {
      const { page, close } = await open('file');
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText('There is nothing to check yet').waitFor();
      await page.getByLabel('Receipt, answer or bundle').fill('{"kid": 1, "kid": 2}');
      await page.getByText('Not recognised.').waitFor();
      await give(page, bundleText, 'craton-policy v1\nnonsense\n');
      await page.locator('.status-line').getByText('Line 2 of the policy').waitFor();
      await page.getByLabel('Trust policy').fill('');
      await page.getByLabel('Time of checking, UTC').fill('yesterday');
      await page.getByText('The time of checking must look like').waitFor();
      await close();
    });

    it('says "not checked" where the browser has no Ed25519, never "failed"', async () => {
      const session = await openSession(browser);
      await session.page.addInitScript(() => {
        crypto.subtle.importKey = () =>
          Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
      });
      await session.page.goto(fileUrl);
      await give(session.page, bundleText);
      const shown = await statuses(session.page);
      expect(shown['signature']).toBe('not_checked');
      expect(Object.values(shown)).not.toContain('failed');
      expect(await session.page.locator('.outcome h2').innerText()).toBe('Not enough to rely on');
      expect(await session.page.locator('.decision').count()).toBe(0);
      await session.close();
    });

    it('is done by the keyboard alone', async () => {
      const { page, close } = await open('server');
      const until = async (name: string) => {
        for (let presses = 0; presses < 40; presses += 1) {
          await page.keyboard.press('Tab');
          const label = await page.evaluate(() => {
            const element = document.activeElement;
            return element?.textContent || element?.id;
          });
          if (label === name) return;
        }
        throw new Error(`The keyboard does not reach ${name}.`);
      };
      await until('subject');
      await page.keyboard.insertText(bundleText);
      await until('trust');
      await page.keyboard.insertText(full.trust_policy);
      await until('Verify');
      await page.keyboard.press('Enter');
      await page.locator('.outcome').waitFor();
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('outcome');
      await close();
    });

    it('saves the report and the script that were shown', async () => {
      const { page, close } = await open('server');
      await give(page, bundleText);
      for (const [name, start] of [
        ['report.json', '{\n  "object": "craton.verification.report.v1"'],
        ['check.sh', '#!/bin/sh\nset -eu\n'],
      ] as const) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: `Save ${name}` }).click(),
        ]);
        expect(download.suggestedFilename()).toBe(name);
        const chunks: Buffer[] = [];
        for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).toString()).toContain(start);
      }
      await close();
    });

    it('verifies its own example', async () => {
      const { page, close } = await open('file');
      await page.getByRole('button', { name: 'Try the published example' }).click();
      expect(await statuses(page)).toMatchObject({
        issuer: 'verified',
        verdict_recomputed: 'verified',
      });
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.locator('.outcome').waitFor({ state: 'detached' });
      await close();
    });
  },
);
