export { PostgresServer } from '@craton/service/testing';
