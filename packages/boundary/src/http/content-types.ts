/** Media types of answers. */
export const JSON_TYPE = 'application/json; charset=utf-8';
export const JSON_LINES_TYPE = 'application/jsonl; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const OCTETS_TYPE = 'application/octet-stream';
export const HTML_TYPE = 'text/html; charset=utf-8';
