export * from './check-groups.ts';
export * from './database-location.ts';
export * from './evaluate-readiness.ts';
export * from './readiness-codes.ts';
export * from './readiness-config.ts';
export * from './readiness-rows.ts';
export * from './readiness-document.ts';
