/** What people may do: from the scopes of a token, or from the roles of whoever signed in. */
import { type Governance, HOLDER_ROLES, type HolderRole } from '@craton/policy';
import type { Scope } from '../ledger/port.ts';

/** A role that a person holds: for one path, or for every path. */
export interface HeldRole {
  readonly role: HolderRole;
  /** `<partner_id>/<path_id>`; absent: every path. */
  readonly path?: string;
}

/** Who reads may look at rollouts; an auditor may look at the same, and do nothing. */
export function opens(scopes: readonly Scope[], asked: Scope | undefined): boolean {
  if (asked === undefined || scopes.includes(asked)) return true;
  return asked === 'read' && scopes.includes('audit');
}

/** In the order of the records, then of the roles. */
export function rolesOf({ holders }: Governance, actId: string): readonly HeldRole[] {
  return [...holders].flatMap(([path, held]) =>
    HOLDER_ROLES.filter((role) => held[role]?.includes(actId) === true).map((role) =>
      path === '' ? { role } : { role, path },
    ),
  );
}

/**
 * What a session may do. Whoever holds a role reads and reviews, Craton's operator deploys, and
 * nobody administers: that takes a token. Whether a role counts for one rollout, its gates say.
 */
export function scopesOfRoles(roles: readonly HeldRole[]): readonly Scope[] {
  if (roles.length === 0) return [];
  const isOperator = roles.some(({ role }) => role === 'craton_operator');
  return isOperator ? ['read', 'review', 'deploy'] : ['read', 'review'];
}
