/** What the tests of several packages share: PostgreSQL, as it really is. */
export * from './postgres.ts';
export { PostgresServer } from './postgres-server.ts';
