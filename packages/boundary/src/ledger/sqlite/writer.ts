/** Puts the writer together: signers, store, runner. */
import { BatchRunner } from '../batch.ts';
import {
  type OpenedWriter,
  prepareIssuing,
  publicKeysOf,
  seenNotes,
  type StoreWrapper,
} from '../open-writer.ts';
import type { Sources } from '../sources.ts';
import { SqliteStore } from './store.ts';
import type { WriterSettings } from './writer-message.ts';

/** Throws `ERR_SIGNING`, `ERR_FORMAT`, `ERR_STORE_LOCKED` or `ERR_MIGRATION`. */
export function openWriter(
  settings: WriterSettings,
  sources: Sources,
  wrap: StoreWrapper = (store) => store,
): Required<OpenedWriter> {
  const issuing = prepareIssuing(settings, sources);
  const store = SqliteStore.open(settings.file, sources);
  return {
    runner: new BatchRunner(issuing, wrap(store)),
    keys: publicKeysOf(issuing),
    noteSeen: seenNotes(issuing),
    writeLog: (write) => store.writeLog(write),
  };
}
