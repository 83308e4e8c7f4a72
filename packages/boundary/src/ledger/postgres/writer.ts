/** Puts the writer together: signers, store, runner. */
import { BatchRunner } from '../batch.ts';
import {
  type IssuerSettings,
  type OpenedWriter,
  prepareIssuing,
  publicKeysOf,
  seenNotes,
  type StoreWrapper,
} from '../open-writer.ts';
import type { Sources } from '../sources.ts';
import { PostgresStore, type PostgresStoreOptions } from './store.ts';

/** What the writer's thread is started with. */
export interface PostgresWriterSettings extends IssuerSettings, PostgresStoreOptions {}

/** Throws `ERR_SIGNING`, `ERR_FORMAT`, or what `PostgresStore.open` throws. */
export async function openPostgresWriter(
  settings: PostgresWriterSettings,
  sources: Sources,
  wrap: StoreWrapper = (store) => store,
): Promise<OpenedWriter> {
  const issuing = prepareIssuing(settings, sources);
  const store = wrap(await PostgresStore.open(settings, sources));
  return {
    runner: new BatchRunner(issuing, store, true),
    keys: publicKeysOf(issuing),
    noteSeen: seenNotes(issuing),
  };
}
