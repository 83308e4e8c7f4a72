/** What a process has of its ledger once that is open, whatever its store is. */
import type { LedgerAdmin } from './administration.ts';
import type { OperatorRecords } from './operator-records.ts';
import type { ExportRows } from './export-port.ts';
import type { LogName, LogStore } from '../log/port.ts';
import type { SeenOfLog } from './issuing.ts';
import type { StoreWrapper } from './open-writer.ts';
import type { LedgerHealth, LedgerReader, LedgerWriter } from './port.ts';
import type { Sources } from './sources.ts';
import type { PublicSigningKey } from './writer-message.ts';

/** Everything that a process needs of its ledger. */
export interface OpenLedger {
  readonly writer: LedgerWriter;
  readonly reader: LedgerReader;
  readonly admin: LedgerAdmin;
  readonly operatorRecords: OperatorRecords;
  readonly exportRows: ExportRows;
  /** Public halves of the signing keys, for the key set. */
  readonly signingKeys: readonly PublicSigningKey[];
  /** The log of an environment; one store for each publisher. */
  openLog(name: LogName): LogStore;
  /** What receipts name from now on as the newest cosigned checkpoint. */
  noteSeen(seen: SeenOfLog): void;
  health(): LedgerHealth;
  /** Answers what the writer took, then closes everything. */
  close(): Promise<void>;
}

/** What tests put in the place of the system's own. */
export interface Seams {
  readonly sources: Sources;
  readonly wrapStore?: StoreWrapper;
}
