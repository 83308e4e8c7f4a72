import { describeExport } from './export-contract.ts';
import { makePostgresStore } from './postgres-store.ts';

describeExport('PostgreSQL', makePostgresStore);
