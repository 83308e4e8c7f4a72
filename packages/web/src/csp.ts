/** Content security policies. Pages need nothing from anywhere but their own server. */

const COMMON = ["default-src 'none'", "base-uri 'none'", "form-action 'self'"];

/**
 * Header `Content-Security-Policy` of every page. `connect-src` stays at none: no script of ours
 * talks to a server, and the browser holds it to that.
 */
export const CONTENT_SECURITY_POLICY = [
  ...COMMON,
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** `<meta>` policy of the single file: the inlined script and style by hash, and nothing else. */
export function singleFilePolicy(scriptHash: string, styleHash: string): string {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    'img-src data:',
  ].join('; ');
}

/** `<meta>` policy of a file without scripts: the inlined style by hash, and nothing else. */
export function styledFilePolicy(styleHash: string): string {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `style-src '${styleHash}'`,
  ].join('; ');
}
