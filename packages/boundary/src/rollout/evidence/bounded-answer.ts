/** What another server answers, read up to a limit and no further. */

export interface BoundedQuestion {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bytesMax: number;
  /** Milliseconds for the whole answer. */
  readonly msMax: number;
}

export interface BoundedAnswer {
  readonly status: number;
  /** As one text, one header on each line. */
  readonly headers: string;
  readonly bytes: Uint8Array;
}

/** Undefined if nothing answers in time, or more comes than the limit. Follows no redirect. */
export async function askBounded(question: BoundedQuestion): Promise<BoundedAnswer | undefined> {
  const { url, method = 'GET', headers = {}, body, bytesMax, msMax } = question;
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(msMax),
    });
    const bytes = await readAtMost(answer, bytesMax);
    if (bytes === undefined) return undefined;
    const lines = Array.from(answer.headers, ([name, value]) => `${name}: ${value}`);
    return { status: answer.status, headers: lines.join('\n'), bytes };
  } catch {
    return undefined;
  }
}

async function readAtMost(answer: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
