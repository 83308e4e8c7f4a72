/** Before something is decided: what exactly, shown, and confirmed by a person. */
import type { CliContext } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { labelled } from '../text.ts';
import { subjectRows } from './describe-rollout.ts';
import type { RolloutView } from './rollout-view.ts';

export interface ConfirmationFlags {
  readonly yes?: boolean;
  /** The packet that the person has looked at; another one is refused. */
  readonly packetDigest?: string;
  readonly json?: boolean;
}

/**
 * Shows digests and scope on standard error, and takes `--yes` or the path id, typed on a terminal.
 * Answers the path id as it was confirmed. Fails with `usage` where nobody can be asked.
 */
export async function confirmSubject(
  context: CliContext,
  rollout: RolloutView,
  { verb, flags }: { readonly verb: string; readonly flags: ConfirmationFlags },
): Promise<string> {
  const { pathId, partnerId, unit, gateType, systemScope, environment } = rollout;
  demandPacket(rollout, flags);
  context.err(`${verb}:`);
  const rows = [
    ['path', `${pathId} of ${partnerId}, unit ${unit}`] as const,
    ['answers for', `${gateType} in ${systemScope}, ${environment}`] as const,
    ...subjectRows(rollout),
  ];
  for (const line of labelled(rows)) context.err(line);
  if (flags.yes === true) return pathId;
  if (context.ask === undefined || flags.json === true) {
    throw usageFailure('Nothing was done: nobody confirmed it.', 'Look at it, then give --yes.');
  }
  const typed = await context.ask(`Type the path id to go on: `);
  if (typed === pathId) return typed;
  throw new CommandFailure('Nothing was done: that is not the path id.', {
    code: 'path_not_confirmed',
  });
}

function demandPacket({ packetDigest }: RolloutView, flags: ConfirmationFlags): void {
  if (flags.packetDigest === undefined || flags.packetDigest === packetDigest) return;
  throw new CommandFailure('Nothing was done: another packet is under review now.', {
    code: 'packet_changed',
    exit: 'blocked',
    nextStep: 'Look at it again: craton rollout status.',
  });
}
