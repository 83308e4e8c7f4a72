export * from './gate-policy.ts';
export * from './record-chain.ts';
export * from './records.ts';
export * from './terms.ts';
