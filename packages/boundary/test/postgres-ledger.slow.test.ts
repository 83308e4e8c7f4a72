import { describeAdministration } from './administration-contract.ts';
import { describeLedger } from './ledger-contract.ts';
import { describeLinkedReceipts } from './ledger-linked-contract.ts';
import { makePostgresStore } from './postgres-store.ts';

describeLedger('PostgreSQL', makePostgresStore);
describeLinkedReceipts('PostgreSQL', makePostgresStore);
describeAdministration('PostgreSQL', makePostgresStore);
