/** The transparency log: checkpoint, tiles, entries, and proofs of receipts (C2SP tlog-tiles). */
import {
  CratonError,
  encodeEntryBundle,
  parseTilePath,
  type Tile,
  TILE_WIDTH,
  tileWidth,
} from '@craton/protocol';
import { PUBLIC_DOCUMENT_HEADERS, type Route, type RouteDocument } from '@craton/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { proveReceipt } from '../commands/prove-receipt.ts';
import type { LedgerReader } from '../ledger/port.ts';
import type { LogService } from '../log/log-service.ts';
import { tileReader } from '../log/read-tiles.ts';
import { logOf, type ServedLogs } from '../staging.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import {
  authenticatedRoute,
  KEY_ERRORS,
  type KeyedDocument,
  operatorRoute,
} from './authenticate.ts';
import { JSON_TYPE, OCTETS_TYPE, TEXT_TYPE } from './content-types.ts';
import { CommitmentId, LogProof, NoParameters, RequestId } from './schemas.ts';

export interface LogRoutePorts extends ApiKeyPorts, ServedLogs {
  readonly reader: LedgerReader;
  readonly material: VerificationMaterial;
  /** Whether tiles and entries need no key. */
  readonly hasOpenTiles: boolean;
}

/** A checkpoint is newer every second while something is decided. */
const CHECKPOINT_CACHE = 'public, max-age=1';
/** What a path names never changes. */
const TILE_AGE_S = 31_536_000;
const WAIT_S_MAX = 10;

const CHECKPOINT: RouteDocument = {
  method: 'GET',
  path: '/log/checkpoint',
  operationId: 'getCheckpoint',
  summary: 'The newest published checkpoint of the log',
  description: 'A signed note: the log’s signature, and the cosignatures of witnesses.',
  query: NoParameters,
  answer: { description: 'The checkpoint.', contentType: 'text/plain' },
  errors: ['ERR_REQUEST_FIELD', 'ERR_NOT_FOUND'],
};

const STAGING_CHECKPOINT: RouteDocument = {
  ...CHECKPOINT,
  path: '/log/staging/checkpoint',
  operationId: 'getStagingCheckpoint',
  summary: 'The newest published checkpoint of the log of staging',
  description: `${CHECKPOINT.description ?? ''} 404 where this server does not serve staging.`,
};

/** A document, and the log that it shows: none where this server has no such log. */
interface ShownLog<D extends RouteDocument> {
  readonly document: D;
  readonly log: LogService | undefined;
}

function checkpointRoute({ document, log }: ShownLog<RouteDocument>): Route {
  return {
    ...document,
    handle: (_request, reply) => {
      const published = log?.view.state.published;
      if (published === undefined) {
        throw new CratonError(
          'ERR_NOT_FOUND',
          'There is no such log here, or it has no checkpoint yet.',
        );
      }
      const headers = { ...PUBLIC_DOCUMENT_HEADERS, 'Cache-Control': CHECKPOINT_CACHE };
      return reply.headers(headers).type(TEXT_TYPE).send(published.note);
    },
  };
}

const TILE: KeyedDocument = {
  method: 'GET',
  path: '/log/tile/{tile}',
  operationId: 'getTile',
  summary: 'A tile of hashes, or a bundle of entries',
  description:
    'C2SP tlog-tiles: `{tile}` has slashes, such as `0/x001/x234/067`, `entries/000.p/3`. What a path names never changes. In development, and with `CRATON_LOG_TILES=public`, no key is asked for.',
  scope: 'read',
  keyHolder: 'operator',
  params: Type.Object({
    tile: Type.String({ description: 'Level, index, and for a partial tile its width.' }),
  }),
  restParameter: 'tile',
  query: NoParameters,
  answer: {
    description: 'Hashes of 32 bytes; or entries, each after its length as big-endian uint16.',
    contentType: 'application/octet-stream',
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND'],
};

const STAGING_TILE: KeyedDocument = {
  ...TILE,
  path: '/log/staging/tile/{tile}',
  operationId: 'getStagingTile',
  summary: 'A tile of hashes, or a bundle of entries, of the log of staging',
  description: `${TILE.description ?? ''} 404 where this server does not serve staging.`,
};

function tileRoute(ports: LogRoutePorts, { document, log }: ShownLog<KeyedDocument>): Route {
  const { hasOpenTiles } = ports;
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const bytes = await readTile(log, parseTile(request.params));
    const cache = `${hasOpenTiles ? 'public' : 'private'}, max-age=${TILE_AGE_S}, immutable`;
    if (hasOpenTiles) void reply.headers(PUBLIC_DOCUMENT_HEADERS);
    return reply.header('Cache-Control', cache).type(OCTETS_TYPE).send(Buffer.from(bytes));
  };
  if (hasOpenTiles) return { ...document, handle };
  return operatorRoute(ports, document, ({ request, reply }) => handle(request, reply));
}

