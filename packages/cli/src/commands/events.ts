/** `craton events`: who changed what on a boundary. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import {
  addOperatorFlags,
  OperatorClient,
  type OperatorOptions,
} from '../operator/operator-client.ts';
import { table } from '../text.ts';

export interface EventsOptions extends OperatorOptions {
  readonly after?: string;
  readonly limit?: string;
}

export function addEventsCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'events', {
    summary: 'who changed what on a boundary',
    description:
      'Lists changes of partners, paths and API keys in their order. Events are numbered without a ' +
      'gap and never changed.',
    examples: ['craton events', 'craton events --after 100 --limit 1000 --json'],
  })
    .option('--after <number>', 'only events with a higher number (0)')
    .option('--limit <number>', 'events at most (100), up to 1000');
  addOperatorFlags(command).action((options: EventsOptions) =>
    run(() => listEvents(context, options))(),
  );
}

async function listEvents(context: CliContext, options: EventsOptions): Promise<void> {
  const { after = '0', limit = '100' } = options;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(after) || !/^(?:[1-9][0-9]{0,2}|1000)$/.test(limit)) {
    throw usageFailure('--after takes a whole number, and --limit one from 1 to 1000.');
  }
  const client = OperatorClient.of(context, options);
  const answer = await client.get(`/events?after=${after}&limit=${limit}`);
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = objectsOf(answer, 'events').map((event) => [
    shown(event['event_id']),
    shown(event['at']),
    shown(event['actor']),
    shown(event['action']),
    shown(event['subject']),
  ]);
  for (const line of table(['NUMBER', 'WHEN', 'WHO', 'WHAT', 'TO WHAT'], rows)) context.out(line);
}
