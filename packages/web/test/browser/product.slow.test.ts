/** The pages as the product serves them: its headers, its links, and the commands that they show. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { browserPath, launchChromium } from './chromium.ts';
import { openSession } from './session.ts';

/** A server starts in about a second, and in many on a busy machine. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** More than any page has. */
const STOPS_MAX = 200;

const CRATON = join(import.meta.dirname, '../../../../craton');

const PAGES = [
  '/',
  '/self-service',
  '/self-service/readiness',
  '/self-service/activation',
  '/protocol',
  '/agent-api',
  '/log',
  '/verify',
  '/kitchen-sink',
];

if (browserPath === undefined) console.warn('SKIPPED: no Chromium on PATH, product not looked at.');

describe.skipIf(browserPath === undefined)('the product in Chromium', () => {
  let browser: Browser;
  let server: ChildProcess;
  let folder: string;
  let origin: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'craton-product-'));
    symlinkSync(CRATON, join(folder, 'craton'));
    server = spawn(CRATON, ['start'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', CRATON_DATA_DIR: join(folder, '.craton') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    origin = await baseUrlOf(server);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await ended(server);
    await rm(folder, { recursive: true, force: true });
  });

  it('links only to what it serves', async () => {
    const { page, complaints, requests, close } = await openSession(browser);
    for (const path of PAGES) {
      const answer = await page.goto(origin + path);
      expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'");
      const links = await page.evaluate(() =>
        [...document.querySelectorAll('a[href]')].map((link) => (link as HTMLAnchorElement).href),
      );
      for (const link of new Set(links.map((href) => href.replace(/#.*/, '')))) {
        expect([link, (await fetch(link)).status]).toEqual([link, 200]);
      }
    }
    expect(requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('leads from a few words to a saved draft and its review, without scripts', async () => {
    const { page, complaints, requests, close } = await openSession(browser, {
      javaScriptEnabled: false,
    });
    const go = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const see = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
    await page.goto(`${origin}/self-service`);
    await page.getByLabel('Or describe it in your own words').fill('pay suppliers above a limit');
    await go('Continue');
    await see('Is this the pattern?');
    await page.getByLabel('Amount threshold').check();
    await go('Continue');
    await page.getByLabel('Partner').fill('No Label');
    await go('Continue');
    await page.getByRole('alert').getByText('Partner').waitFor();
    await page.getByLabel('Partner').fill('northstar_controls');
    await page.getByLabel('Unit').fill('operations');
    await page.getByLabel('System scope').fill('operations_console');
    await go('Continue');
    await page.getByLabel('Allow up to').fill('250000');
    await go('Continue');
    await page.getByLabel('Authority context').fill('The head of operations approves');
    await page.getByLabel('Authority source').fill('approval_workflow');
    await go('Continue');
    await page.getByLabel('No expansion moves are planned').check();
    await go('Preview');
    await see('Preview');
    await page.getByText('Allow when the amount is at most 250,000 USD').waitFor();
    await page.getByLabel('Name of the plan').fill('Supplier payments');
    await page.getByLabel('Your self-service key').fill(credential('self_service_api_key'));
    await go('Save as version 1');
    await see('Supplier payments');
    await go('Request review of version 1');
    await page.getByText('Version 1 is under review', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Start' }).first().click();
    await page.getByRole('link', { name: 'Go on with it' }).click();
    await see('Supplier payments');
    expect(requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
    // The browser notes the answer to the partner that is no label, and nothing else.
    expect(complaints).toEqual([expect.stringContaining('422')]);
    await close();
  });

  it('lets the keyboard alone go through Start', async () => {
    const { page, close } = await openSession(browser);
    const tabTo = async (target: Locator) => {
      for (let stops = 0; stops < STOPS_MAX; stops += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error('The keyboard does not reach it.');
    };
    const type = async (label: string, text: string) => {
      await tabTo(page.getByLabel(label));
      await page.keyboard.type(text);
    };
    const send = async (heading: string) => {
      await tabTo(page.getByRole('button', { name: /^(?:Continue|Preview)$/ }));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    };
    await page.goto(`${origin}/self-service`);
    await tabTo(page.getByLabel('Amount threshold'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await send('Where does it happen?');
    await type('Partner', 'northstar_controls');
    await type('Unit', 'operations');
    await type('System scope', 'operations_console');
    await send('From which size on does it need more?');
    await send('Who may approve it, and where is that recorded?');
    await type('Authority context', 'The head of operations approves');
    await type('Authority source', 'approval_workflow');
    await send('Where should it go next?');
    await tabTo(page.getByLabel('No expansion moves are planned'));
    await page.keyboard.press('Space');
    await send('Preview');
    await page.getByText('craton.boundary.path.v1').first().waitFor();
    await close();
  });

  it('leads from the commands of the home page to a verified receipt', async () => {
    const { page, close } = await openSession(browser);
    await page.goto(origin);
    const [, ask = '', verify = ''] = await page.locator('pre').allTextContents();
    const shell = (command: string) =>
      promisify(execFile)('sh', ['-ec', command], { cwd: folder, encoding: 'utf8' });
    const [keyLine = ''] = ask.split('\n');
    expect(JSON.parse((await shell(ask)).stdout)).toMatchObject({ verdict: 'allow' });
    expect((await shell(`${keyLine}\n${verify}`)).stdout).toContain('The record holds');

    await page.goto(`${origin}/verify`);
    const give = (...files: string[]) =>
      page.locator('input[type=file]').setInputFiles(files.map((file) => join(folder, file)));
    await give('response.json', '.craton/trust-policy.txt');
    await page.locator('.is-reached').waitFor();
    await page.locator('#line-commitment[data-status=verified]').waitFor();
    await give('bundle.json');
    await page.locator('#line-verdict_recomputed[data-status=verified]').waitFor();
    await close();
  });

  it('hands out a verifier that works when the server is gone', async () => {
    const file = join(folder, 'verify.html');
    await writeFile(file, await (await fetch(`${origin}/verify.html`)).text());
    await ended(server);
    const { page, complaints, requests, close } = await openSession(browser);
    await page.goto(pathToFileURL(file).href);
    await page
      .locator('input[type=file]')
      .setInputFiles(['bundle.json', '.craton/trust-policy.txt'].map((name) => join(folder, name)));
    await page.locator('.is-reached').waitFor();
    expect(requests.filter((url) => !/^(?:file|data):/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  /** A development key, from the file that a first start writes. */
  function credential(name: string): string {
    const text = readFileSync(join(folder, '.craton/dev-credentials.json'), 'utf8');
    return (JSON.parse(text) as Record<string, string>)[name] ?? '';
  }

  /** The server writes its address as soon as it has one. */
  async function baseUrlOf(started: ChildProcess): Promise<string> {
    let said = '';
    for await (const output of started.stdout ?? []) {
      said += String(output);
      const path = join(folder, '.craton/dev-credentials.json');
      if (!existsSync(path)) continue;
      const { base_url } = JSON.parse(readFileSync(path, 'utf8')) as { base_url: string };
      const answer = await fetch(`${base_url}/readyz`).catch(() => undefined);
      if (answer?.ok) return base_url;
    }
    throw new Error(`The server ended before it was ready. ${said}`);
  }
});

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) {
      resolve();
      return;
    }
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}
