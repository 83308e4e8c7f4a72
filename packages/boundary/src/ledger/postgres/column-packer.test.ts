import { describe, expect, it } from 'vitest';
import { arrayOf, ColumnPacker } from './column-packer.ts';

describe('packed columns', () => {
  it('say where the values of each row lie, counted from one', () => {
    const packer = new ColumnPacker();
    const bytes = packer.pack([Buffer.from([1, 2, 3]), undefined, new Uint8Array(0)]);
    const texts = packer.pack(['é', undefined, 'xy']);
    expect(bytes).toEqual({ offsets: [1, null, 4], lengths: [3, null, 0] });
    expect(texts).toEqual({ offsets: [4, null, 6], lengths: [2, null, 2] });
    expect(packer.bytes()).toEqual(Buffer.from([1, 2, 3, 0xc3, 0xa9, 0x78, 0x79]));
  });
});

describe('array literals', () => {
  it('hold numbers and plain texts as they are, and nothing as NULL', () => {
    expect(arrayOf([1, 2n ** 70n, undefined, null])).toBe('{1,1180591620717411303424,NULL,NULL}');
    expect(arrayOf(['req_01-a', 'sha256:ff'])).toBe('{req_01-a,sha256:ff}');
    expect(arrayOf([])).toBe('{}');
  });

  it('quote whatever could be read as something else', () => {
    expect(arrayOf(['', 'NULL', 'null', 'a,b', 'a"b', 'a\\b', '{x}', 'a b'])).toBe(
      '{"","NULL","null","a,b","a\\"b","a\\\\b","{x}","a b"}',
    );
  });
});
