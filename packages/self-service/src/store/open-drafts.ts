/** Opens the draft store that was decided on, and says what became of it. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { CratonError } from '@craton/protocol';
import type { Sources } from '../sources.ts';
import type { DraftPlace } from '../config.ts';
import type { DraftStore } from './port.ts';
import { openPostgresDrafts } from './postgres.ts';
import { openSqliteDrafts } from './sqlite.ts';

const DIRECTORY_MODE = 0o700;
const SQLITE = 'sqlite:';
/** Milliseconds between two attempts to open a store that did not answer. */
const RETRY_MS = 5_000;

/** A store that may come later, and that is asked for each time. */
export interface DraftStoreHolder {
  /** Throws `ERR_DRAFT_STORE_UNAVAILABLE` while there is none. */
  store(): DraftStore;
  close(): Promise<void>;
}

/**
 * Opens the store, once now and then again every few seconds until it answers. Resolves after the
 * first attempt, however that ended. A place that is refused opens nothing, ever.
 */
export async function holdDraftStore(
  place: DraftPlace,
  sources: Sources,
  onFailure: (error: unknown) => void,
): Promise<DraftStoreHolder> {
  if (place.kind === 'refused') return new NoStore();
  const holder = new OpeningStore(() => openDrafts(place.url.expose(), sources), onFailure);
  await holder.open();
  return holder;
}

async function openDrafts(url: string, sources: Sources): Promise<DraftStore> {
  if (!url.startsWith(SQLITE)) return openPostgresDrafts(url, sources);
  const file = url.slice(SQLITE.length);
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  return openSqliteDrafts(file, sources);
}

class NoStore implements DraftStoreHolder {
  store(): DraftStore {
    throw new CratonError(
      'ERR_DRAFT_STORE_UNAVAILABLE',
      'Drafts cannot be saved here: no safe draft store is configured. Composing and previewing work. An operator sees why under readiness.',
      { field: 'SELF_SERVICE_DATABASE_URL' },
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class OpeningStore implements DraftStoreHolder {
  readonly #open: () => Promise<DraftStore>;
  readonly #onFailure: (error: unknown) => void;
  #store: DraftStore | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempt: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(open: () => Promise<DraftStore>, onFailure: (error: unknown) => void) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  open(): Promise<void> {
    this.#attempt = this.#tryOnce();
    return this.#attempt;
  }

  store(): DraftStore {
    if (this.#store !== undefined) return this.#store;
    const message = 'The draft store does not answer. Nothing was saved; try again later.';
    throw new CratonError('ERR_DRAFT_STORE_UNAVAILABLE', message);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#attempt;
    await this.#store?.close();
  }

  async #tryOnce(): Promise<void> {
    try {
      this.#store = await this.#open();
    } catch (error) {
      this.#onFailure(error);
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => void this.open(), RETRY_MS);
    }
  }
}