const NO_TILE = 'The log has no such tile, or not yet.';

/** The rest of the path, with its slashes. */
function parseTile(params: unknown): Tile {
  const { '*': rest } = params as { '*': string };
  try {
    return parseTilePath(`tile/${rest}`);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CratonError('ERR_NOT_FOUND', NO_TILE);
  }
}

/** Only what a published checkpoint covers: the rest may still be lost. */
async function readTile(log: LogService | undefined, tile: Tile): Promise<Uint8Array> {
  const { level, index, width } = tile;
  const size = log?.view.state.published?.treeSize ?? 0;
  if (log === undefined || tileWidth(tile, size) < width)
    throw new CratonError('ERR_NOT_FOUND', NO_TILE);
  const { store } = log;
  if (level !== 'entries') return tileReader(store)(tile);
  const start = index * TILE_WIDTH;
  const entries = await store.listEntries(start, start + width);
  if (entries.length === width) return encodeEntryBundle(entries);
  throw new CratonError('ERR_LOG_INCONSISTENT', 'An entry of the log is missing.');
}

const PROOF: KeyedDocument = {
  method: 'GET',
  path: '/log/proof/{id}',
  operationId: 'getLogProof',
  summary: 'The proof that a receipt is in the log',
  description:
    'The `log_proof` of a bundle. Where witnesses are configured its checkpoint is cosigned.',
  scope: 'read',
  params: Type.Object({ id: Type.Union([RequestId, CommitmentId]) }),
  query: Type.Object(
    {
      wait: Type.Optional(
        Type.String({
          pattern: '^(?:[0-9]|10)$',
          description: `Seconds to wait for a checkpoint over the receipt, at most ${WAIT_S_MAX}.`,
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: {
    description: 'The entry, and the text of its `.tlog-proof`.',
    contentType: 'application/json',
    schema: LogProof,
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND', 'ERR_PROOF_PENDING'],
};

// The route's schema has checked what these take.
const parseReceiptId = (params: unknown) => (params as { id: string }).id;
const parseWaitMs = (query: unknown) => Number((query as { wait?: string }).wait ?? 0) * 1000;

function proofRoute(ports: LogRoutePorts): Route {
  const { reader, material, nowMs } = ports;
  return authenticatedRoute(ports, PROOF, async ({ caller, request, reply }) => {
    const { owner } = caller;
    const id = parseReceiptId(request.params);
    const waitMs = parseWaitMs(request.query);
    const source = { material, nowMs, transparencyLog: logOf(ports, owner) };
    const text = await proveReceipt(reader, source, { owner, id, waitMs });
    return reply.type(JSON_TYPE).send(text);
  });
}

export const LOG_DOCUMENTS: readonly RouteDocument[] = [
  CHECKPOINT,
  TILE,
  STAGING_CHECKPOINT,
  STAGING_TILE,
  PROOF,
];

export function logRoutes(ports: LogRoutePorts): readonly Route[] {
  const { transparencyLog, stagingLog } = ports;
  return [
    checkpointRoute({ document: CHECKPOINT, log: transparencyLog }),
    tileRoute(ports, { document: TILE, log: transparencyLog }),
    checkpointRoute({ document: STAGING_CHECKPOINT, log: stagingLog }),
    tileRoute(ports, { document: STAGING_TILE, log: stagingLog }),
    proofRoute(ports),
  ];
}
