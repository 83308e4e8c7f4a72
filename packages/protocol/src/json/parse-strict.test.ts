import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.ts';
import { CratonError } from '../errors.ts';
import { canonicalBytes, canonicalize } from './canonical.ts';
import { NumberTexts, type ParseOptions, parseStrict } from './parse-strict.ts';

const SAFE: ParseOptions = { numbers: 'safe', depthMax: 4 };

function codeOf(bytes: Uint8Array, options = SAFE): string {
  try {
    parseStrict(bytes, options);
  } catch (error) {
    if (error instanceof CratonError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('parseStrict', () => {
  it.each([
    ['{"a":1,"a":1}', 'ERR_JSON_DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', 'ERR_JSON_DUPLICATE_KEY'],
    ['{"__proto__":1,"__proto__":2}', 'ERR_JSON_DUPLICATE_KEY'],
    ['"\\ud800"', 'ERR_JSON_UNICODE'],
    ['"\\udc00\\ud800"', 'ERR_JSON_UNICODE'],
    ['{"\\ud800":1}', 'ERR_JSON_UNICODE'],
    ['\ufeff{}', 'ERR_JSON_SYNTAX'],
    ['', 'ERR_JSON_SYNTAX'],
    [' ', 'ERR_JSON_SYNTAX'],
    ['{} {}', 'ERR_JSON_SYNTAX'],
    ['[1,]', 'ERR_JSON_SYNTAX'],
    ['{"a":1,}', 'ERR_JSON_SYNTAX'],
    ['{a:1}', 'ERR_JSON_SYNTAX'],
    ["{'a':1}", 'ERR_JSON_SYNTAX'],
    ['"a\nb"', 'ERR_JSON_SYNTAX'],
    ['"\\x"', 'ERR_JSON_SYNTAX'],
    ['"\\u12g4"', 'ERR_JSON_SYNTAX'],
    ['"open', 'ERR_JSON_SYNTAX'],
    ['[1', 'ERR_JSON_SYNTAX'],
    ['{"a"', 'ERR_JSON_SYNTAX'],
    ['{"a":', 'ERR_JSON_SYNTAX'],
    ['{"a":1', 'ERR_JSON_SYNTAX'],
    ['tru', 'ERR_JSON_SYNTAX'],
    ['NaN', 'ERR_JSON_SYNTAX'],
    ['Infinity', 'ERR_JSON_SYNTAX'],
    ['+1', 'ERR_JSON_SYNTAX'],
    ['01', 'ERR_JSON_SYNTAX'],
    ['.5', 'ERR_JSON_SYNTAX'],
    ['1.', 'ERR_JSON_SYNTAX'],
    ['0x10', 'ERR_JSON_SYNTAX'],
    ['\u00a01', 'ERR_JSON_SYNTAX'],
    ['[[[[[]]]]]', 'ERR_JSON_DEPTH'],
    ['[[[[1]]]]', 'accepted'],
    ['{"a":{"b":{"c":{"d":1}}}}', 'accepted'],
    ['{"a":{"b":{"c":{"d":[]}}}}', 'ERR_JSON_DEPTH'],
  ])('%j: %s', (text, code) => {
    expect(codeOf(utf8(text))).toBe(code);
  });

  it.each([
    ['0', 'accepted'],
    ['-1', 'accepted'],
    ['9007199254740991', 'accepted'],
    ['-9007199254740991', 'accepted'],
    ['9007199254740992', 'ERR_JSON_NUMBER'],
    ['9007199254740993.0', 'ERR_JSON_NUMBER'],
    [`1${'0'.repeat(400)}`, 'ERR_JSON_NUMBER'],
    ['-0', 'ERR_JSON_NUMBER'],
    ['-0.0', 'ERR_JSON_NUMBER'],
    ['1e2', 'ERR_JSON_NUMBER'],
    ['1E-2', 'ERR_JSON_NUMBER'],
    ['123456789012345.6', 'ERR_JSON_NUMBER'],
    ['12345678901234.5', 'accepted'],
    ['0.000000000000000012345', 'accepted'],
    ['0.1234567890123456', 'ERR_JSON_NUMBER'],
    ['-0.5', 'accepted'],
    ['750000.50', 'accepted'],
  ])('the number %s is %s where numbers must be safe', (text, code) => {
    expect(codeOf(utf8(text))).toBe(code);
  });

  it('takes every finite double where they are allowed, and nothing beyond', () => {
    const options: ParseOptions = { numbers: 'ieee754', depthMax: 4 };
    expect(parseStrict(utf8('[1e21,-0,1E-7]'), options)).toEqual([1e21, -0, 1e-7]);
    expect(codeOf(utf8('1e999'), options)).toBe('ERR_JSON_NUMBER');
  });

  it.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('ERR_ENCODING');
  });

  it('keeps __proto__ as a member and never as a prototype', () => {
    const value = parseStrict(utf8('{"__proto__":{"admin":true},"b":1}'), SAFE);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'b']);
    expect((value as Record<string, unknown>)['admin']).toBeUndefined();
    expect(canonicalize(value)).toBe('{"__proto__":{"admin":true},"b":1}');
  });

  it('remembers how a number was written', () => {
    const numberTexts = new NumberTexts();
    const value = parseStrict(utf8('{"a": 5.00 ,"b":5,"c":"5"}'), { ...SAFE, numberTexts });
    const texts = ['a', 'b', 'c'].map((name) => numberTexts.textOf(value as never, name));
    expect(texts).toEqual(['5.00', '5', undefined]);
  });

  it('never echoes a value in a message', () => {
    for (const text of ['{"a":canary}', '["canary\\q"]', '{"canary":1,"canary":2}']) {
      try {
        parseStrict(utf8(text), SAFE);
        expect.unreachable();
      } catch (error) {
        expect((error as CratonError).message).not.toContain('canary');
      }
    }
  });

  it('agrees with JSON.parse on whatever JSON.stringify writes, and canonical form is stable', () => {
    const options: ParseOptions = { numbers: 'ieee754', depthMax: 64 };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        fc.pre(text.isWellFormed());
        const parsed = parseStrict(utf8(text), options);
        expect(parsed).toEqual(JSON.parse(text));
        const canonical = canonicalBytes(parsed);
        expect(canonicalBytes(parseStrict(canonical, options))).toEqual(canonical);
      }),
    );
  });

  it('answers any bytes with a value or a CratonError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(typeof codeOf(bytes)).toBe('string');
      }),
    );
  });
});
