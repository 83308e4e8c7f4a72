import { describeLedger } from './ledger-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeLedger('SQLite', makeSqliteStore);
