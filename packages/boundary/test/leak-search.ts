/** Looks for secrets in everything that came out of a process, however they are spelled. */

interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** Everything that came out, and where. */
export class LeakSearch {
  readonly #places: Place[] = [];

  add(name: string, content: string | Uint8Array): void {
    this.#places.push({ name, content: Buffer.from(content) });
  }

  /** Bytes in all places. */
  get size(): number {
    return this.#places.reduce((sum, { content }) => sum + content.length, 0);
  }

  /** Names of the places that hold the secret in some spelling. */
  find(secret: string | Uint8Array): string[] {
    const spellings = spellingsOf(secret);
    return this.#places
      .filter(({ content }) => spellings.some((spelling) => content.includes(spelling)))
      .map(({ name }) => name);
  }
}

/** As bytes, text, hex, base64 at every alignment, percent-encoded, or as a list of numbers. */
export function spellingsOf(secret: string | Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const texts = [
    hex,
    hex.toUpperCase(),
    hex.replaceAll(/../g, '%$&'),
    hex.toUpperCase().replaceAll(/../g, '%$&'),
    Array.from(bytes).join(','),
    ...[0, 1, 2].flatMap((offset) => base64Within(bytes, offset)),
  ];
  if (typeof secret === 'string') {
    texts.push(secret.toLowerCase(), secret.toUpperCase(), encodeURIComponent(secret));
  }
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

/** What stands in base64 of a longer text, where `offset` bytes come before the secret. */
function base64Within(bytes: Buffer, offset: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  // Characters that share bits with what stands around it are left out.
  const end = Math.floor((whole.length * 4) / 3);
  const start = Math.ceil((offset * 4) / 3);
  return (['base64', 'base64url'] as const).map((form) => whole.toString(form).slice(start, end));
}
