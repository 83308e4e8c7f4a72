/** Talks to the API of self-service. */
import type { Command } from 'commander';
import { type JsonObject, utf8 } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { accessOf, type KeyNames, serverAddress } from '../server/server-access.ts';
import {
  type Advice,
  parseAnswer,
  sendRequest,
  type ServerAccess,
} from '../server/server-client.ts';

/** Flags of every command that talks to self-service. */
export interface SelfServiceOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/** Adds the address, and the key where one is needed. */
export function addSelfServiceFlags(command: Command, needsKey: boolean): Command {
  command.option(
    '--url <url>',
    'address of self-service or of its boundary (else CRATON_BOUNDARY_URL, else the local one)',
  );
  if (!needsKey) return command;
  return command.option(
    '--key-file <file>',
    'file with your key (else CRATON_SELF_SERVICE_API_KEY, else the local one)',
  );
}

const SELF_SERVICE_KEY: KeyNames = {
  noun: 'self-service key',
  flag: '--key-file',
  variable: 'CRATON_SELF_SERVICE_API_KEY',
  ofDevelopment: ({ selfServiceApiKey }) => selfServiceApiKey,
};

const ADVICE: Advice = {
  unreachable: 'Nothing is known of what became of the request: look before you try again.',
  byStatus: {
    401: 'Check your self-service key: it may be mistyped or expired.',
    403: 'Your key lacks the scope, or somebody else saved this version.',
    404: 'Check the id; craton draft show lists the drafts of your organisation.',
    409: 'Read the draft again with craton draft show, and compare.',
    503: 'Try again later.',
  },
};

const BASE = '/self-service/api';

/** The API as one person, or anybody, sees it. */
export class SelfServiceClient {
  readonly #access: ServerAccess;

  private constructor(access: ServerAccess) {
    this.#access = access;
  }

  /** As the person whose key it is. Fails with `usage` if there is no address or no key. */
  static of(context: CliContext, { url, keyFile }: SelfServiceOptions): SelfServiceClient {
    const access = accessOf(context, { url, keyFile }, SELF_SERVICE_KEY);
    return new SelfServiceClient({ ...access, keyHeader: 'x-api-key' });
  }

  /** For what needs no key. Fails with `usage` if there is no address. */
  static anonymous(context: CliContext, { url }: SelfServiceOptions): SelfServiceClient {
    const baseUrl = serverAddress(context, url);
    return new SelfServiceClient({ baseUrl, apiKey: '', keyHeader: 'none' });
  }

  /** At an address that is known already; without a key for what needs none. */
  static at({ baseUrl, apiKey }: { baseUrl: string; apiKey?: string }): SelfServiceClient {
    const keyHeader = apiKey === undefined ? 'none' : 'x-api-key';
    return new SelfServiceClient({ baseUrl, apiKey: apiKey ?? '', keyHeader });
  }

  /** `path` begins with a slash, below the API's base. */
  async get(path: string): Promise<JsonObject> {
    return parseAnswer(await this.getBytes(path));
  }

  getBytes(path: string): Promise<Uint8Array> {
    return sendRequest(this.#access, { path: BASE + path }, ADVICE);
  }

  async post(path: string, body: object): Promise<JsonObject> {
    const bytes = utf8(JSON.stringify(body));
    return parseAnswer(await sendRequest(this.#access, { path: BASE + path, body: bytes }, ADVICE));
  }
}
