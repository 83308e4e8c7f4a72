/** A reader of the HTML that our renderer writes: always quoted, always closed, never ambiguous. */

/** One element with the text and the elements inside it. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Markup between its tags. */
  readonly inner: string;
}

const RAW_TEXT = new Set(['script', 'style']);
const TAG = /<([a-z][a-z0-9-]*)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*\/?>/gi;
const ATTRIBUTE = /([^\s=]+)(?:="([^"]*)")?/g;

/** All elements in document order; what stands in scripts and styles is not markup. */
export function parseHtml(html: string): Element[] {
  const found: Element[] = [];
  let end = 0;
  for (const match of html.matchAll(TAG)) {
    const name = match[1]!.toLowerCase();
    if (match.index < end) continue;
    const start = match.index + match[0].length;
    const inner = html.slice(start, closingOf(html, name, start));
    found.push({ name, attributes: attributesOf(match[2] ?? ''), inner });
    if (RAW_TEXT.has(name)) end = start + inner.length;
  }
  return found;
}

export function elements(page: readonly Element[], name: string): Element[] {
  return page.filter((element) => element.name === name);
}

/** The text of elements, without tags, scripts and styles. */
export function textOf(...of: readonly Element[]): string {
  return of
    .map(({ inner }) =>
      inner
        .replace(/<(script|style)\b[^]*?<\/\1>/g, ' ')
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' '),
    )
    .join(' ');
}

function closingOf(html: string, name: string, from: number): number {
  if (RAW_TEXT.has(name)) return html.indexOf(`</${name}`, from);
  const tags = new RegExp(`<(/?)${name}(?=[\\s/>])[^>]*?(/?)>`, 'gi');
  tags.lastIndex = from;
  let depth = 1;
  for (let tag = tags.exec(html); tag !== null; tag = tags.exec(html)) {
    if (tag[1] === '/') depth -= 1;
    else if (tag[2] !== '/') depth += 1;
    if (depth === 0) return tag.index;
  }
  return from;
}

function attributesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name!, value ?? '']));
}
