export * from './anonymous-config.ts';
export * from './snapshot.ts';
export * from './verify-snapshot.ts';
