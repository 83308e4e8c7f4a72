/** The routes of rollouts as one person sees them. */
import type { Command } from 'commander';
import type { JsonObject } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { DemoPerson, DevelopmentCredentials } from '../development/credentials.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import {
  addOperatorFlags,
  OperatorClient,
  type OperatorOptions,
} from '../operator/operator-client.ts';
import { developmentAccess } from '../server/server-access.ts';
import { refusedInWords } from './rollout-exit.ts';
import {
  parseRollout,
  parseRollouts,
  type RolloutBrief,
  type RolloutView,
} from './rollout-view.ts';

/** Flags of every command about rollouts. */
export interface RolloutOptions extends OperatorOptions {
  /** A demo person of this machine's development server. */
  readonly as?: string;
}

/** Adds the flags of `RolloutOptions`. */
export function addRolloutFlags(command: Command): Command {
  return addOperatorFlags(command).option(
    '--as <person>',
    'in development: act as a demo person, by name, act_ id or a role that only one holds',
  );
}

/** Below the API's base. */
export const pathOfRollout = (rolloutId: string): string =>
  `/rollouts/${encodeURIComponent(rolloutId)}`;

/** What can be asked about rollouts. A refusal fails with its reasons in words. */
export class RolloutClient {
  readonly #operator: OperatorClient;

  private constructor(operator: OperatorClient) {
    this.#operator = operator;
  }

  /** Fails with `usage` if there is no address, no token, or no such person. */
  static of(context: CliContext, options: RolloutOptions): RolloutClient {
    return new RolloutClient(operatorOf(context, options));
  }

  get(path: string): Promise<JsonObject> {
    return inWords(this.#operator.get(path));
  }

  post(path: string, body: object): Promise<JsonObject> {
    return inWords(this.#operator.post(path, body));
  }

  async list(): Promise<readonly RolloutBrief[]> {
    return parseRollouts(await this.get('/rollouts'));
  }

  /** The answer as it came, and read. */
  async show(rolloutId: string): Promise<{ answer: JsonObject; rollout: RolloutView }> {
    const answer = await this.get(pathOfRollout(rolloutId));
    return { answer, rollout: parseRollout(answer) };
  }

  /**
   * The id of a rollout by what a person calls it: its id, its path id, or `partner/path`. Of several
   * the one that changed last. Fails with `usage` if there is none.
   */
  async idOf(name: string): Promise<string> {
    if (name.startsWith('rol_')) return name;
    const named = (await this.list()).filter(
      ({ partnerId, pathId }) => name === pathId || name === `${partnerId}/${pathId}`,
    );
    const [newest] = named.toSorted((one, other) => compare(other.changedAt, one.changedAt));
    if (newest === undefined) {
      throw usageFailure('There is no rollout of that name.', 'craton rollout list shows them.');
    }
    const partners = new Set(named.map(({ partnerId }) => partnerId));
    if (partners.size === 1) return newest.rolloutId;
    throw usageFailure('Several partners have a path of that name.', 'Write PARTNER/PATH.');
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function operatorOf(context: CliContext, options: RolloutOptions): OperatorClient {
  const { as, tokenFile, url } = options;
  if (as === undefined) return OperatorClient.of(context, options);
  if (tokenFile !== undefined) throw usageFailure('Give --as or --token-file, not both.');
  return OperatorClient.at(
    developmentAccess(context, url, (credentials) => personNamed(credentials, as).token),
  );
}

/** One demo person. Fails with `usage`, naming those that there are. */
export function personNamed({ people }: DevelopmentCredentials, name: string): DemoPerson {
  const wanted = name.toLowerCase();
  const named = people.filter(
    (one) => one.actId === name || one.name.toLowerCase().split(' ').includes(wanted),
  );
  const whole = people.filter((one) => one.name.toLowerCase() === wanted);
  const holding = people.filter(({ roles }) => roles.includes(name));
  const found = [whole, named, holding].find((some) => some.length === 1)?.[0];
  if (found !== undefined) return found;
  const known = people.map((one) => `${one.name} (${one.roles.join(', ') || 'no role'})`);
  throw usageFailure(
    'No demo person, or more than one, is called so.',
    known.length > 0 ? known.join('\n') : 'This development server has no demo people.',
  );
}

async function inWords(answer: Promise<JsonObject>): Promise<JsonObject> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof CommandFailure ? refusedInWords(error) : error;
  }
}
