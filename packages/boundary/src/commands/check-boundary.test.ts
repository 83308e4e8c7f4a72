import { parseCheckRequest } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleBody } from '../../test/sample.ts';
import type { CheckCommand, CheckOutcome } from '../ledger/port.ts';
import { STUCK_AFTER_DEADLINE_MS } from './await-writer.ts';
import { checkBoundary } from './check-boundary.ts';

const ISSUED: CheckOutcome = { kind: 'issued', responseText: '{}', replayed: false };
const owner = { environment: 'development', partnerId: 'northstar_controls' };
const check = {
  caller: { keyId: 'key_1', owner },
  request: parseCheckRequest(sampleBody()),
  arrivedAtMs: 5_000,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('checkBoundary', () => {
  it('hands on the request with a deadline that counts from its arrival', async () => {
    const commands: CheckCommand[] = [];
    const writer = {
      check: (command: CheckCommand) => {
        commands.push(command);
        return Promise.resolve(ISSUED);
      },
    };
    await checkBoundary({ writer, deadlineMs: 300 }, { ...check, idempotencyKey: 'k' });
    expect(commands).toEqual([
      {
        environment: 'development',
        keyId: 'key_1',
        request: check.request,
        idempotencyKey: 'k',
        deadlineMs: 5_300,
      },
    ]);
    // No timer is left behind by an answered check.
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never reaches the ledger for another partner', async () => {
    const writer = { check: vi.fn(() => Promise.resolve(ISSUED)) };
    const caller = { keyId: 'key_1', owner: { ...owner, partnerId: 'other' } };
    await expect(
      checkBoundary({ writer, deadlineMs: 300 }, { ...check, caller }),
    ).rejects.toMatchObject({ code: 'ERR_FORBIDDEN', field: 'partner_id' });
    expect(writer.check).not.toHaveBeenCalled();
  });

  it('gives up on a writer that is stuck, and not a moment earlier', async () => {
    const writer = { check: () => new Promise<CheckOutcome>(() => undefined) };
    const answer = checkBoundary({ writer, deadlineMs: 300 }, check);
    const settled = vi.fn();
    answer.then(settled, settled);
    await vi.advanceTimersByTimeAsync(300 + STUCK_AFTER_DEADLINE_MS - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', retryAfterS: 1 });
  });

  it('passes on how long to wait', async () => {
    const outcome = {
      kind: 'unavailable',
      code: 'ERR_QUEUE_FULL',
      message: 'Full.',
      retryAfterS: 9,
    } as const;
    const writer = { check: () => Promise.resolve(outcome) };
    await expect(checkBoundary({ writer, deadlineMs: 300 }, check)).rejects.toMatchObject({
      code: 'ERR_QUEUE_FULL',
      retryAfterS: 9,
    });
  });
});
