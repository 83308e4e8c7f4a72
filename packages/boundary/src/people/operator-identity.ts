/** Who asks on the operator side: by a token, or by the session of a browser. */
import { CratonError } from '@craton/protocol';
import {
  acceptOperatorToken,
  type ApiKeyPorts,
  unauthenticated,
} from '../commands/accept-api-key.ts';
import type { Scope } from '../ledger/port.ts';
import type { OperatorIdentity } from '../rollout/ports.ts';
import { opens, scopesOfRoles } from './operator-scopes.ts';
import type { OpenSession, OperatorSessions, RequestHeaders } from './operator-sessions.ts';

export interface OperatorDoorPorts extends ApiKeyPorts {
  /** Absent: nobody signs in here, and tokens alone are known. */
  readonly sessions?: OperatorSessions | undefined;
}

/** An operator, and what they may do. */
export interface KnownOperator {
  /** Stands in records: the `act_` id of a person, or the public id of a key that is nobody's. */
  readonly actor: string;
  /** `act_` id; absent for a key that is nobody's. */
  readonly person?: string;
  readonly scopes: readonly Scope[];
  readonly via: 'session' | 'token';
  /** Public id of the token. */
  readonly keyId?: string;
  readonly session?: OpenSession;
}

/** What of a request says who asks. */
export interface OperatorRequest {
  readonly method: string;
  readonly headers: RequestHeaders & { readonly authorization?: string | undefined };
  /** The token of the session, as the header X-CSRF-Token or a field of a form holds it. */
  readonly csrfToken: string | undefined;
}

const BEARER = /^Bearer +([!-~]{1,256})$/i;

/** The key in the header Authorization. */
export function bearerText(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}

/**
 * Whose request this is, if they may do what `scope` says; no scope: whoever they are. A request
 * with the header Authorization is never a session's. Throws `ERR_UNAUTHENTICATED`, `ERR_FORBIDDEN`,
 * and `ERR_CSRF` for a change that did not come from a page of this server.
 */
export async function authenticateOperator(
  ports: OperatorDoorPorts,
  request: OperatorRequest,
  scope: Scope | undefined,
): Promise<KnownOperator> {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined || cookie === undefined) {
    return byToken(ports, bearerText(authorization), scope);
  }
  return bySession(ports, request, scope);
}

function byToken(
  ports: OperatorDoorPorts,
  text: string | undefined,
  scope: Scope | undefined,
): KnownOperator {
  const { keyId, actId, scopes } = acceptOperatorToken(ports, text, scope);
  return {
    actor: actId ?? keyId,
    ...(actId !== undefined && { person: actId }),
    scopes,
    via: 'token',
    keyId,
  };
}

async function bySession(
  ports: OperatorDoorPorts,
  { method, headers, csrfToken }: OperatorRequest,
  scope: Scope | undefined,
): Promise<KnownOperator> {
  const { sessions } = ports;
  const session = await sessions?.find(headers);
  if (sessions === undefined || session === undefined) throw unauthenticated();
  const refusal = ports.rateLimits?.refuseKey(session.actId);
  if (refusal !== undefined) throw refusal;
  if (method !== 'GET' && method !== 'HEAD') sessions.assertOwnPage(session, headers, csrfToken);
  const scopes = scopesOfRoles(session.roles);
  if (!opens(scopes, scope)) {
    throw new CratonError('ERR_FORBIDDEN', `Your roles do not give the scope ${scope ?? ''}.`);
  }
  const { actId } = session;
  return { actor: actId, person: actId, scopes, via: 'session', session };
}

/** How old a sign-in may be where somebody must have shown just now who they are. */
export const RECENT_SIGN_IN_MS = 5 * 60_000;
/** Where they show it again; `return_to` may name the page to come back to. */
export const STEP_UP_PATH = '/operator/sign-in?step_up=1';

/**
 * Whether somebody has just shown who they are. A token is its own credential, made for what its
 * scopes say: it has no sign-in that could be old.
 */
export function hasRecentSignIn({ session }: KnownOperator, nowMs: number): boolean {
  return session === undefined || nowMs - session.authenticatedAtMs < RECENT_SIGN_IN_MS;
}

/** Throws `ERR_SIGN_IN_AGAIN`, which says where to go. */
export function demandRecentSignIn(identity: KnownOperator, nowMs: number): void {
  if (hasRecentSignIn(identity, nowMs)) return;
  const message = `Show again who you are, then repeat this within five minutes: ${STEP_UP_PATH}`;
  throw new CratonError('ERR_SIGN_IN_AGAIN', message, { reasons: ['sign_in_too_old'] });
}

/** The same operator as rollouts know them. Throws `ERR_FORBIDDEN` for a token that is nobody's. */
export function personOf(operator: KnownOperator, nowMs: number): OperatorIdentity {
  const { person } = operator;
  if (person !== undefined) return { person, isSteppedUp: hasRecentSignIn(operator, nowMs) };
  throw noPerson();
}

/** For what only people do. */
export function assertPerson({ person }: KnownOperator): void {
  if (person === undefined) throw noPerson();
}

function noPerson(): CratonError {
  const message =
    'This token belongs to no person. Sign in, or issue a token that names one (--person).';
  return new CratonError('ERR_FORBIDDEN', message);
}
