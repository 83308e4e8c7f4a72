import { describeRollouts } from './rollout-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeRollouts('SQLite', makeSqliteStore);
