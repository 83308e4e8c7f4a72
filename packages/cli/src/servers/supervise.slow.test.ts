import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../../test/temporary-folder.ts';
import type { ReadyServer } from './server-process.ts';
import { superviseServer } from './supervise.ts';

const ENTRY_FILE = join(import.meta.dirname, '../../test/fake-server.ts');

interface Run {
  readonly events: string[];
  readonly lines: string[];
  readonly stop: AbortController;
  readonly ready: Promise<ReadyServer>;
  readonly ended: Promise<void>;
  readonly log: () => string[];
}

/** Supervises a fake whose starts do what `plan` says. */
function supervise(plan: string): Run {
  const file = join(newFolder(), 'log');
  writeFileSync(file, '');
  const events: string[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  const ready = new Promise<ReadyServer>((resolve) => {
    ended = superviseServer({
      program: {
        entryFile: ENTRY_FILE,
        environment: { FAKE_LOG: file, FAKE_PLAN: plan },
        onLine: (line) => lines.push(line),
      },
      stop: stop.signal,
      onReady: resolve,
      onEvent: (sentence) => events.push(sentence),
    });
  });
  const log = (): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return { events, lines, stop, ready, ended, log };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

describe('a supervised server', () => {
  it('is waited for, passes its lines on, and is stopped with the same signal', async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const run = supervise('serve');
      const server = await run.ready;
      expect((await fetch(`${server.baseUrl}/readyz`)).status).toBe(200);
      expect(run.lines).toEqual(['a line of the log']);
      run.stop.abort(signal);
      await run.ended;
      expect(run.log()).toEqual(['start', signal]);
      expect(run.events).toEqual([]);
      await expect(fetch(server.baseUrl)).rejects.toThrow();
    }
  });

  it('that was never ready is not started again, and its words are shown', async () => {
    const run = supervise('refuse');
    await expect(run.ended).rejects.toMatchObject({
      message: 'The server ended before it was ready (exit code 3).',
      nextStep: 'It wrote:\nFAKE_SETTING is not set.',
    });
    expect(run.log()).toEqual(['start']);
  });

  it('is started again after it ended by itself, on the same port, however often', async () => {
    const run = supervise('serve,refuse,serve');
    const { baseUrl } = await run.ready;
    await fetch(`${baseUrl}/crash`).catch(() => undefined);
    await until(() => run.events.includes('The server is ready again.'));
    expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200);
    expect(run.events).toEqual([
      'The server ended by itself (exit code 9).',
      'It is started again in 0.5 s.',
      'The server ended before it was ready (exit code 3).',
      'It is started again in 1 s.',
      'The server is ready again.',
    ]);
    run.stop.abort('SIGTERM');
    await run.ended;
    expect(run.log()).toEqual(['start', 'start', 'start', 'SIGTERM']);
  });

  it('can be stopped before it is ready, and while it waits to be started again', async () => {
    const unready = supervise('unready');
    await until(() => unready.lines.length > 0);
    unready.stop.abort('SIGINT');
    await unready.ended;
    expect(unready.log()).toEqual(['start', 'SIGTERM']);

    const waiting = supervise('serve');
    const { baseUrl } = await waiting.ready;
    await fetch(`${baseUrl}/crash`).catch(() => undefined);
    await until(() => waiting.events.length === 2);
    waiting.stop.abort('SIGTERM');
    await waiting.ended;
    expect(waiting.log()).toEqual(['start']);
  });
});
