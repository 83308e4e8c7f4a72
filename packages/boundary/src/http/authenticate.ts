/** Puts the caller of a request beside it, before anything that was sent is interpreted. */
import { annotate, type DocumentedRoute } from '@craton/service';
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

export interface AuthenticatedRoute extends Omit<
  DocumentedRoute,
  'authenticate' | 'handle' | 'scope'
> {
  readonly scope: Scope;
  readonly handle: (call: AuthenticatedCall) => unknown;
}

/** Errors of every route that asks for a key. */
const KEY_ERRORS = ['ERR_UNAUTHENTICATED', 'ERR_FORBIDDEN', 'ERR_STORE_UNAVAILABLE'] as const;

const BEARER = /^Bearer +([!-~]{1,256})$/i;

/** A route that only a key with its scope opens. */
export function authenticatedRoute(
  ports: ApiKeyPorts,
  { scope, handle, errors, ...route }: AuthenticatedRoute,
): DocumentedRoute {
  const callers = new WeakMap<FastifyRequest, Caller>();
  return {
    ...route,
    scope,
    errors: [...KEY_ERRORS, ...errors],
    authenticate: async (request) => {
      const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
      const caller = await acceptApiKey(ports, text, scope);
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
