/** The production side. Nobody imports it but its own tests and the generator of documents. */
export * from './config.ts';
export * from './settings.ts';
export * from './start-boundary.ts';
