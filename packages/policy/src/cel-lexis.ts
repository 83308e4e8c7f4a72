/**
 * Spellings that the parser takes and that other CEL engines read differently or not at all. A
 * condition must mean the same to whoever recomputes it, so these are refused by their tokens.
 */
import { ProfileError } from './profile-error.ts';

const TEXT = String.raw`"""(?:\\[^]|(?!""")[^])*"""|'''(?:\\[^]|(?!''')[^])*'''|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'`;
const TOKEN = new RegExp(String.raw`//[^\n]*|[rR]?(?:${TEXT})|[\w.]+|&&|\|\||[=!<>]=|\S`, 'g');
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const OPENING = new Set(['(', '[']);
const CLOSING = new Set([')', ']']);
/** What ends an operand of a comparison on its level of parentheses. */
const ENDS = new Set(['&&', '||', ',']);

/** Checks the tokens of a condition that the parser took. Throws `ProfileError`. */
export function checkLexis(text: string): void {
  /** Comparisons since the last logical operator, per level of parentheses. */
  const levels = [0];
  let previous = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('//')) continue;
    checkToken(token, previous, index);
    if (OPENING.has(token)) levels.push(0);
    else if (CLOSING.has(token)) levels.pop();
    else if (ENDS.has(token)) levels[levels.length - 1] = 0;
    else if (COMPARISONS.has(token) && isSecond(levels)) {
      throw new ProfileError('chains comparisons; put one of them into parentheses', index);
    }
    previous = token;
  }
}

/** Counts one more comparison on the innermost level. */
function isSecond(levels: number[]): boolean {
  const count = (levels.pop() ?? 0) + 1;
  levels.push(count);
  return count > 1;
}

function checkToken(token: string, previous: string, at: number): void {
  if (previous === ',' && token === ')') {
    throw new ProfileError('has a comma after the last argument', at);
  }
  if (token.startsWith('0X')) throw new ProfileError('writes 0X; hexadecimal begins with 0x', at);
  if (/^[rR]["'][^]*\\["']/.test(token)) {
    throw new ProfileError('has a backslash before a quote in a raw text', at);
  }
}
