import { describeApprovals } from './ledger-approval-contract.ts';
import { describeLedger } from './ledger-contract.ts';
import { describeLinkedReceipts } from './ledger-linked-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeLedger('SQLite', makeSqliteStore);
describeLinkedReceipts('SQLite', makeSqliteStore);
describeApprovals('SQLite', makeSqliteStore);
