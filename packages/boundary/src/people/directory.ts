/** Who the people in the records are; what can be forgotten stands here alone. */
import { CratonError } from '@craton/protocol';
import { auditEvent } from '../commands/audit.ts';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { OperatorRecords, Person } from '../ledger/operator-records.ts';
import { type GovernancePorts, loadGovernance } from './governance.ts';
import { type HeldRole, rolesOf } from './operator-scopes.ts';

export interface DirectoryPorts extends Pick<GovernancePorts, 'environment' | 'isProductionLike'> {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain' | 'listPeople' | 'findPerson'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
}

/** A person, and the roles that they hold now. */
export interface ListedPerson extends Person {
  readonly roles: readonly HeldRole[];
}

export async function listPeople(ports: DirectoryPorts): Promise<readonly ListedPerson[]> {
  const { governance } = await loadGovernance(ports);
  const people = await ports.operatorRecords.listPeople();
  return people.map((person) => ({ ...person, roles: rolesOf(governance, person.actId) }));
}

/**
 * Forgets who a person is and ends their sessions and tokens. What they did stays in the records,
 * under an id that now leads nowhere. Throws `ERR_NOT_FOUND`.
 */
export async function erasePerson(
  ports: DirectoryPorts,
  { actor, actId }: { readonly actor: string; readonly actId: string },
): Promise<ListedPerson> {
  const { operatorRecords, admin } = ports;
  const known = await operatorRecords.findPerson(actId);
  if (known === undefined) throw notFound();
  if (known.erasedAtMs === undefined) {
    await admin.apply(
      { kind: 'erase_person', actId },
      auditEvent(actor, 'person_erased', { act_id: actId }),
    );
  }
  const { governance } = await loadGovernance(ports);
  const erased = (await operatorRecords.findPerson(actId)) ?? known;
  return { ...erased, roles: rolesOf(governance, actId) };
}

function notFound(): CratonError {
  return new CratonError('ERR_NOT_FOUND', 'There is no such person.', { field: 'act_id' });
}
