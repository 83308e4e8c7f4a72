import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackgroundTask } from './background-task.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const EVERY_MS = 1_000;

describe('work beside the requests', () => {
  it('is done again and again, also after it failed, until it is closed', async () => {
    const faults: unknown[] = [];
    let turns = 0;
    const task = new BackgroundTask({
      turn: () => (++turns === 2 ? Promise.reject(new Error('down')) : Promise.resolve()),
      isLeader: () => true,
      everyMs: EVERY_MS,
      onFault: (fault) => faults.push(fault),
    });
    task.start();
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS);
    expect([turns, faults]).toEqual([3, [new Error('down')]]);
    await task.close();
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS);
    expect(turns).toBe(3);
  });

  it('is left to another node while that one leads', async () => {
    let [turns, isLeader] = [0, false];
    const task = new BackgroundTask({
      turn: () => {
        turns++;
        return Promise.resolve();
      },
      isLeader: () => isLeader,
      everyMs: EVERY_MS,
      onFault: () => undefined,
    });
    task.start();
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS);
    expect(turns).toBe(0);
    isLeader = true;
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(turns).toBe(1);
    await task.close();
  });

  it('is waited for when it is closed, and does not begin again', async () => {
    let finish = (): void => undefined;
    let turns = 0;
    const task = new BackgroundTask({
      turn: () => {
        turns++;
        return new Promise((resolve) => (finish = resolve));
      },
      isLeader: () => true,
      everyMs: EVERY_MS,
      onFault: () => undefined,
    });
    task.start();
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    let isClosed = false;
    const closing = task.close().then(() => (isClosed = true));
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(isClosed).toBe(false);
    finish();
    await closing;
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(turns).toBe(1);
  });
});
