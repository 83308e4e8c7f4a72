export * from './compose-opening.ts';
export { type BuiltInReason, evaluate } from './evaluate.ts';
export * from './facts.ts';
export * from './load-path.ts';
export * from './needs.ts';
export * from './path-document.ts';
export * from './path-index.ts';
export * from './recompute.ts';
export { WINDOW_FACTS, type WindowFact } from './schema.ts';
