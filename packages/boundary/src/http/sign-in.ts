/** Signing in and out with a browser. These are addresses of pages, not of the API. */
import { CratonError } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { authenticateOperator, type OperatorDoorPorts } from '../people/operator-identity.ts';
import {
  beginSignIn,
  CALLBACK_PATH,
  completeSignIn,
  forgetSignIn,
  isReturnTo,
  RETURN_TO_DEFAULT,
  type SignInPorts,
  type SignInStep,
} from '../people/sign-in.ts';
import { NoParameters } from './schemas.ts';

export interface SignInRoutePorts extends OperatorDoorPorts {
  /** Absent: nobody signs in here. */
  readonly signIn?: SignInPorts | undefined;
}

/** What an identity provider sends back in an address at most. Characters. */
const ANSWER_MAX = 8_192;

export function signInRoutes(ports: SignInRoutePorts): readonly Route[] {
  return [beginRoute(ports), callbackRoute(ports), signOutRoute(ports)];
}

// The route's schema has checked what this takes.
const parseSignIn = (query: unknown) => {
  const { step_up, return_to } = query as { step_up?: string; return_to?: string };
  return { isStepUp: step_up === '1', returnTo: return_to ?? RETURN_TO_DEFAULT };
};

function beginRoute(ports: SignInRoutePorts): Route {
  return {
    method: 'GET',
    path: '/operator/sign-in',
    query: Type.Object(
      {
        step_up: Type.Optional(Type.String({ pattern: '^1$' })),
        return_to: Type.Optional(Type.String({ maxLength: 256 })),
      },
      { additionalProperties: false },
    ),
    handle: async (request, reply) => {
      const asked = parseSignIn(request.query);
      if (!isReturnTo(asked.returnTo)) {
        const message = 'return_to must be a page below /operator of this server.';
        throw new CratonError('ERR_REQUEST_FIELD', message, { field: 'return_to' });
      }
      return goOn(reply, await beginSignIn(configured(ports), asked));
    },
  };
}

function callbackRoute(ports: SignInRoutePorts): Route {
  return {
    method: 'GET',
    path: CALLBACK_PATH,
    handle: async (request, reply) => {
      const signIn = configured(ports);
      // Whatever comes of it, this browser has used its sign-in.
      void reply.header('Set-Cookie', forgetSignIn(signIn));
      const { search } = new URL(request.url, 'http://origin.invalid');
      if (search.length > ANSWER_MAX) {
        throw new CratonError('ERR_REQUEST_FIELD', 'The answer of the provider is too long.');
      }
      return goOn(reply, await completeSignIn(signIn, search, request.headers));
    },
  };
}

/** 303: whatever the method was, the next request is a GET. */
function goOn(reply: FastifyReply, { location, cookies }: SignInStep): FastifyReply {
  for (const cookie of cookies) void reply.header('Set-Cookie', cookie);
  return reply.redirect(location, 303);
}

/** A form with `csrf_token`, so that signing out works without a script. */
function signOutRoute(ports: SignInRoutePorts): Route {
  return {
    method: 'POST',
    path: '/operator/sign-out',
    query: NoParameters,
    takesForm: true,
    handle: async (request, reply) => {
      const { sessions } = ports;
      const form = new URLSearchParams(Buffer.from(bodyBytes(request)).toString());
      const { method, headers } = request;
      const sent = { cookie: headers.cookie, origin: headers.origin, ...pick(headers) };
      const csrfToken = form.get('csrf_token') ?? undefined;
      // Without the header Authorization: a token has no session that could end.
      const who = await authenticateOperator(
        ports,
        { method, headers: sent, csrfToken },
        undefined,
      );
      if (sessions === undefined || who.session === undefined) {
        throw new CratonError('ERR_UNAUTHENTICATED', 'There is no session to end.');
      }
      void reply.header('Set-Cookie', await sessions.end(who.session));
      return reply.redirect('/', 303);
    },
  };
}

function pick({ 'sec-fetch-site': site }: Readonly<Record<string, string | string[] | undefined>>) {
  return site === undefined ? {} : { 'sec-fetch-site': site };
}

function configured({ signIn }: SignInRoutePorts): SignInPorts {
  if (signIn !== undefined) return signIn;
  const message = 'Nobody signs in here: set CRATON_OIDC_ISSUER, or use an operator token.';
  throw new CratonError('ERR_NOT_FOUND', message);
}
