/** Puts the caller of a request beside it, before anything that was sent is interpreted. */
import { annotate, type Route, type RouteDocument } from '@craton/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptApiKey, type ApiKeyPorts } from '../commands/accept-api-key.ts';
import type { Caller } from '../commands/caller.ts';
import type { Scope } from '../ledger/port.ts';

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
  const callers = new WeakMap<FastifyRequest, Caller>();
  return {
    ...document,
    authenticate: async (request) => {
      const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
      const caller = await acceptApiKey(ports, text, document.scope);
      annotate(request, { key_id: caller.keyId });
      callers.set(request, caller);
    },
    handle: (request, reply) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new TypeError('The request was not authenticated.');
      return handle({ caller, request, reply });
    },
  };
}
