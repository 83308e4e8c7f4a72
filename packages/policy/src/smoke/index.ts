export * from './smoke-run.ts';
