/** The writer's side of its thread, which alone holds the connections that write and the keys. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { CratonError } from '@craton/protocol';
import type { LogWrite } from '../log/log-write.ts';
import type { BatchReply, CommitReply } from './batch.ts';
import type { OpenedWriter } from './open-writer.ts';
import {
  type FromWriter,
  type PackedReply,
  REPLIES_IN_MESSAGE_MAX,
  type ToWriter,
} from './writer-message.ts';

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

async function handle(writer: OpenedWriter, message: ToWriter, port: MessagePort): Promise<void> {
  const { runner } = writer;
  const post = (answer: FromWriter) => port.postMessage(answer);
  switch (message.kind) {
    case 'batch':
      sendReply(post, message.id, await runner.run(message.commits));
      return;
    case 'log':
      post(writeLog(writer, message.id, message.write));
      return;
    case 'seen':
      writer.noteSeen(message.seen);
      return;
    case 'close':
      await runner.close();
      post({ kind: 'closed' });
      port.close();
  }
}

function sendReply(post: (message: FromWriter) => void, id: number, answered: BatchReply): void {
  const { replies, ...reply } = answered;
  for (let from = 0; from < replies.length; from += REPLIES_IN_MESSAGE_MAX) {
    const part = replies.slice(from, from + REPLIES_IN_MESSAGE_MAX);
    post({ kind: 'part', id, replies: part.map(packed) });
  }
  post({ kind: 'reply', id, reply });
}

function packed(reply: CommitReply): PackedReply {
  if (reply.kind === 'error' || reply.outcomes.length !== 1) return reply;
  const [outcome] = reply.outcomes;
  const isPlain = outcome?.kind === 'issued' && !outcome.replayed && outcome.isWithheld !== true;
  return isPlain ? outcome.responseText : reply;
}

function writeLog({ writeLog: perform }: OpenedWriter, id: number, write: LogWrite): FromWriter {
  if (perform === undefined) throw new TypeError('This writer does not write the log.');
  try {
    return { kind: 'log_written', id, written: perform(write) };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    return { kind: 'log_failed', id, code: error.code, message: error.message };
  }
}
