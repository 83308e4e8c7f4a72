/** Who is at a browser: a random cookie that stands for a key, for one hour, in this process alone. */
import { CratonError, encodeBase64url, sha256, utf8 } from '@craton/protocol';
import type { FastifyRequest } from 'fastify';
import type { KeyScope, PersonKey } from '../keys.ts';
import type { Sources } from '../sources.ts';
import type { KeyPorts } from './authenticate.ts';

const COOKIE = 'craton_drafts';
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
export const SESSION_SECONDS = 3_600;
/** Sessions at a time; the oldest ends for one more. */
const SESSIONS_MAX = 1_000;
const MS_PER_SECOND = 1_000;

interface Session {
  /** Asked again at each use, so that a key that ends takes its sessions along. */
  readonly keyText: string;
  readonly endsAtMs: number;
}

/** Sessions of one process. A restart ends them, and nothing of them is written anywhere. */
export class BrowserSessions {
  readonly #keys: KeyPorts['keys'];
  readonly #sources: Sources;
  readonly #sessions = new Map<string, Session>();

  constructor(keys: KeyPorts['keys'], sources: Sources) {
    this.#keys = keys;
    this.#sources = sources;
  }

  /** Begins a session with the value for `Set-Cookie`. Throws as `KeyRing.accept` does. */
  begin(
    keyText: string,
    scope: KeyScope,
    isSecure: boolean,
  ): { readonly person: PersonKey; readonly cookie: string } {
    const person = personOf(this.#keys, keyText, scope);
    const token = encodeBase64url(this.#sources.randomBytes(TOKEN_BYTES));
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= SESSIONS_MAX && oldest !== undefined) this.#sessions.delete(oldest);
    const endsAtMs = this.#sources.nowMs() + SESSION_SECONDS * MS_PER_SECOND;
    this.#sessions.set(digestOf(token), { keyText, endsAtMs });
    return { person, cookie: cookie(token, SESSION_SECONDS, isSecure) };
  }

  /** The person of a request, or undefined where no session is open. Throws `ERR_FORBIDDEN`. */
  find(request: FastifyRequest, scope: KeyScope): PersonKey | undefined {
    const digest = digestOfCookie(request);
    const session = digest === undefined ? undefined : this.#sessions.get(digest);
    if (digest === undefined || session === undefined) return undefined;
    try {
      if (this.#sources.nowMs() < session.endsAtMs) {
        return personOf(this.#keys, session.keyText, scope);
      }
    } catch (error) {
      const isEnded = error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED';
      if (!isEnded) throw error;
    }
    this.#sessions.delete(digest);
    return undefined;
  }

  /** Ends the session of a request; answers the value of `Set-Cookie` that forgets it. */
  end(request: FastifyRequest, isSecure: boolean): string {
    const digest = digestOfCookie(request);
    if (digest !== undefined) this.#sessions.delete(digest);
    return cookie('', 0, isSecure);
  }
}

function personOf(keys: KeyPorts['keys'], text: string, scope: KeyScope): PersonKey {
  const key = keys.accept(text, scope);
  if (key.kind === 'person') return key;
  throw new CratonError('ERR_FORBIDDEN', 'This key is for no person.');
}

/** Strict: a browser sends it for requests from our own pages alone. */
function cookie(token: string, seconds: number, isSecure: boolean): string {
  const flags = `Path=/self-service; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return `${COOKIE}=${token}; Max-Age=${seconds}; ${flags}`;
}

function digestOfCookie({ headers }: FastifyRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const token = pairs.find(([name]) => name === COOKIE)?.[1] ?? '';
  return TOKEN.test(token) ? digestOf(token) : undefined;
}

function digestOf(token: string): string {
  return encodeBase64url(sha256(utf8(token)));
}

/**
 * Refuses a form that another page sent: browsers say where a request comes from. Throws
 * `ERR_FORBIDDEN`.
 */
export function assertOwnPage({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new CratonError('ERR_FORBIDDEN', 'This form was sent by a page of another site.');
}
