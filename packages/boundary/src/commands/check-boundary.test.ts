import { parseCheckRequest } from '@craton/protocol';
import { describe, expect, it, vi } from 'vitest';
import { sampleBody } from '../../test/sample.ts';
import type { CheckCommand, CheckOutcome } from '../ledger/port.ts';
import { checkBoundary } from './check-boundary.ts';

const ISSUED: CheckOutcome = { kind: 'issued', responseText: '{}', replayed: false };
const owner = { environment: 'development', partnerId: 'northstar_controls' };
const check = {
  caller: { keyId: 'key_1', owner },
  request: parseCheckRequest(sampleBody()),
  arrivedAtMs: 5_000,
};

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
  });

  it('never reaches the ledger for another partner', async () => {
    const writer = { check: vi.fn(() => Promise.resolve(ISSUED)) };
    const caller = { keyId: 'key_1', owner: { ...owner, partnerId: 'other' } };
    await expect(
      checkBoundary({ writer, deadlineMs: 300 }, { ...check, caller }),
    ).rejects.toMatchObject({ code: 'ERR_FORBIDDEN', field: 'partner_id' });
    expect(writer.check).not.toHaveBeenCalled();
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
