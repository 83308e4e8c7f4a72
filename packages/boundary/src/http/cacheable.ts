/** Public documents that change rarely: validators, 304, and a life in caches. */
import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Keys may be rotated, so caches ask again after this time. */
export const PUBLIC_CACHE_S = 300;

export interface CacheableDocument {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** With its quotes. */
  readonly etag: string;
  readonly cacheControl: string;
}

/** A public JSON document. */
export function jsonDocument(value: unknown): CacheableDocument {
  return textDocument(JSON.stringify(value), 'application/json; charset=utf-8');
}

export function textDocument(body: string, contentType: string): CacheableDocument {
  return {
    contentType,
    body,
    etag: `"${hash('sha256', body, 'base64url')}"`,
    cacheControl: `public, max-age=${PUBLIC_CACHE_S}`,
  };
}

/** Sends the document, or 304 to whoever has it. */
export function sendCacheable(
  request: FastifyRequest,
  reply: FastifyReply,
  document: CacheableDocument,
): FastifyReply {
  const { etag, cacheControl, contentType, body } = document;
  void reply.headers({ ETag: etag, 'Cache-Control': cacheControl });
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim()) ?? [];
  // Weak comparison (RFC 9110 13.1.2): a proxy that compressed the body marked the tag as weak.
  if (known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)) {
    return reply.code(304).send();
  }
  return reply.type(contentType).send(body);
}
