/** Opens the production ledger on PostgreSQL: writer, reader, administration, health. */
import { CratonError } from '@craton/protocol';
import { PostgresLogStore } from '../../log/postgres-store.ts';
import type { BatchPort, BatchReply, BatchTaken } from '../batch.ts';
import type { OpenLedger, Seams } from '../open-ledger.ts';
import type { IssuerSettings, OpenedWriter } from '../open-writer.ts';
import { OperatorRecords } from '../operator-records.ts';
import { type Sources, systemSources } from '../sources.ts';
import { WriterPort } from '../writer-port.ts';
import { WriterQueue } from '../writer-queue.ts';
import { PostgresAdministration } from './administration.ts';
import { numbered, openReadPool, openWritePool, type PostgresLocation } from './connection.ts';
import { PostgresExportRows } from './export-rows.ts';
import { PARTNER_LANES } from './partner-lanes.ts';
import { PostgresReader } from './reader.ts';
import { SnapshotFollower } from './snapshot-follower.ts';
import { openPostgresWriter } from './writer.ts';

/** Connections of one node for its reads; one more follows changes. */
const READ_CONNECTIONS = 4;
/** Connections of one node for the log; each is made when it is first needed. */
const LOG_CONNECTIONS = { readers: 2, writers: 1 } as const;
/** Connections of its writer: as many as there can be batches. */
const WRITE_CONNECTIONS = PARTNER_LANES.count * PARTNER_LANES.batchesInFlightMax;

const WRITER_ENTRY = new URL('./writer-thread.ts', import.meta.url);

/** Where the ledger is and with what it issues. */
export interface PostgresLedgerOptions extends PostgresLocation, IssuerSettings {
  /** Commits that wait at most. */
  readonly queueMax?: number;
  /** Milliseconds after which keys that nobody confirmed are not used; 5 s if absent. */
  readonly confirmMsMax?: number;
  /** Unforeseen errors, for the operator's log: code locations, never values. */
  readonly onFault?: (fault: string) => void;
  /** Told of each batch that came back, for metrics. */
  readonly onBatch?: (batch: BatchTaken) => void;
}

/**
 * Makes or migrates the tables. Throws `ERR_MIGRATION` if they do not fit this version, `ERR_SIGNING`
 * if a key does not work, `ERR_CONFIG` for a server that may lose what it acknowledged, and
 * `ERR_STORE_UNAVAILABLE` if it cannot be reached.
 */
export async function openPostgresLedger(options: PostgresLedgerOptions): Promise<OpenLedger> {
  const { url, isProductionLike, issuer, signingKeys } = options;
  const settings = { url, isProductionLike, issuer, signingKeys, connections: WRITE_CONNECTIONS };
  const { port, keys } = await WriterPort.start(WRITER_ENTRY, settings);
  const link: WriterLink = {
    batches: port,
    keys,
    noteSeen: (seen) => {
      port.noteSeen(seen);
    },
  };
  return assemble(options, link, systemSources());
}

/** The same ledger with its writer in this thread, where tests control clock and failures. */
export async function openInlinePostgresLedger(
  options: PostgresLedgerOptions,
  { sources, wrapStore }: Seams,
): Promise<OpenLedger> {
  const signingKeys = options.signingKeys.map((key) => ({ ...key, seed: key.seed.slice() }));
  const settings = { ...options, signingKeys, connections: WRITE_CONNECTIONS };
  const { runner, ...others } = await openPostgresWriter(settings, sources, wrapStore);
  return assemble(options, { batches: runner, ...others }, sources);
}

/** The writer, whichever thread it is in. */
interface WriterLink extends Pick<OpenedWriter, 'keys' | 'noteSeen'> {
  readonly batches: BatchPort;
}

async function assemble(
  options: PostgresLedgerOptions,
  { batches, keys, noteSeen }: WriterLink,
  sources: Sources,
): Promise<OpenLedger> {
  const follower = await openFollower(options, batches);
  const reader = new PostgresReader(openReadPool(options, READ_CONNECTIONS), follower);
  const onReply = ({ faults, replies, tookMs }: BatchReply): void => {
    options.onBatch?.({ commits: replies.length, tookMs });
    for (const fault of faults) options.onFault?.(fault);
  };
  const { queueMax } = options;
  const nowMs = () => sources.nowMs();
  const writer = new WriterQueue({ batches, nowMs, queueMax, onReply, lanes: PARTNER_LANES });
  const logReaders = openReadPool(options, LOG_CONNECTIONS.readers);
  const logWriters = openWritePool(options, LOG_CONNECTIONS.writers);
  const close = async () => {
    await writer.close();
    await Promise.all([reader.close(), follower.close(), logReaders.end(), logWriters.end()]);
  };
  let closing: Promise<void> | undefined;
  return {
    writer,
    reader,
    signingKeys: keys,
    noteSeen,
    openLog: (name) => new PostgresLogStore(name, logReaders, logWriters),
    admin: new PostgresAdministration(writer, reader, follower),
    operatorRecords: new OperatorRecords(({ text, values }) =>
      reader.all({ text: numbered(text), values: [...values] }),
    ),
    exportRows: new PostgresExportRows(reader),
    health: () => writer.health(),
    close: () => (closing ??= close()),
  };
}

/** Without it there is no ledger: the writer, which is open already, is closed then. */
async function openFollower(
  options: PostgresLedgerOptions,
  batches: BatchPort,
): Promise<SnapshotFollower> {
  try {
    return await SnapshotFollower.open(options);
  } catch (cause) {
    await batches.close();
    if (cause instanceof CratonError) throw cause;
    const message = 'DATABASE_URL names a database that does not answer.';
    throw new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
  }
}
