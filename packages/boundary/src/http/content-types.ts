/** Media types of answers. */
export const JSON_TYPE = 'application/json; charset=utf-8';
export const JSON_LINES_TYPE = 'application/jsonl; charset=utf-8';
export const HTML_TYPE = 'text/html; charset=utf-8';
