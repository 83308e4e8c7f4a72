import { describe, expect, it } from 'vitest';
import { shellWord } from './context.ts';
import { grouped, labelled, printable, wrap } from './text.ts';

describe('text for a terminal', () => {
  it('loses what a terminal would obey, and nothing else', () => {
    expect(printable('a\u001b[31mb\u0007\r\u009b\u202e')).toBe(
      'a\ufffd[31mb\ufffd\ufffd\ufffd\ufffd',
    );
    expect(printable('Zürich 東京 😀\n\tnext')).toBe('Zürich 東京 😀\n\tnext');
  });

  it('is broken at spaces', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('unbreakable', 4)).toEqual(['unbreakable']);
    expect(wrap('', 4)).toEqual(['']);
  });

  it('is aligned and grouped', () => {
    expect(
      labelled([
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toEqual(['  a      1', '  long   2']);
    expect(grouped(1_500_000)).toBe('1,500,000');
  });
});

describe('a shell word', () => {
  it('is quoted where it must be', () => {
    expect(shellWord('./a-b_c.txt')).toBe('./a-b_c.txt');
    expect(shellWord("it's here")).toBe(`'it'\\''s here'`);
    expect(shellWord('$HOME')).toBe(`'$HOME'`);
  });
});
