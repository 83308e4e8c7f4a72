/** Looks at the draft store over a connection of its own, and tries what must not be possible. */
import type { DraftStoreProbe } from '@craton/policy';
import { probePostgres } from './probe-postgres.ts';
import { probeSqlite } from './probe-sqlite.ts';

export interface DraftStoreQuestion {
  /** `sqlite:PATH` or `postgres://...`; may hold a password. */
  readonly url: string;
  /**
   * Whether drafts may lie in the production database, as far as these identities tell: then there
   * is nothing to keep apart, and no write is tried.
   */
  readonly mayShare: (identities: readonly string[]) => boolean;
}

/** What a connection told; without the time. */
export type StoreFindings = Omit<DraftStoreProbe, 'measuredAtMs' | 'reachable'>;

const SQLITE = 'sqlite:';

/** Never throws: a store that does not answer is a finding, too. Changes nothing. */
export async function probeDraftStore(
  question: DraftStoreQuestion,
  nowMs: () => number,
): Promise<DraftStoreProbe> {
  const { url } = question;
  try {
    const findings = url.startsWith(SQLITE)
      ? probeSqlite(url.slice(SQLITE.length), question.mayShare)
      : await probePostgres(url, question.mayShare);
    return { measuredAtMs: nowMs(), reachable: true, ...findings };
  } catch {
    const nothing = { storeIdentities: [], migrationsPending: false, canWriteProduction: false };
    return { measuredAtMs: nowMs(), reachable: false, ...nothing };
  }
}
