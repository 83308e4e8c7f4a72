/** Entry of the writer's thread: it alone holds the write connection and the signing keys. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { CratonError } from '@craton/protocol';
import { systemSources } from '../sources.ts';
import { type OpenedWriter, openWriter } from './writer.ts';
import type { FromWriter, ToWriter, WriterSettings } from './writer-message.ts';

function start(port: MessagePort, settings: WriterSettings): void {
  const post = (message: FromWriter) => port.postMessage(message);
  let writer: OpenedWriter;
  try {
    writer = openWriter(settings, systemSources());
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    post({ kind: 'refused', code: error.code, message: error.message });
    return;
  }
  port.on('message', (message: ToWriter) => void handle(writer, message, port));
  post({ kind: 'ready', keys: writer.keys });
}

async function handle({ runner }: OpenedWriter, message: ToWriter, port: MessagePort) {
  const post = (answer: FromWriter) => port.postMessage(answer);
  if (message.kind === 'batch') {
    post({ kind: 'reply', id: message.id, reply: await runner.run(message.commits) });
    return;
  }
  await runner.close();
  post({ kind: 'closed' });
  port.close();
}

if (parentPort === null) throw new TypeError('The writer runs in a thread of its own.');
start(parentPort, parseSettings(workerData));

/** Given by `startWriterThread`, which has the type. */
function parseSettings(data: unknown): WriterSettings {
  return data as WriterSettings;
}
