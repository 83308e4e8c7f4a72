export * from './clock.ts';
export * from './http.ts';
export * from './open-witness.ts';
export * from './options.ts';
export * from './rate-limit.ts';
export * from './witness.ts';
