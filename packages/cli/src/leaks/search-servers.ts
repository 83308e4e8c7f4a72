/** Starts the servers of this version with planted secrets, explores them, and says what came out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretSearch } from '@craton/policy';
import { readCredentials } from '../development/credentials.ts';
import { CommandFailure } from '../failure.ts';
import { type ReadyServer, startServer } from '../servers/server-process.ts';
import { explore } from './explore-server.ts';
import { type Planting, type PlantedSecret, plantSecrets, startedKeys } from './planted-secrets.ts';

export interface ServerFiles {
  /** Absolute paths of the entry files. */
  readonly boundary: string;
  readonly selfService: string;
}

export interface LeakFindings {
  readonly planted: readonly string[];
  readonly searched: number;
  readonly searchedBytes: number;
  readonly found: readonly string[];
}

/** Nothing is left behind: neither a process nor the folder. */
export async function searchServers(
  files: ServerFiles,
  nowMs: number,
  stop: AbortSignal,
): Promise<LeakFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-leak-search-'));
  const started: ReadyServer[] = [];
  const search = new SecretSearch();
  try {
    const planting = await plantSecrets(folder, nowMs);
    const run = async (entryFile: string, environment: Readonly<Record<string, string>>) => {
      let line = 0;
      const onLine = (text: string): void => search.add(`log line ${++line}`, text);
      const server = await startServer({ entryFile, environment, onLine }, stop);
      started.push(server);
      return server.baseUrl;
    };
    const selfServiceUrl = await run(files.selfService, planting.selfService);
    const boundary = { ...planting.boundary, CRATON_SELF_SERVICE_URL: selfServiceUrl };
    const baseUrl = await run(files.boundary, boundary);
    const routes = await explore({ baseUrl, ways: waysOf(planting), search });
    if (routes === 0) throw nothingExplored();
    // Their last lines come while they end.
    await stopAll(started);
    return findingsOf(search, [...planting.secrets, ...startedKeys(planting)]);
  } finally {
    await stopAll(started);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stopAll(started: ReadyServer[]): Promise<void> {
  for (const server of started.splice(0).reverse()) await server.stop('SIGTERM');
}

function waysOf({ paths, selfServiceKey }: Planting) {
  const { boundaryApiKey, operatorToken = '' } = readCredentials(paths.credentials);
  return [
    ['nobody', {}],
    ['a stranger', { authorization: 'Bearer nobody-knows-this', 'x-api-key': 'nobody-knows' }],
    ['a partner', { authorization: `Bearer ${boundaryApiKey}` }],
    ['an operator', { authorization: `Bearer ${operatorToken}` }],
    ['an author', { 'x-api-key': selfServiceKey }],
  ] as const;
}

function findingsOf(search: SecretSearch, secrets: readonly PlantedSecret[]): LeakFindings {
  return {
    planted: secrets.map(({ name }) => name).filter((name) => /^[A-Z_]+$/.test(name)),
    searched: search.places,
    searchedBytes: search.size,
    found: secrets.flatMap(({ name, forms }) =>
      [...new Set(forms.flatMap((form) => search.find(form)))].map(
        (place) => `${name} in ${place}`,
      ),
    ),
  };
}

function nothingExplored(): CommandFailure {
  return new CommandFailure('The servers served no OpenAPI document: nothing was explored.', {
    code: 'nothing_explored',
  });
}
