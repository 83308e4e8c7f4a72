/** `craton partners`: who may ask a boundary, and their units. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import {
  addOperatorFlags,
  OperatorClient,
  type OperatorOptions,
} from '../operator/operator-client.ts';
import { table } from '../text.ts';

export interface AddPartnerOptions extends OperatorOptions {
  readonly unit?: readonly string[];
}

export function addPartnerCommands(program: Command, context: CliContext, run: Run): void {
  const partners = program
    .command('partners')
    .summary('the partners of a boundary and their units')
    .description('Adds and lists partners through the operator API of a running boundary.');
  const add = describe(partners, 'add', {
    summary: 'add a partner, or units to one',
    description: 'Makes a partner known, and its units. What is there already stays.',
    examples: [
      'craton partners add northstar_controls --unit operations',
      'craton partners add acme --url https://craton.example --token-file operator-token.txt',
    ],
  })
    .argument('<partner>', 'id of the partner: lower-case letters, digits and underscores')
    .option('--unit <names...>', 'units of the partner');
  addOperatorFlags(add).action((partner: string, options: AddPartnerOptions) =>
    run(() => addPartner(context, partner, options))(),
  );
  const list = describe(partners, 'list', {
    summary: 'list partners and units',
    description: 'Lists all partners and their units.',
    examples: ['craton partners list', 'craton partners list --json'],
  });
  addOperatorFlags(list).action((options: OperatorOptions) =>
    run(() => listPartners(context, options))(),
  );
}

async function addPartner(
  context: CliContext,
  partnerId: string,
  options: AddPartnerOptions,
): Promise<void> {
  const client = OperatorClient.of(context, options);
  const units = (options.unit ?? []).flatMap((text) => text.split(','));
  const answer = await client.post('/partners', { partner_id: partnerId, units });
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  context.out(`Partner ${shown(answer['partner_id'])} is known.`);
  context.out(`  units   ${shown(answer['units']) || 'none'}`);
}

async function listPartners(context: CliContext, options: OperatorOptions): Promise<void> {
  const answer = await OperatorClient.of(context, options).get('/partners');
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = objectsOf(answer, 'partners').map((partner) => [
    shown(partner['partner_id']),
    shown(partner['created_at']),
    shown(partner['units']),
  ]);
  for (const line of table(['PARTNER', 'ADDED', 'UNITS'], rows)) context.out(line);
}
