/** Sessions of people who signed in with a browser: in the store, so that every node knows them. */
import { randomBytes } from 'node:crypto';
import { CratonError } from '@craton/protocol';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { LedgerChange } from '../ledger/change.ts';
import type { OperatorRecords } from '../ledger/operator-records.ts';
import {
  derive,
  isToken,
  readCookie,
  sessionCookie,
  setCookie,
  TOKEN_BYTES,
  tokenSha256,
} from './cookies.ts';
import { loadGovernance } from './governance.ts';
import { type HeldRole, rolesOf } from './operator-scopes.ts';

const MINUTE_MS = 60_000;
/** From when a person last showed who they are, a session lasts this long at most. */
export const SESSION_MS_MAX = 8 * 60 * MINUTE_MS;
/** Without a request it ends earlier. */
export const SESSION_IDLE_MS = 60 * MINUTE_MS;
/** The end is moved on no more often than this: reads shall not write all the time. */
const PROLONG_EVERY_MS = 10 * MINUTE_MS;
const MS_PER_SECOND = 1_000;

export interface SessionPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'findSession' | 'readChain'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly environment: string;
  readonly isProductionLike: boolean;
  /** How browsers reach this server, without a final slash. */
  readonly origin: () => string;
  readonly nowMs: () => number;
}

/** A session that holds. */
export interface OpenSession {
  readonly sessionSha256: string;
  readonly actId: string;
  readonly roles: readonly HeldRole[];
  /** What a page must send beside the cookie to change something. */
  readonly csrfToken: string;
  /** When the person last showed who they are. Milliseconds since 1970. */
  readonly authenticatedAtMs: number;
  readonly expiresAtMs: number;
}

/** What a request says about where it comes from. */
export interface RequestHeaders {
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** A session that is about to begin. */
export interface NewSession {
  /** To be applied with whatever else a sign-in changes. */
  readonly changes: readonly LedgerChange[];
  /** The value for `Set-Cookie`. */
  readonly cookie: string;
}

export class OperatorSessions {
  readonly #ports: SessionPorts;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  /** The session of a request, if one is open; its end is moved on. */
  async find({ cookie }: RequestHeaders): Promise<OpenSession | undefined> {
    const { operatorRecords, nowMs } = this.#ports;
    const token = this.#tokenOf(cookie);
    if (token === undefined) return undefined;
    const sessionSha256 = tokenSha256(token);
    const session = await operatorRecords.findSession(sessionSha256);
    if (session === undefined || session.endedAtMs !== undefined) return undefined;
    const { actId, authenticatedAtMs, expiresAtMs } = session;
    if (nowMs() >= Math.min(expiresAtMs, authenticatedAtMs + SESSION_MS_MAX)) return undefined;
    const prolongedMs = await this.#prolong(sessionSha256, session);
    if (prolongedMs === undefined) return undefined;
    const { governance } = await loadGovernance(this.#ports);
    return {
      sessionSha256,
      actId,
      roles: rolesOf(governance, actId),
      csrfToken: derive('csrf', token),
      authenticatedAtMs,
      expiresAtMs: prolongedMs,
    };
  }

  /**
   * A new session; that of the request, if it has one, ends by the same changes: what somebody else
   * put into the browser before is never signed in.
   */
  begin(actId: string, authenticatedAtMs: number, { cookie: before }: RequestHeaders): NewSession {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAtMs = this.#endOf(authenticatedAtMs);
    const sessionSha256 = tokenSha256(token);
    const earlier = this.#tokenOf(before);
    const seconds = Math.floor(SESSION_MS_MAX / MS_PER_SECOND);
    return {
      changes: [
        { kind: 'put_session', sessionSha256, actId, authenticatedAtMs, expiresAtMs },
        ...(earlier === undefined
          ? []
          : [{ kind: 'end_session', sessionSha256: tokenSha256(earlier) } as const]),
      ],
      cookie: setCookie(sessionCookie(this.#ports.origin()), token, seconds),
    };
  }

  /** Ends a session on every node; answers the value for `Set-Cookie` that forgets it. */
  async end({ sessionSha256 }: Pick<OpenSession, 'sessionSha256'>): Promise<string> {
    await this.#ports.admin.apply({ kind: 'end_session', sessionSha256 });
    return this.forget();
  }

  /** The value for `Set-Cookie` that makes a browser forget its session. */
  forget(): string {
    return setCookie(sessionCookie(this.#ports.origin()), '', 0);
  }

  /**
   * Throws `ERR_CSRF` unless a change comes from a page of this server, with the token of its
   * session. Two independent signs: another site can produce neither.
   */
  assertOwnPage(
    { csrfToken }: Pick<OpenSession, 'csrfToken'>,
    headers: RequestHeaders,
    sent: string | undefined,
  ): void {
    const origin = headers.origin === 'null' ? undefined : headers.origin;
    const site = headers['sec-fetch-site'];
    const isForeign =
      (origin !== undefined && origin !== this.#ports.origin()) ||
      (site !== undefined && site !== 'same-origin');
    // Our pages send no referrer, and then browsers say `Origin: null` and where it comes from.
    const isUnknown = origin === undefined && site === undefined;
    if (isForeign || isUnknown) {
      throw new CratonError('ERR_CSRF', 'This was not sent by a page of this server.', {
        field: 'Origin',
      });
    }
    // Digests are compared: how long that takes tells nothing about the token.
    if (sent !== undefined && tokenSha256(sent) === tokenSha256(csrfToken)) return;
    const message =
      'The token of the session is missing or wrong. Load the page again; programs read csrf_token from /operator/api/session and send it as X-CSRF-Token.';
    throw new CratonError('ERR_CSRF', message, { field: 'X-CSRF-Token' });
  }

  #tokenOf(header: string | undefined): string | undefined {
    const text = readCookie(sessionCookie(this.#ports.origin()), header);
    return text !== undefined && isToken(text) ? text : undefined;
  }

  #endOf(authenticatedAtMs: number): number {
    return Math.min(this.#ports.nowMs() + SESSION_IDLE_MS, authenticatedAtMs + SESSION_MS_MAX);
  }

  /** The end from now on; undefined if the session was ended meanwhile. */
  async #prolong(
    sessionSha256: string,
    session: Pick<OpenSession, 'actId' | 'authenticatedAtMs' | 'expiresAtMs'>,
  ): Promise<number | undefined> {
    const { actId, authenticatedAtMs, expiresAtMs: before } = session;
    const expiresAtMs = this.#endOf(authenticatedAtMs);
    if (expiresAtMs - before < PROLONG_EVERY_MS) return before;
    try {
      const change = { sessionSha256, actId, authenticatedAtMs, expiresAtMs };
      await this.#ports.admin.apply({ kind: 'put_session', ...change });
      return expiresAtMs;
    } catch (error) {
      if (error instanceof CratonError && error.code === 'ERR_LEDGER_CHANGE') return undefined;
      throw error;
    }
  }
}
