/** Entry of the writer's thread on SQLite. */
import { workerData } from 'node:worker_threads';
import { serveWriter } from '../serve-writer.ts';
import { systemSources } from '../sources.ts';
import { openWriter } from './writer.ts';
import type { WriterSettings } from './writer-message.ts';

await serveWriter(() => openWriter(parseSettings(workerData), systemSources()));

/** Given by `openSqliteLedger`, which has the type. */
function parseSettings(data: unknown): WriterSettings {
  return data as WriterSettings;
}
