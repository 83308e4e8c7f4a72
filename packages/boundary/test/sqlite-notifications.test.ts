import { describeNotifications } from './notification-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeNotifications('SQLite', makeSqliteStore);
