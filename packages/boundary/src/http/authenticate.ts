/** Puts the caller of a request beside it, before anything that was sent is interpreted. */
import { CratonError } from '@craton/protocol';
import { annotate, type Route, type RouteDocument } from '@craton/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptApiKey, type ApiKeyPorts } from '../commands/accept-api-key.ts';
import type { Caller } from '../commands/caller.ts';
import type { Scope } from '../ledger/port.ts';
import {
  authenticateOperator,
  bearerText,
  type OperatorDoorPorts,
  type KnownOperator,
} from '../people/operator-identity.ts';
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

/** A document of a route for operators. */
export interface OperatorDocument extends RouteDocument {
  /** Absent: every operator may, whatever they may do otherwise. */
  readonly scope?: Scope;
}

/** A request of an operator who was let in. */
export interface OperatorCall {
  /** Stands in records: `act_` id of a person, or the public id of a key that is nobody's. */
  readonly actor: string;
  readonly identity: KnownOperator;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route that only an operator opens: by a token, or by the session of a browser. */
export function operatorRoute(
  ports: OperatorDoorPorts,
  document: OperatorDocument,
  handle: (call: OperatorCall) => unknown,
): Route {
  const known = new WeakMap<FastifyRequest, KnownOperator>();
  return {
    ...document,
    authenticate: async (request) => {
      const identity = await letIn(ports, document, request);
      const { keyId, person } = identity;
      annotate(request, { ...(keyId && { key_id: keyId }), ...(person && { person }) });
      known.set(request, identity);
    },
    handle: (request, reply) => {
      const identity = known.get(request);
      if (identity === undefined) throw new TypeError('The request was not authenticated.');
      return handle({ actor: identity.actor, identity, request, reply });
    },
  };
}

async function letIn(
  ports: OperatorDoorPorts,
  { scope }: OperatorDocument,
  { method, headers, ip }: FastifyRequest,
): Promise<KnownOperator> {
  const sent = headers['x-csrf-token'];
  const csrfToken = typeof sent === 'string' ? sent : undefined;
  try {
    return await authenticateOperator(ports, { method, headers, csrfToken }, scope);
  } catch (error) {
    throw limited(ports.rateLimits, error, ip);
  }
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
      const holder = acceptWithin(handling, bearerText(request.headers.authorization), request.ip);
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
    throw limited(limits, error, address);
  }
}

/** The error itself, or that there were too many of it from this address. */
function limited(limits: RateLimits | undefined, error: unknown, address: string): unknown {
  const isFailed = error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED';
  return (isFailed ? limits?.refuseFailedAuthentication(address) : undefined) ?? error;
}
