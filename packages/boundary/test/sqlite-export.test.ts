import { describeExport } from './export-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeExport('SQLite', makeSqliteStore);
