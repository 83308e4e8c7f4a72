/** The pages as the product serves them: its headers, its links, and the commands that they show. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { browserPath, launchChromium } from './chromium.ts';
import { openSession } from './session.ts';

/** A server starts in about a second, and in many on a busy machine. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const CRATON = join(import.meta.dirname, '../../../../craton');

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
    for (const path of ['/', '/protocol', '/agent-api', '/verify']) {
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
