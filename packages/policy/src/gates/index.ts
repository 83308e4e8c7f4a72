export * from './gate-catalogue.ts';
