/** `craton rollout approve|reject|...`: what people say about a rollout, each in a role. */
import type { JsonObject } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { shown } from '../operator/answers.ts';
import { type ConfirmationFlags, confirmSubject } from '../rollout/confirmation.ts';
import { describeRollout } from '../rollout/describe-rollout.ts';
import { pathOfRollout, RolloutClient, type RolloutOptions } from '../rollout/rollout-client.ts';
import { parseRollout } from '../rollout/rollout-view.ts';
import { sentenceOf, words } from '../rollout/rollout-words.ts';

export interface DecisionOptions extends RolloutOptions, ConfirmationFlags {
  readonly gate: string;
  readonly role: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/** What a person can say at a gate, with what is shown before and after. */
const DECISIONS = {
  approve: ['You approve', 'Approved'],
  reject: ['You reject', 'Rejected'],
  'request-changes': ['You send back to its author', 'Sent back to its author'],
} as const;
export type GateVerb = keyof typeof DECISIONS;

/** Says it, for exactly the packet and scope that were shown. */
export async function decideGate(
  context: CliContext,
  [verb, name]: readonly [GateVerb, string],
  options: DecisionOptions,
): Promise<void> {
  const client = RolloutClient.of(context, options);
  const { rollout } = await client.show(await client.idOf(name));
  const { gate, role, reason } = options;
  const [before, after] = DECISIONS[verb];
  const said = `${before} at ${gate} as ${words(role)}`;
  await confirmSubject(context, rollout, { verb: said, flags: options });
  const answer = await client.post(`${pathOfRollout(rollout.rolloutId)}/${verb}`, {
    gate,
    role,
    packet_digest: rollout.packetDigest,
    scope_digest: rollout.scopeDigest,
    ...(reason !== undefined && { reason }),
  });
  tellRollout(context, { answer, sentence: `${after} at ${gate} as ${words(role)}.` }, options);
}

/** Takes one's own approval back. */
export async function withdrawApproval(
  context: CliContext,
  name: string,
  options: RolloutOptions & {
    readonly gate: string;
    readonly role: string;
    readonly reason: string;
  },
): Promise<void> {
  const { gate, role, reason } = options;
  const sentence = `The approval of ${gate} as ${words(role)} is withdrawn.`;
  await act(context, ['withdraw-approval', name, { gate, role, reason }], { sentence, options });
}

/** Confirms that one is who the plan names. */
export async function acknowledge(
  context: CliContext,
  name: string,
  options: RolloutOptions & { readonly subject: string },
): Promise<void> {
  const { subject } = options;
  const sentence = `Acknowledged: ${words(subject)}.`;
  await act(context, ['acknowledge', name, { subject }], { sentence, options });
}

/** Closes the review of an emergency deployment. */
export async function reviewBreakGlass(
  context: CliContext,
  name: string,
  options: RolloutOptions & { readonly reason: string },
): Promise<void> {
  const sentence = 'The review of the emergency deployment is closed.';
  const { reason } = options;
  await act(context, ['review-break-glass', name, { reason }], { sentence, options });
}

/** Sends a test message to the incident channel; one that does not arrive is a failure. */
export async function testChannel(
  context: CliContext,
  name: string,
  options: RolloutOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  const answer = await client.post(`${pathOfRollout(await client.idOf(name))}/test-channel`, {});
  const isDelivered = answer['delivered'] === true;
  if (options.json === true) context.out(JSON.stringify(answer));
  else if (isDelivered) context.out(context.paint('green', 'The test message arrived.'));
  else {
    const why = sentenceOf(shown(answer['code']));
    context.out(`${context.paint('red', 'The test message did not arrive.')} ${why}`);
  }
  return isDelivered ? 'done' : 'failed';
}

interface Telling {
  readonly sentence: string;
  readonly options: RolloutOptions;
}

async function act(
  context: CliContext,
  [verb, name, body]: readonly [string, string, object],
  { sentence, options }: Telling,
): Promise<void> {
  const client = RolloutClient.of(context, options);
  const answer = await client.post(`${pathOfRollout(await client.idOf(name))}/${verb}`, body);
  tellRollout(context, { answer, sentence }, options);
}

function tellRollout(
  context: CliContext,
  { answer, sentence }: { readonly answer: JsonObject; readonly sentence: string },
  { json }: RolloutOptions,
): void {
  if (json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  context.out(context.paint('green', sentence));
  context.out('');
  for (const line of describeRollout(context, parseRollout(answer))) context.out(line);
}
