export * from './base64.ts';
export * from './bytes.ts';
export * from './errors.ts';
export * from './json/canonical.ts';
export * from './json/parse-strict.ts';
export * from './sha256.ts';
