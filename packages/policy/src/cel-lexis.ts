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
  let level = 0;
  /** Levels of parentheses that have had a comparison since their last logical operator. */
  const compared = new Set<number>();
  let previous = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('//')) continue;
    checkToken(token, previous, index);
    if (OPENING.has(token)) compared.delete(++level);
    else if (CLOSING.has(token)) level--;
    else if (ENDS.has(token)) compared.delete(level);
    else if (COMPARISONS.has(token)) {
      if (compared.has(level)) {
        throw new ProfileError('chains comparisons; put one of them into parentheses', index);
      }
      compared.add(level);
    }
    previous = token;
  }
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
