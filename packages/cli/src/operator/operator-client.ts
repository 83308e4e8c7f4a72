/** Talks to the operator API of a boundary. */
import type { Command } from 'commander';
import { type JsonObject, utf8 } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { accessOf, type KeyNames } from '../server/server-access.ts';
import {
  type Advice,
  parseAnswer,
  sendRequest,
  type ServerAccess,
} from '../server/server-client.ts';

/** Flags of every command that talks to the operator API. */
export interface OperatorOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** Adds the flags of `OperatorOptions`. */
export function addOperatorFlags(command: Command): Command {
  return command
    .option('--url <url>', 'address of the boundary (else CRATON_BOUNDARY_URL, else the local one)')
    .option(
      '--token-file <file>',
      'file with the operator token (else CRATON_OPERATOR_TOKEN, else the local one)',
    );
}

const OPERATOR_TOKEN: KeyNames = {
  noun: 'operator token',
  flag: '--token-file',
  variable: 'CRATON_OPERATOR_TOKEN',
  ofDevelopment: ({ operatorToken }) => operatorToken,
};

/** What an operator can do about a failure. */
export const OPERATOR_ADVICE: Advice = {
  unreachable: 'Nothing is known of what became of the request: look before you try again.',
  byStatus: {
    401: 'Check the operator token: it may be mistyped, expired or revoked.',
    403: 'The token is no operator’s of this environment, or lacks the scope: admin to change, read to look.',
    503: 'Try again later.',
  },
};

/** Fails with `usage` if there is no address or no token. */
export function operatorAccess(
  context: CliContext,
  { url, tokenFile }: OperatorOptions,
): ServerAccess {
  return accessOf(context, { url, keyFile: tokenFile }, OPERATOR_TOKEN);
}

const BASE = '/operator/api';

/** The operator API as one user of one server sees it. */
export class OperatorClient {
  readonly #access: ServerAccess;

  private constructor(access: ServerAccess) {
    this.#access = access;
  }

  /** Fails with `usage` if there is no address or no token. */
  static of(context: CliContext, options: OperatorOptions): OperatorClient {
    return new OperatorClient(operatorAccess(context, options));
  }

  /** With an address and a token that are known already. */
  static at(access: ServerAccess): OperatorClient {
    return new OperatorClient(access);
  }

  /** `path` begins with a slash, below the API's base. */
  async get(path: string): Promise<JsonObject> {
    return parseAnswer(await this.getBytes(path));
  }

  getBytes(path: string): Promise<Uint8Array> {
    return sendRequest(this.#access, { path: BASE + path }, OPERATOR_ADVICE);
  }

  /** `body` as bytes is sent as it is. */
  async post(path: string, body: object | Uint8Array): Promise<JsonObject> {
    const bytes = body instanceof Uint8Array ? body : utf8(JSON.stringify(body));
    return parseAnswer(
      await sendRequest(this.#access, { path: BASE + path, body: bytes }, OPERATOR_ADVICE),
    );
  }
}
