/** Puts the caller of a request beside it, before anything that was sent is interpreted. */
import { CratonError } from '@craton/protocol';
import { annotate, type Route, type RouteDocument } from '@craton/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptApiKey, acceptOperatorToken, type ApiKeyPorts } from '../commands/accept-api-key.ts';
import type { Caller } from '../commands/caller.ts';
import type { Scope } from '../ledger/port.ts';
import type { RateLimits } from '../rate-limits.ts';

/** A request whose key was accepted. */
export interface AuthenticatedCall {
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A document of a route that asks for a key. */
export interface KeyedDocument extends RouteDocument {
  readonly scope: Scope;
}

/** Errors of every route that asks for a key. */
export const KEY_ERRORS = [
  'ERR_UNAUTHENTICATED',
  'ERR_FORBIDDEN',
  'ERR_STORE_UNAVAILABLE',
] as const;

const BEARER = /^Bearer +([!-~]{1,256})$/i;

/** A route that only a key with its scope opens. */
export function authenticatedRoute(
  ports: ApiKeyPorts,
  document: KeyedDocument,
  handle: (call: AuthenticatedCall) => unknown,
): Route {
  return keyedRoute(document, {
    accept: (text) => acceptApiKey(ports, text, document.scope),
    limits: ports.rateLimits,
    keyIdOf: ({ keyId }) => keyId,
    handle: (caller, request, reply) => handle({ caller, request, reply }),
  });
}

/** A request of an operator whose token was accepted. */
export interface OperatorCall {
  /** Public id of the operator's key. */
  readonly actor: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route that only an operator's token with its scope opens. */
export function operatorRoute(
  ports: ApiKeyPorts,
  document: KeyedDocument,
  handle: (call: OperatorCall) => unknown,
): Route {
  return keyedRoute(document, {
    accept: (text) => acceptOperatorToken(ports, text, document.scope),
    limits: ports.rateLimits,
    keyIdOf: (keyId) => keyId,
    handle: (actor, request, reply) => handle({ actor, request, reply }),
  });
}

interface KeyedHandling<Holder> {
  readonly accept: (text: string | undefined) => Holder;
  readonly limits: RateLimits | undefined;
  /** Public id of the holder's key. */
  readonly keyIdOf: (holder: Holder) => string;
  readonly handle: (holder: Holder, request: FastifyRequest, reply: FastifyReply) => unknown;
}

function keyedRoute<Holder>(document: KeyedDocument, handling: KeyedHandling<Holder>): Route {
  const holders = new WeakMap<FastifyRequest, { readonly holder: Holder }>();
  return {
    ...document,
    authenticate: (request) => {
      const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
      const holder = acceptWithin(handling, text, request.ip);
      annotate(request, { key_id: handling.keyIdOf(holder) });
      holders.set(request, { holder });
    },
    handle: (request, reply) => {
      const known = holders.get(request);
      if (known === undefined) throw new TypeError('The request was not authenticated.');
      return handling.handle(known.holder, request, reply);
    },
  };
}

function acceptWithin<Holder>(
  { accept, limits }: KeyedHandling<Holder>,
  text: string | undefined,
  address: string,
): Holder {
  try {
    return accept(text);
  } catch (error) {
    const isFailed = error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED';
    throw (isFailed ? limits?.refuseFailedAuthentication(address) : undefined) ?? error;
  }
}
