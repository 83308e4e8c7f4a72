/** The writer's side of its thread, which alone holds the connections that write and the keys. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { CratonError } from '@craton/protocol';
import type { OpenedWriter } from './open-writer.ts';
import type { FromWriter, ToWriter } from './writer-message.ts';

/** Opens the writer and runs what the starting thread posts, until that says to close. */
export async function serveWriter(open: () => OpenedWriter | Promise<OpenedWriter>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError('The writer runs in a thread of its own.');
  const post = (message: FromWriter) => port.postMessage(message);
  try {
    const writer = await open();
    port.on('message', (message: ToWriter) => void handle(writer, message, port));
    post({ kind: 'ready', keys: writer.keys });
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    post({ kind: 'refused', code: error.code, message: error.message });
  }
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
