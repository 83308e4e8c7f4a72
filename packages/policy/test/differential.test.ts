/** The same conditions and inputs through a second CEL engine, which knows nothing of the profile. */
import { readFileSync } from 'node:fs';
import { celEnv, type CelInput, isCelError, parse, plan, run } from '@bufbuild/cel';
import type { Opening } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, loadPath } from '../src/index.ts';
import { conditions, FACTS, inputs } from './conditions.ts';
import { pathWithCondition } from './documents.ts';
import { openingWith } from './openings.ts';

type Inputs = Pick<Opening, 'evaluated_at' | 'request' | 'facts' | 'authority'>;

function record(members: object): CelInput {
  return new Map(
    Object.entries(members).map(([name, value]: [string, string | number | boolean]) => [
      name,
      typeof value === 'number' ? BigInt(value) : value,
    ]),
  );
}

type Evaluator = (seen: Inputs) => unknown;

/** What the other engine says; a text if it fails. */
function otherEngine(when: string): Evaluator {
  const program = plan(celEnv(), parse(when));
  return ({ evaluated_at, request, facts, authority }) => {
    const { decision_owner, decision_size_usd_cents, ...declared } = facts;
    const ofRequest = Object.entries({ ...request, decision_owner, decision_size_usd_cents });
    const result = program({
      now: run(`timestamp("${evaluated_at}")`) as CelInput,
      request: record(Object.fromEntries(ofRequest.filter(([, value]) => value !== undefined))),
      facts: record(declared),
      authority: record(authority),
    });
    return isCelError(result) ? result.message : result;
  };
}

function ours(when: string): Evaluator {
  const path = loadPath(pathWithCondition(when, { facts: FACTS }));
  return (seen) => {
    const { verdict, reasons } = evaluate(path, openingWith(seen));
    return reasons.includes('policy_error') ? 'policy_error' : verdict === 'allow';
  };
}

it('agrees on random conditions and inputs', () => {
  const outcomes = { true: 0, false: 0 };
  fc.assert(
    fc.property(conditions, fc.array(inputs, { minLength: 2, maxLength: 8 }), (when, all) => {
      const [evaluator, other] = [ours(when), otherEngine(when)];
      for (const seen of all) {
        const result = evaluator(seen);
        expect(result).toBe(other(seen));
        outcomes[String(result) as 'true' | 'false']++;
      }
    }),
    { numRuns: 500 },
  );
  // A generator that only ever made one of them would prove little.
  expect(Math.min(outcomes.true, outcomes.false)).toBeGreaterThan(500);
});

describe('agrees on the table of the profile', () => {
  const table = JSON.parse(readFileSync(new URL('cel-profile.json', import.meta.url), 'utf8')) as {
    inputs: Inputs;
    accept: { when: string; holds: boolean }[];
  };

  it.each(table.accept)('$when', ({ when, holds }) => {
    expect(otherEngine(when)(table.inputs)).toBe(holds);
  });
});
