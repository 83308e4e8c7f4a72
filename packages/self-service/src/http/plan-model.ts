/** What the page of a saved draft shows, read from the store. */
import { diffDocuments, type Draft, evaluateDraftCoverage } from '@craton/policy';
import { CratonError, formatTime, type JsonValue } from '@craton/protocol';
import type { OwnDraft, PlanPageModel, PlanVersion, WizardValues } from '@craton/web';
import type { FastifyRequest } from 'fastify';
import { noSuchDraft } from '../commands/draft-ports.ts';
import { readSavedPacket } from '../commands/save-draft.ts';
import type { PersonKey } from '../keys.ts';
import type { DraftEntry } from '../store/port.ts';
import { withPreview } from './drafts.ts';
import { formOfDraft } from './forms.ts';
import { type PagePorts, parseDraftParam, parseQuery } from './page-call.ts';

export const DRAFT_ID = /^drf_[0-9a-f-]{36}$/;
const HEADS_MAX = 50;

/** What a form that edits a saved draft does not ask for. */
export async function readBase(
  ports: PagePorts,
  person: PersonKey | undefined,
  { draft_id: draftId }: WizardValues,
): Promise<Draft | undefined> {
  if (draftId === undefined || person === undefined) return undefined;
  const head = await ports.store().findHead(person.organisation, draftId);
  if (head === undefined) throw noSuchDraft();
  return (await readSavedPacket(ports, head, head.latestVersion)).draft;
}

/** The newest draft that this person changed last; undefined where there is none, or no store. */
export async function findOwnLatest(
  ports: PagePorts,
  person: PersonKey | undefined,
): Promise<OwnDraft | undefined> {
  if (person === undefined) return undefined;
  try {
    const heads = await ports.store().listHeads(person.organisation, { limit: HEADS_MAX });
    const own = heads.filter(({ author }) => author === person.person);
    const latest = own.reduce<DraftEntry | undefined>(
      (best, head) => (best === undefined || head.createdAtMs > best.createdAtMs ? head : best),
      undefined,
    );
    return latest && ownDraft(latest);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function ownDraft({ draftId, title, latestVersion, createdAtMs }: DraftEntry): OwnDraft {
  return { draftId, title, version: latestVersion, changedAt: formatTime(createdAtMs) };
}

/** The draft that an address names. Throws `ERR_NOT_FOUND`. */
export function draftIdOf(request: FastifyRequest): string {
  const draftId = parseDraftParam(request);
  if (draftId !== undefined && DRAFT_ID.test(draftId)) return draftId;
  throw noSuchDraft();
}

/** A number from a query or a form, from 1. Throws `ERR_REQUEST_FIELD`. */
export function wholeNumber(text: string | null, field: string): number {
  if (text !== null && /^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new CratonError('ERR_REQUEST_FIELD', `${field} must be a whole number.`, { field });
}

/** Throws `ERR_NOT_FOUND` for a draft that is not of the person's organisation. */
export async function planModel(
  ports: PagePorts,
  person: PersonKey,
  request: FastifyRequest,
): Promise<PlanPageModel> {
  const draftId = draftIdOf(request);
  const { version, from, to } = parseQuery(request);
  const entries = await ports.store().listEntries(person.organisation, draftId);
  const head = entries.at(-1);
  if (head === undefined) throw noSuchDraft();
  const shown = version === undefined ? head.latestVersion : wholeNumber(version, 'version');
  const saved = await readSavedPacket(ports, head, shown);
  const packet = withPreview(saved, formatTime(ports.sources.nowMs()));
  const values = shown === head.latestVersion ? formOfDraft(packet.draft) : undefined;
  return {
    site: ports.site(),
    person: person.person,
    draftId,
    revision: head.revision,
    latestVersion: head.latestVersion,
    ...(head.reviewVersion !== undefined && { reviewVersion: head.reviewVersion }),
    versions: versionsOf(entries, head.latestVersion),
    packet,
    coverage: evaluateDraftCoverage(packet.draft),
    ...(values && { values }),
    ...(from !== undefined &&
      to !== undefined && {
        comparison: await compare(ports, head, {
          from: wholeNumber(from, 'from'),
          to: wholeNumber(to, 'to'),
        }),
      }),
  };
}

function versionsOf(entries: readonly DraftEntry[], latest: number): PlanVersion[] {
  return Array.from({ length: latest }, (_, index) => {
    const about = entries.filter(({ version }) => version === index + 1);
    const [saved] = about;
    const last = about.at(-1);
    if (saved === undefined || last === undefined) {
      throw new CratonError('ERR_INTERNAL', 'A version of a draft is missing.');
    }
    return {
      version: index + 1,
      state: last.state,
      author: saved.author,
      savedAt: formatTime(saved.createdAtMs),
      packetDigest: saved.packetDigest,
    };
  });
}

async function compare(
  ports: PagePorts,
  head: DraftEntry,
  { from, to }: { readonly from: number; readonly to: number },
) {
  const before = await readSavedPacket(ports, head, from);
  const after = await readSavedPacket(ports, head, to);
  return { from, to, changes: diffDocuments(parsePlain(before.draft), parsePlain(after.draft)) };
}

function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
