/** Signing in: to the identity provider, and back with a session of our own. */
import { randomBytes } from 'node:crypto';
import { CratonError } from '@craton/protocol';
import { auditEvent } from '../commands/audit.ts';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { OperatorRecords } from '../ledger/operator-records.ts';
import { derive, readCookie, setCookie, signInCookie, TOKEN_BYTES } from './cookies.ts';
import type { IdentityProvider, SignedIn, SignInValues } from './identity-provider.ts';
import { signInFailed } from './identity-provider.ts';
import type { OperatorSessions, RequestHeaders } from './operator-sessions.ts';

export interface SignInPorts {
  readonly provider: Pick<IdentityProvider, 'addressFor' | 'complete'>;
  readonly sessions: Pick<OperatorSessions, 'begin'>;
  readonly operatorRecords: Pick<OperatorRecords, 'findPersonOf'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly origin: () => string;
  readonly nowMs: () => number;
}

export const CALLBACK_PATH = '/operator/sign-in/callback';
/** From the beginning of a sign-in to the return from the provider. */
export const SIGN_IN_MS_MAX = 10 * 60_000;
const MS_PER_SECOND = 1_000;
/** The provider's clock may be this much behind ours; its times are whole seconds. */
const CLOCK_SKEW_MS = 60_000;
const ACT_ID_BYTES = 16;

/** A page of the operator side, and nothing else: a sign-in never leads to another site. */
const RETURN_TO = /^\/operator(?:\/[A-Za-z0-9_-]+){0,8}$/;

/** Where to go after a sign-in that was asked for without a page. */
export const RETURN_TO_DEFAULT = '/operator';

export function isReturnTo(text: string): boolean {
  return RETURN_TO.test(text);
}

export interface SignInRequest {
  readonly isStepUp: boolean;
  readonly returnTo: string;
}

/** Where the browser goes now, and the cookies that it gets. */
export interface SignInStep {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** Begins a sign-in. Throws `ERR_IDENTITY_PROVIDER`. */
export async function beginSignIn(ports: SignInPorts, request: SignInRequest): Promise<SignInStep> {
  const secret = randomBytes(TOKEN_BYTES).toString('base64url');
  const place = Buffer.from(request.returnTo).toString('base64url');
  const text = [secret, ports.nowMs(), request.isStepUp ? 1 : 0, place].join('.');
  const location = await ports.provider.addressFor(valuesOf(text, request, ports.origin()));
  const seconds = SIGN_IN_MS_MAX / MS_PER_SECOND;
  return {
    location: location.href,
    cookies: [setCookie(signInCookie(ports.origin()), text, seconds)],
  };
}

/** Forgets the cookie of a sign-in, however that ends. */
export function forgetSignIn({ origin }: Pick<SignInPorts, 'origin'>): string {
  return setCookie(signInCookie(origin()), '', 0);
}

/**
 * Completes the sign-in with which this browser left. `query`: of the address that it came back to,
 * with its question mark. Throws `ERR_SIGN_IN`, `ERR_IDENTITY_PROVIDER`, and the errors of the store.
 */
export async function completeSignIn(
  ports: SignInPorts,
  query: string,
  headers: RequestHeaders,
): Promise<SignInStep> {
  const begun = readBegun(ports, headers.cookie);
  const { provider, nowMs } = ports;
  const answer = new URL(`${CALLBACK_PATH}${query}`, ports.origin());
  const signedIn = await provider.complete(answer, begun.values);
  // Asked to show again who they are, the person must have done so since.
  const isStale = signedIn.authenticatedAtMs < begun.startedAtMs - CLOCK_SKEW_MS;
  if (begun.values.isStepUp && isStale) throw signInFailed();
  const authenticatedAtMs = Math.min(signedIn.authenticatedAtMs, nowMs());
  const cookie = await storeSession(ports, { ...signedIn, authenticatedAtMs }, headers);
  return { location: begun.returnTo, cookies: [cookie] };
}

interface Begun {
  readonly values: SignInValues;
  readonly startedAtMs: number;
  readonly returnTo: string;
}

/** From the cookie alone, so that another node can complete what this one began. */
function readBegun({ origin, nowMs }: SignInPorts, header: string | undefined): Begun {
  const text = readCookie(signInCookie(origin()), header) ?? '';
  const parts = /^[A-Za-z0-9_-]{43}\.([0-9]{1,15})\.([01])\.([A-Za-z0-9_-]{1,400})$/.exec(text);
  if (parts === null) throw signInFailed();
  const [, started = '', step, place = ''] = parts;
  const startedAtMs = Number(started);
  const returnTo = Buffer.from(place, 'base64url').toString();
  const ageMs = nowMs() - startedAtMs;
  if (ageMs < 0 || ageMs >= SIGN_IN_MS_MAX || !isReturnTo(returnTo)) throw signInFailed();
  const request = { isStepUp: step === '1', returnTo };
  return { values: valuesOf(text, request, origin()), startedAtMs, returnTo };
}

/**
 * All three follow from the whole text of the cookie: whoever changes any of it has another state,
 * and the answer of the provider does not fit.
 */
function valuesOf(text: string, { isStepUp }: SignInRequest, origin: string): SignInValues {
  return {
    state: derive('state', text),
    nonce: derive('nonce', text),
    codeVerifier: derive('code_verifier', text),
    redirectUri: `${origin}${CALLBACK_PATH}`,
    isStepUp,
  };
}

async function storeSession(
  ports: SignInPorts,
  signedIn: SignedIn,
  headers: RequestHeaders,
): Promise<string> {
  try {
    return await storeOnce(ports, signedIn, headers);
  } catch (error) {
    const isOther = error instanceof CratonError && error.code === 'ERR_LEDGER_CHANGE';
    if (!isOther) throw error;
    // At the same moment another node made the same person known.
    return storeOnce(ports, signedIn, headers);
  }
}

async function storeOnce(
  { operatorRecords, admin, sessions }: SignInPorts,
  { issuer, subject, name, email, authenticatedAtMs }: SignedIn,
  headers: RequestHeaders,
): Promise<string> {
  const known = await operatorRecords.findPersonOf(issuer, subject);
  const actId = known?.actId ?? newActId();
  const session = sessions.begin(actId, authenticatedAtMs, headers);
  await admin.apply(
    {
      kind: 'upsert_person',
      ...{ actId, issuer, subject },
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
    },
    ...session.changes,
    auditEvent(actId, 'person_signed_in', { act_id: actId }),
  );
  return session.cookie;
}

/** Random, so that it tells nothing about whose it is. */
export function newActId(): string {
  return `act_${randomBytes(ACT_ID_BYTES).toString('base64url')}`;
}
