/** Opens the production ledger on SQLite: one writer, one reader, administration, health. */
import type { DatabaseSync } from 'node:sqlite';
import { type SendLogWrite, SqliteLogStore } from '../../log/sqlite-store.ts';
import type { BatchPort, BatchReply, BatchTaken } from '../batch.ts';
import type { OpenLedger, Seams } from '../open-ledger.ts';
import type { OpenedWriter } from '../open-writer.ts';
import { OperatorRecords } from '../operator-records.ts';
import type { LedgerWriter } from '../port.ts';
import { type Sources, systemSources } from '../sources.ts';
import { WriterPort } from '../writer-port.ts';
import { WriterQueue } from '../writer-queue.ts';
import { SqliteAdministration } from './administration.ts';
import { openReadConnection } from './connection.ts';
import { SqliteExportRows } from './export-rows.ts';
import { SqliteReader } from './reader.ts';
import { openWriter } from './writer.ts';
import type { WriterSettings } from './writer-message.ts';

const WRITER_ENTRY = new URL('./writer-thread.ts', import.meta.url);

/** Where the ledger is and with what it issues. */
export interface SqliteLedgerOptions extends WriterSettings {
  /** Commits that wait at most. */
  readonly queueMax?: number;
  /** Unforeseen errors, for the operator's log: code locations, never values. */
  readonly onFault?: (fault: string) => void;
  /** Told of each batch that came back, for metrics. */
  readonly onBatch?: (batch: BatchTaken) => void;
}

/**
 * Creates or opens the file. Throws `ERR_STORE_LOCKED` if another process writes it,
 * `ERR_MIGRATION` if it does not fit this version, `ERR_SIGNING` if a key does not work.
 */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<OpenLedger> {
  const { file, issuer, signingKeys } = options;
  const { port, keys } = await WriterPort.start(WRITER_ENTRY, { file, issuer, signingKeys });
  const link: WriterLink = {
    batches: port,
    keys,
    noteSeen: (seen) => {
      port.noteSeen(seen);
    },
    sendLogWrite: (write) => port.writeLog(write),
  };
  return assemble(options, link, systemSources());
}

/** The same ledger with its writer in this thread, where tests control clock and failures. */
export function openInlineSqliteLedger(options: SqliteLedgerOptions, seams: Seams): OpenLedger {
  const signingKeys = options.signingKeys.map((key) => ({ ...key, seed: key.seed.slice() }));
  const settings = { ...options, signingKeys };
  const { runner, writeLog, ...others } = openWriter(settings, seams.sources, seams.wrapStore);
  const sendLogWrite: SendLogWrite = async (write) => {
    await Promise.resolve();
    return writeLog(write);
  };
  return assemble(options, { batches: runner, sendLogWrite, ...others }, seams.sources);
}

/** The writer, whichever thread it is in. */
interface WriterLink extends Pick<OpenedWriter, 'keys' | 'noteSeen'> {
  readonly batches: BatchPort;
  readonly sendLogWrite: SendLogWrite;
}

function assemble(
  options: SqliteLedgerOptions,
  { batches, keys, noteSeen, sendLogWrite }: WriterLink,
  sources: Sources,
): OpenLedger {
  const { reader, database } = openReader(options.file, batches);
  const onReply = ({ snapshotVersion, faults, replies, tookMs }: BatchReply): void => {
    reader.follow(snapshotVersion);
    options.onBatch?.({ commits: replies.length, tookMs });
    for (const fault of faults) options.onFault?.(fault);
  };
  const { queueMax } = options;
  const nowMs = () => sources.nowMs();
  const writer = new WriterQueue({ batches, nowMs, queueMax, onReply });
  let closing: Promise<void> | undefined;
  return {
    writer,
    reader,
    signingKeys: keys,
    noteSeen,
    openLog: (name) => new SqliteLogStore(database, name, sendLogWrite, nowMs),
    admin: new SqliteAdministration(database, writer),
    operatorRecords: new OperatorRecords(async ({ text, values }) => {
      await Promise.resolve();
      return database.prepare(text).all(...values);
    }),
    exportRows: new SqliteExportRows(database),
    health: () => writer.health(),
    close: () => (closing ??= closeBoth(writer, reader)),
  };
}

/** Without a reader there is no ledger: the writer, which is open already, is closed then. */
function openReader(
  file: string,
  batches: BatchPort,
): { readonly reader: SqliteReader; readonly database: DatabaseSync } {
  try {
    const database = openReadConnection(file);
    return { reader: new SqliteReader(database), database };
  } catch (error) {
    void batches.close();
    throw error;
  }
}

async function closeBoth(writer: LedgerWriter, reader: SqliteReader): Promise<void> {
  await writer.close();
  reader.close();
}
