/** Entry of the writer's thread on PostgreSQL. */
import { workerData } from 'node:worker_threads';
import { serveWriter } from '../serve-writer.ts';
import { systemSources } from '../sources.ts';
import { openPostgresWriter, type PostgresWriterSettings } from './writer.ts';

await serveWriter(() => openPostgresWriter(parseSettings(workerData), systemSources()));

/** Given by `openPostgresLedger`, which has the type. */
function parseSettings(data: unknown): PostgresWriterSettings {
  return data as PostgresWriterSettings;
}
