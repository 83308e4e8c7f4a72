export * from './posture.ts';
export * from './verify-posture.ts';
