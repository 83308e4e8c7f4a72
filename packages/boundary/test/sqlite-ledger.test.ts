import { describeLedger } from './ledger-contract.ts';
import { describeLinkedReceipts } from './ledger-linked-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeLedger('SQLite', makeSqliteStore);
describeLinkedReceipts('SQLite', makeSqliteStore);
