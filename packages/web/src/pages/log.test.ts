import { describe, expect, it } from 'vitest';
import { parseHtml, textOf } from '../../test/html.ts';
import { logModels } from '../../test/models.ts';
import { logPage } from '../index.ts';

const wordsOf = (model: Parameters<typeof logPage>[0]): string =>
  textOf(parseHtml(logPage(model)).find(({ name }) => name === 'main')!).replaceAll(/\s+/g, ' ');

describe('the page of the log', () => {
  it('says how many witnesses are not the issuer’s, and who cosigned', () => {
    const words = wordsOf(logModels.witnessed);
    expect(words).toContain('2 asked, 1 of them not run by the issuer.');
    expect(words).toMatch(/bank ?somebody else, as the issuer says ?cosigned/);
    expect(words).toMatch(/ours ?the issuer ?not cosigned/);
    expect(words).toContain('need an auditor’s key');
  });

  it('says plainly that nobody witnesses it', () => {
    const words = wordsOf(logModels.alone);
    expect(words).toContain('Not witnessed.');
    expect(words).not.toContain('need an auditor’s key');
  });

  it('has no checkpoint to show where nothing is published', () => {
    const words = wordsOf(logModels.off);
    expect(words).toContain('No log key is configured here');
    expect(words).toContain('none yet');
  });
});
