/** Whether there is somebody for each thing that a rollout asks of people. */
import { type Governance, type RoleHolders, unsatisfiableGates } from '@craton/policy';
import type { RolloutPorts } from './ports.ts';
import { loadGovernance } from './read-rollout.ts';

/**
 * Whether every gate could get its approvals, and the way back has an owner: for all paths, or at
 * least for one. Throws as `loadGovernance`.
 */
export async function areRolesFilled(
  ports: Pick<RolloutPorts, 'operatorRecords' | 'environment' | 'isProductionLike' | 'sources'>,
): Promise<boolean> {
  const { governance } = await loadGovernance(ports);
  const general = governance.holders.get('');
  return Array.from(governance.holders.values()).some((own) =>
    isFilled(governance, { ...general, ...own }),
  );
}

function isFilled({ policy }: Governance, holders: RoleHolders): boolean {
  const hasOwner = (holders.rollback_owner?.length ?? 0) > 0;
  return hasOwner && unsatisfiableGates(holders, [], policy).length === 0;
}
