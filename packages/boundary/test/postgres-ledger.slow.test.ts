import { describeAdministration } from './administration-contract.ts';
import { describeApprovals } from './ledger-approval-contract.ts';
import { describeLedger } from './ledger-contract.ts';
import { describeLinkedReceipts } from './ledger-linked-contract.ts';
import { describeNotifications } from './notification-contract.ts';
import { describeOperators } from './operator-contract.ts';
import { makePostgresStore } from './postgres-store.ts';
import { describeRollouts } from './rollout-contract.ts';

describeLedger('PostgreSQL', makePostgresStore);
describeLinkedReceipts('PostgreSQL', makePostgresStore);
describeApprovals('PostgreSQL', makePostgresStore);
describeAdministration('PostgreSQL', makePostgresStore);
describeOperators('PostgreSQL', makePostgresStore);
describeRollouts('PostgreSQL', makePostgresStore);
describeNotifications('PostgreSQL', makePostgresStore);
