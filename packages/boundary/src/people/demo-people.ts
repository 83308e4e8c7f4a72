/** Five people who play all roles on a development machine. Nobody is behind them. */
import type { HolderRole, RoleHolders } from '@craton/policy';
import { START_ACTOR } from '../commands/audit.ts';
import type { OperatorRecords } from '../ledger/operator-records.ts';
import type { Scope } from '../ledger/port.ts';
import { reasonOf } from '../rollout/reason.ts';
import { confirmProposal, type GovernancePorts, loadGovernance, propose } from './governance.ts';
import { newActId } from './sign-in.ts';

/** One of them, before they are in a store. */
export interface DemoPerson {
  readonly name: string;
  /** Stands for what an identity provider would call them. */
  readonly subject: string;
  readonly roles: readonly HolderRole[];
  readonly scopes: readonly Scope[];
}

const REVIEWER: readonly Scope[] = ['read', 'review'];

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    name: 'Paula Platform',
    subject: 'demo-platform',
    roles: ['platform_owner', 'risk_owner'],
    scopes: REVIEWER,
  },
  { name: 'Samir Security', subject: 'demo-security', roles: ['security_owner'], scopes: REVIEWER },
  {
    name: 'Olga Operator',
    subject: 'demo-operator',
    roles: ['craton_operator'],
    scopes: [...REVIEWER, 'deploy'],
  },
  {
    name: 'Ines Integration',
    subject: 'demo-integration',
    roles: ['integration_engineer', 'rollback_owner'],
    scopes: REVIEWER,
  },
  { name: 'Bo Business', subject: 'demo-business', roles: ['business_owner'], scopes: REVIEWER },
];

/** No identity provider has this name: nobody can sign in as one of them. */
export const DEMO_ISSUER = 'craton:demo';

export interface DemoPorts extends Omit<GovernancePorts, 'operatorRecords'> {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain' | 'listPeople' | 'findPersonOf'>;
}

/** The ids of the demo people, each made known where it is not yet, in the order of the list. */
export async function keepDemoPeople(ports: DemoPorts): Promise<readonly string[]> {
  const actIds: string[] = [];
  for (const { subject, name } of DEMO_PEOPLE) {
    const known = await ports.operatorRecords.findPersonOf(DEMO_ISSUER, subject);
    const actId = known?.actId ?? newActId();
    if (known === undefined) {
      const person = { actId, issuer: DEMO_ISSUER, subject, name };
      await ports.admin.apply({ kind: 'upsert_person', ...person });
    }
    actIds.push(actId);
  }
  return actIds;
}

/**
 * Gives them their roles if nobody was ever given one here: what people changed since stays. The
 * records say that the start did it, and count in development alone.
 */
export async function keepDemoRoles(ports: DemoPorts, actIds: readonly string[]): Promise<void> {
  const { governance } = await loadGovernance(ports);
  if (governance.holders.size > 0) return;
  const open = governance.open.find(({ proposer }) => proposer === START_ACTOR);
  const body = { role_holders: holdersOf(actIds), ...REASON };
  const kind = 'role_holders_proposed';
  const { digest } = open ?? (await propose(ports, { actor: START_ACTOR, kind, body }));
  await confirmProposal(ports, { actor: START_ACTOR, proposal: digest });
}

const REASON = reasonOf('Demo people of a development machine, set up by its start.');

function holdersOf(actIds: readonly string[]): RoleHolders {
  const held = DEMO_PEOPLE.flatMap(({ roles }, index) =>
    roles.map((role) => [role, [actIds[index] ?? '']] as const),
  );
  return Object.fromEntries(held);
}
