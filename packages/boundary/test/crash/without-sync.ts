/**
 * Preloaded into the service by the control of the power-cut test alone: commits return before
 * their bytes are on disk. A test that finds nothing lost then could not have found anything.
 */
import { DatabaseSync } from 'node:sqlite';

const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as (
  this: DatabaseSync,
  sql: string,
) => void;

DatabaseSync.prototype.exec = function (sql: string): void {
  exec.call(this, sql.replace('synchronous = FULL', 'synchronous = NORMAL'));
};
