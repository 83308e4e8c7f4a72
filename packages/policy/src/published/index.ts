export * from './verify-published.ts';
