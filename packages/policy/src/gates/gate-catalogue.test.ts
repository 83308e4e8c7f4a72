import { describe, expect, it } from 'vitest';
import { gateCatalogue, ROLLOUT_GATES } from './gate-catalogue.ts';

describe('the catalogue of gates', () => {
  it('has four gates with four criteria each, in their order', () => {
    expect(ROLLOUT_GATES.map(({ id }) => id)).toEqual(['G1', 'G2', 'G3', 'G4']);
    for (const { id, criteria } of ROLLOUT_GATES) {
      expect(criteria.map((criterion) => criterion.id)).toEqual(
        [1, 2, 3, 4].map((count) => `${id}.${count}`),
      );
    }
  });

  it('asks for both owners wherever it names two of them with "and" or "plus"', () => {
    for (const { owner, owners } of ROLLOUT_GATES) {
      expect(owners.rule).toBe(/ (?:and|plus) /.test(owner) ? 'all' : 'any');
    }
  });

  it('has a digest that says whether anything in it changed', () => {
    const { digest } = gateCatalogue();
    expect(gateCatalogue().digest).toBe(digest);
    const changed = ROLLOUT_GATES.map((gate) => ({ ...gate, exit: `${gate.exit} ` }));
    expect(gateCatalogue(changed).digest).not.toBe(digest);
    expect(gateCatalogue(ROLLOUT_GATES.toReversed()).digest).not.toBe(digest);
  });
});
