/** The process shell that both servers share. It knows no table and no route. */
export * from './config-reference.ts';
export * from './config.ts';
export * from './http/headers.ts';
export * from './http/health.ts';
export * from './http/openapi.ts';
export * from './http/route.ts';
export { annotate, createHttpServer, HTTP_LIMITS } from './http/server.ts';
export type { HttpLimits, HttpObserver, HttpServerOptions } from './http/server.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './network.ts';
export * from './problem.ts';
export * from './problem-schema.ts';
export * from './request-id.ts';
export * from './secret.ts';
export * from './setting.ts';
export * from './shutdown.ts';
export * from './token-buckets.ts';
