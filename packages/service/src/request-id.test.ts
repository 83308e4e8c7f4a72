import { isRequestId } from '@craton/protocol';
import { expect, it } from 'vitest';
import { newRequestId } from './request-id.ts';

it('makes ids that the protocol accepts, all different', () => {
  const ids = Array.from({ length: 1_000 }, () => newRequestId());
  expect(ids.filter((id) => !isRequestId(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

it('carries its time first (RFC 9562 5.7)', () => {
  expect(newRequestId(0x019aa0000000)).toMatch(/^req_019aa000-0000-7/);
  expect(newRequestId(1)).toMatch(/^req_00000000-0001-7/);
});
