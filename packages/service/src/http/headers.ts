/** Headers of every answer. */

/** For everything that is not a page: nothing in it may run or be framed. */
export const CONTENT_SECURITY_POLICY_DATA = "default-src 'none'; frame-ancestors 'none'";

export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY_DATA,
  'Cache-Control': 'no-store',
} as const;

/** For public verification material: anybody's page may read it. */
export const PUBLIC_DOCUMENT_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
} as const;
