import { parseCheckRequest } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleBody } from '../../test/sample.ts';
import type { BatchReply } from './batch.ts';
import type { CheckCommand } from './port.ts';
import { STUCK_AFTER_DEADLINE_MS, WriterQueue } from './writer-queue.ts';

const REPLY: BatchReply = {
  replies: [
    { kind: 'outcomes', outcomes: [{ kind: 'issued', responseText: '{}', replayed: false }] },
  ],
  tookMs: 1,
  committedAtMs: 1,
  snapshotVersion: 1,
  faults: [],
};

const command = (deadlineMs: number): CheckCommand => ({
  environment: 'development',
  keyId: 'key_1',
  request: parseCheckRequest(sampleBody()),
  deadlineMs,
});

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue before a writer that answers when a test says so. */
function queueOf() {
  const { promise, resolve } = Promise.withResolvers<BatchReply>();
  const batches = { run: () => promise, close: () => Promise.resolve(), onGone: () => undefined };
  const queue = new WriterQueue({ batches, nowMs: () => Date.now() });
  return { queue, answer: () => resolve(REPLY) };
}

describe('a writer that is stuck', () => {
  it('is given up for, and not before', async () => {
    const { queue, answer } = queueOf();
    const settled = vi.fn();
    const outcome = queue.check(command(300));
    void outcome.then(settled);
    await vi.advanceTimersByTimeAsync(300 + STUCK_AFTER_DEADLINE_MS - 50);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(await outcome).toMatchObject({ kind: 'unavailable', code: 'ERR_STORE_UNAVAILABLE' });
    // Its answer comes to nobody, and holds nothing up.
    answer();
    await vi.advanceTimersByTimeAsync(0);
    await queue.close();
  });
});

describe('a writer that answers', () => {
  it('leaves no timer behind', async () => {
    const { queue, answer } = queueOf();
    const outcome = queue.check(command(300));
    await vi.advanceTimersByTimeAsync(10);
    answer();
    expect(await outcome).toMatchObject({ kind: 'issued' });
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(0);
    await queue.close();
  });
});
