import { readFileSync } from 'node:fs';
import { parseCheckRequest } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { paintAnsi } from '../text.ts';
import { dataPathsOf } from './data-directory.ts';
import { SAMPLE_REQUESTS, sampleBody } from './sample-requests.ts';
import { verifyCommand, welcomeDocument, welcomeText } from './welcome.ts';

const TARGET = { baseUrl: 'http://127.0.0.1:8080', apiKey: 'craton_bnd_development_x' };
const context = fakeContext({ cwd: '/srv/craton', projectDir: '/srv/craton' });
const paths = dataPathsOf('/srv/craton/.craton');

describe('the samples', () => {
  it('are requests that the boundary accepts, each with a reference of its own', () => {
    const requests = SAMPLE_REQUESTS.map((sample) =>
      parseCheckRequest(Buffer.from(sampleBody(sample))),
    );
    expect(requests.map(({ decisionSizeUsdCents }) => decisionSizeUsdCents)).toEqual([
      50_000_000, 75_000_000, 150_000_000,
    ]);
    expect(new Set(requests.map(({ externalReference }) => externalReference)).size).toBe(3);
  });
});

describe('what a first start shows', () => {
  it('is addresses, three curls, a bundle, and how to verify it', () => {
    const text = welcomeText(context, TARGET, paths);
    for (const path of ['/', '/self-service', '/self-service/readiness', '/protocol', '/verify']) {
      expect(text).toMatch(new RegExp(`http://127\\.0\\.0\\.1:8080${path}\n`));
    }
    expect(text.match(/^ {4}curl -sS \S+\/v1\/boundary\/check \\$/gm)).toHaveLength(3);
    expect(text).toMatch(/allow +500,000 USD/);
    expect(text).toMatch(/constrain +750,000 USD/);
    expect(text).toMatch(/reject +1,500,000 USD/);
    expect(text).toContain('-o bundle.json');
    expect(text).toContain('    ./craton verify bundle.json --trust .craton/trust-policy.txt\n');
    expect(text).not.toContain('\u001b');
  });

  it('names the pages that the README names, in the same order', () => {
    const { pages } = welcomeDocument(context, TARGET, paths);
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| ([A-Za-z ]+) \| `(\/\S*)` \|/gm)];
    const named = rows.map(([, name = '', path = '']) => [name, TARGET.baseUrl + path]);
    expect(named).toEqual(Object.entries(pages as Record<string, string>));
  });

  it('is at most 100 columns wide, and coloured only on request', () => {
    const plain = welcomeText(context, TARGET, paths);
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    const coloured = welcomeText({ ...context, paint: paintAnsi }, TARGET, paths);
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('names files so that the command works from where it was typed', () => {
    const elsewhere = { ...context, cwd: '/var' };
    expect(verifyCommand(elsewhere, dataPathsOf('/srv/my data'))).toBe(
      "/srv/craton/craton verify bundle.json --trust '/srv/my data/trust-policy.txt'",
    );
  });
});
