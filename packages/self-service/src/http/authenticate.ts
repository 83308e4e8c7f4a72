/** Puts the holder of a key beside a request, before anything that was sent is interpreted. */
import { CratonError } from '@craton/protocol';
import { annotate, type Route, type RouteDocument } from '@craton/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, KeyRing, KeyScope, SelfServiceKey } from '../keys.ts';
import type { Limits } from '../limits.ts';
import { clientAddress } from './client-address.ts';

export interface KeyPorts {
  readonly keys: Pick<KeyRing, 'accept'>;
  readonly limits: Limits;
  /** A proxy on this machine says who asks. */
  readonly isBehindBoundary: boolean;
}

/** A document of a route that asks for a key. */
export interface KeyedDocument extends RouteDocument {
  readonly scope: KeyScope;
}

/** A request of a named person. */
export interface PersonCall {
  readonly actor: Actor;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const KEY_TEXT = /^[!-~]{1,256}$/;

/** A route that only the key of a person opens. */
export function personRoute(
  ports: KeyPorts,
  document: KeyedDocument,
  handle: (call: PersonCall) => unknown,
): Route {
  return keyedRoute(ports, document, (key, request, reply) => {
    if (key.kind !== 'person') throw new TypeError('A pull key has no scope of persons.');
    return handle({ actor: key, request, reply });
  });
}

/** A route that only the key of the operator side opens, which reads what is under review. */
export function pullRoute(
  ports: KeyPorts,
  document: KeyedDocument,
  handle: (request: FastifyRequest, reply: FastifyReply) => unknown,
): Route {
  return keyedRoute(ports, document, (_key, request, reply) => handle(request, reply));
}

function keyedRoute(
  ports: KeyPorts,
  document: KeyedDocument,
  handle: (key: SelfServiceKey, request: FastifyRequest, reply: FastifyReply) => unknown,
): Route {
  const accepted = new WeakMap<FastifyRequest, SelfServiceKey>();
  return {
    ...document,
    authenticate: (request) => {
      const key = acceptWithin(ports, request, document.scope);
      annotate(request, { key_id: key.keyId });
      accepted.set(request, key);
    },
    handle: (request, reply) => {
      const key = accepted.get(request);
      if (key === undefined) throw new TypeError('The request was not authenticated.');
      return handle(key, request, reply);
    },
  };
}

function acceptWithin(ports: KeyPorts, request: FastifyRequest, scope: KeyScope): SelfServiceKey {
  const { 'x-api-key': sent } = request.headers;
  const text = typeof sent === 'string' && KEY_TEXT.test(sent) ? sent : undefined;
  try {
    return ports.keys.accept(text, scope);
  } catch (error) {
    const isFailed = error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED';
    const address = clientAddress(request, ports.isBehindBoundary);
    throw (isFailed ? ports.limits.refuseFailedAuthentication(address) : undefined) ?? error;
  }
}
