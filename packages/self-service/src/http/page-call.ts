/** What the pages of self-service share. */
import type { CratonError } from '@craton/protocol';
import type { FormProblem } from '@craton/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PersonKey } from '../keys.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import type { DraftRoutePorts } from './drafts.ts';

export interface PagePorts extends DraftRoutePorts {
  readonly sessions: BrowserSessions;
}

/** A request with the person at the browser, if somebody has signed in. */
export interface PageCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly person: PersonKey | undefined;
}

/** The members of a query that are there once. */
export function parseQuery({ query }: FastifyRequest): Readonly<Partial<Record<string, string>>> {
  const sent = Object.entries(query as Record<string, unknown>);
  return Object.fromEntries(sent.filter(([, value]) => typeof value === 'string')) as Partial<
    Record<string, string>
  >;
}

/** What an address has in the place of the draft's id. */
export function parseDraftParam({ params }: FastifyRequest): string | undefined {
  return (params as { draft_id?: string }).draft_id;
}

/** A refusal as a form shows it; the key is a field there, and no header. */
export function problemOf({ message, field }: CratonError): FormProblem {
  if (field === 'X-API-Key') {
    return { field: 'api_key', message: 'This key is not valid here. Check it, and try again.' };
  }
  return { message, ...(field !== undefined && { field }) };
}
