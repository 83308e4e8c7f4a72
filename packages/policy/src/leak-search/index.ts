export * from './leak-report.ts';
export * from './leak-search.ts';
