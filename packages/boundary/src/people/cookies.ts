/** Cookies of the operator side: what each is called, and what browsers are told about it. */
import { hash } from 'node:crypto';

/** Which cookies browsers get from an address. */
export interface CookieKind {
  readonly name: string;
  /** Attributes of `Set-Cookie` that are always the same. */
  readonly attributes: string;
}

/** base64url of 32 random bytes. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
export const TOKEN_BYTES = 32;

/**
 * Lax, not Strict: a browser that comes back from the identity provider must have the cookie at
 * once. Changes are protected by the token of the session and by where they come from.
 * Where the address is not https, which only development allows, a browser would refuse `__Host-`.
 */
function cookieKind(name: string, path: string, isSecure: boolean): CookieKind {
  const common = 'HttpOnly; SameSite=Lax';
  return isSecure
    ? { name: `__Host-${name}`, attributes: `Path=/; ${common}; Secure` }
    : { name, attributes: `Path=${path}; ${common}` };
}

const isSecure = (origin: string): boolean => origin.startsWith('https://');

/** Stands for a session. */
export function sessionCookie(origin: string): CookieKind {
  return cookieKind('craton_operator', '/operator', isSecure(origin));
}

/** Goes with one sign-in, from its beginning to the return from the identity provider. */
export function signInCookie(origin: string): CookieKind {
  return cookieKind('craton_sign_in', '/operator/sign-in', isSecure(origin));
}

/** Names of all cookies of the operator side; nobody else may ever see one of them. */
export const OPERATOR_COOKIES: readonly string[] = ['https://x', 'http://x'].flatMap((origin) => [
  sessionCookie(origin).name,
  signInCookie(origin).name,
]);

/** The value for `Set-Cookie`. Without a text the browser forgets the cookie. */
export function setCookie({ name, attributes }: CookieKind, text: string, seconds: number): string {
  return `${name}=${text}; Max-Age=${seconds}; ${attributes}`;
}

/** The text of a cookie, from the header `Cookie`. */
export function readCookie({ name }: CookieKind, header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** The header `Cookie` without those of the operator side; undefined if nothing is left. */
export function withoutOperatorCookies(header: string): string | undefined {
  const others = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !OPERATOR_COOKIES.includes(pair.split('=')[0] ?? ''));
  return others.length === 0 ? undefined : others.join('; ');
}

/** Whether a text can be a token of ours: only then is it looked up. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** What the store keeps in the place of a token: SHA-256 of its text, lower-case hex. */
export function tokenSha256(token: string): string {
  return hash('sha256', token, 'hex');
}

/** A value that follows from a secret for one purpose, and tells nothing about it; base64url. */
export function derive(purpose: string, secret: string): string {
  return hash('sha256', `craton.operator.${purpose}.v1\n${secret}`, 'base64url');
}
