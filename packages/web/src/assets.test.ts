import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Element, elements, parseHtml } from '../test/html.ts';
import { PAGES } from '../test/browser/page-server.ts';
import { assets, CONTENT_SECURITY_POLICY, verifyHtmlFile } from './index.ts';

/** Script that one page may load, compressed. */
const SCRIPT_BYTES_MAX = 60 * 1024;

describe('assets', () => {
  it('are named by their content, and compressed without loss', () => {
    for (const [path, { body, brotli, etag }] of assets()) {
      const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
      expect(path).toMatch(new RegExp(`^/assets/[a-z]+\\.${hash}\\.(css|js|svg)$`));
      expect(etag).toBe(`"${hash}"`);
      expect(Buffer.from(brotliDecompressSync(brotli)).equals(body)).toBe(true);
    }
  });

  it('may be kept for ever', () => {
    for (const { cacheControl } of assets().values()) {
      expect(cacheControl).toBe('public, max-age=31536000, immutable');
    }
  });

  it.each(Object.entries(PAGES))('keep the script of %s small', (path, render) => {
    const page = parseHtml(render());
    const files = assets();
    const sizes = elements(page, 'script').flatMap(({ attributes }) => {
      const asset = files.get(attributes.get('src') ?? '');
      return asset ? [asset.brotli.length] : [];
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`${path}: ${total} bytes of script, compressed`);
    expect(sizes).not.toHaveLength(0);
    expect(total).toBeLessThan(SCRIPT_BYTES_MAX);
  });
});

describe('content security policy', () => {
  it('lets a page load its own files and talk to nobody', () => {
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*|connect-src/);
  });

  it('of the single file names exactly its script and its style', () => {
    const page = parseHtml(verifyHtmlFile());
    const policy = elements(page, 'meta').find(
      ({ attributes }) => attributes.get('http-equiv') === 'Content-Security-Policy',
    );
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const scripts = elements(page, 'script');
    const isData = ({ attributes }: Element) => attributes.get('type') === 'application/json';
    const [script, ...others] = scripts.filter((element) => !isData(element));
    const [style] = elements(page, 'style');
    expect(others).toEqual([]);
    expect(policy?.attributes.get('content')).toContain(`script-src ${hash(script!.inner)};`);
    expect(policy?.attributes.get('content')).toContain(`style-src ${hash(style!.inner)};`);
    expect(policy?.attributes.get('content')).not.toMatch(/unsafe|https?:|\*|connect-src/);
  });
});
