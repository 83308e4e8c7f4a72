/** Reads what operators send: strict JSON, nothing unknown, nothing filled in. */
import { isActorId } from '@craton/policy';
import {
  CratonError,
  DEPTH_MAX,
  isJsonObject,
  isLabel,
  Members,
  parseStrict,
} from '@craton/protocol';
import {
  type IssueApiKey,
  LIFETIME_DAYS_DEFAULT,
  LIFETIME_DAYS_MAX,
  SCOPES_OF_KIND,
} from '../commands/issue-api-key.ts';
import type { Scope } from '../ledger/port.ts';
import { UNITS_MAX } from './operator-schemas.ts';

/** Throws the errors of `parseStrict`, and `ERR_REQUEST_FIELD` naming the member. */
export function parseNewPartner(bytes: Uint8Array): {
  readonly partnerId: string;
  readonly units: readonly string[];
} {
  const body = readBody(bytes);
  body.only('partner_id', 'units');
  const partnerId = body.text('partner_id', isLabel);
  const units = body.has('units') ? body.textList('units', isLabel) : [];
  if (units.length > UNITS_MAX) throw body.wrong('units', `has more than ${UNITS_MAX} entries`);
  return { partnerId, units };
}

/** Throws the errors of `parseStrict`, and `ERR_REQUEST_FIELD` naming the member. */
export function parseNewApiKey(bytes: Uint8Array): Omit<IssueApiKey, 'actor'> {
  const body = readBody(bytes);
  body.only('kind', 'partner_id', 'act_id', 'scopes', 'lifetime_days');
  const kind = body.oneOf('kind', ['bnd', 'sts', 'ops'] as const);
  const partner = readPartner(body, kind !== 'ops');
  const scopes = readScopes(body, SCOPES_OF_KIND[kind]);
  return {
    kind,
    ...partner,
    ...readPerson(body, kind === 'ops', scopes),
    scopes,
    lifetimeDays: body.has('lifetime_days') ? readLifetime(body) : LIFETIME_DAYS_DEFAULT,
  };
}

/** A body without members. Throws as the others do. */
export function parseNothing(bytes: Uint8Array): void {
  readBody(bytes).only();
}

function readBody(bytes: Uint8Array): Members {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request });
  if (isJsonObject(value)) return Members.of(value, '', 'ERR_REQUEST_FIELD');
  throw new CratonError('ERR_REQUEST_FIELD', 'The body must be a JSON object.');
}

function readPartner(body: Members, isPartners: boolean): { readonly partnerId?: string } {
  if (isPartners) return { partnerId: body.text('partner_id', isLabel) };
  if (!body.has('partner_id')) return {};
  throw body.wrong('partner_id', 'must be left out: an operator belongs to no partner');
}

/** What people alone do needs somebody who answers for it. */
const PERSONAL_SCOPES: readonly Scope[] = ['review', 'deploy'];

function readPerson(
  body: Members,
  isOperators: boolean,
  scopes: readonly Scope[],
): { readonly actId?: string } {
  if (!body.has('act_id')) {
    const needing = scopes.find((scope) => PERSONAL_SCOPES.includes(scope));
    if (needing === undefined) return {};
    throw body.wrong('act_id', `is missing: the scope ${needing} is for people`);
  }
  if (isOperators) return { actId: body.text('act_id', isActorId) };
  throw body.wrong('act_id', 'must be left out: this key belongs to a partner');
}

function readScopes(body: Members, allowed: readonly Scope[]): readonly Scope[] {
  const asked = body.textList('scopes');
  const scopes = allowed.filter((scope) => asked.includes(scope));
  if (scopes.includes('audit') && scopes.length > 1) {
    throw body.wrong('scopes', 'must be audit alone: an auditor can do nothing else');
  }
  if (scopes.length > 0 && scopes.length === asked.length) return scopes;
  throw body.wrong('scopes', `must be one or more of ${allowed.join(', ')}, each once`);
}

function readLifetime(body: Members): number {
  const days = body.integer('lifetime_days', 1);
  if (days <= LIFETIME_DAYS_MAX) return days;
  throw new CratonError(
    'ERR_REQUEST_FIELD',
    `lifetime_days must be at most ${LIFETIME_DAYS_MAX}.`,
    { field: 'lifetime_days' },
  );
}
