/** The forms of a saved plan's sections, one on each page. Each save is another version. */
import { AUTHORITY_CLASSES, type AuthorityClass, CratonError, formatTime } from '@craton/protocol';
import { ERROR_MEANINGS } from '@craton/service';
import type { PlanFormModel, PlanSection, TriedRequest } from '@craton/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { noSuchDraft } from '../commands/draft-ports.ts';
import { readSavedPacket, saveVersion } from '../commands/save-draft.ts';
import { tryRequest } from '../commands/try-request.ts';
import { assertOwnPage } from './browser-sessions.ts';
import { factsOf, listCases } from './case-form.ts';
import { withPreview } from './drafts.ts';
import { afterMoveButton, moveCountOf } from './move-form.ts';
import { type PagePorts, parseQuery, problemOf } from './page-call.ts';
import {
  draftOfSection,
  draftWithoutCase,
  readSection,
  type SectionForm,
  sectionForm,
  type SentSection,
} from './plan-forms.ts';
import { draftIdOf, wholeNumber } from './plan-model.ts';
import { answerPage, fieldsOf, personWith, refusePreview } from './plan-pages.ts';

const PAGE = '/self-service/drafts/:draft_id';
const SECTIONS: readonly PlanSection[] = ['cases', 'moves', 'people', 'service', 'rollback'];

/** Registers the forms of the sections, and the page on which a request can be tried. */
export function registerPlanEditPages(scope: FastifyInstance, ports: PagePorts): void {
  scope.get(`${PAGE}/edit/:section`, (request, reply) =>
    answerPage(ports, { request, reply }, async () => {
      const opened = await openPlan(ports, request, 'draft');
      const section = parseSection(request);
      const { case: named } = parseQuery(request);
      const caseNumber = named === undefined ? undefined : wholeNumber(named, 'case');
      const form = sectionForm(section, opened.packet.draft, caseNumber);
      const values = form.valuesOf(opened.packet.draft);
      return sendForm(reply, formModel(ports, opened, { section, caseNumber, values }));
    }),
  );
  scope.post(`${PAGE}/edit/:section`, (request, reply) =>
    answerPage(ports, { request, reply }, () => answerSection(ports, request, reply)),
  );
  scope.get(`${PAGE}/try`, (request, reply) =>
    answerPage(ports, { request, reply }, async () => {
      const opened = await openPlan(ports, request, 'read');
      const packet = withPreview(opened.packet, formatTime(ports.sources.nowMs()));
      const [example] = packet.preview?.example_requests.examples ?? [];
      const text = example === undefined ? '{}' : JSON.stringify(example.request, undefined, 2);
      return sendTry(ports, reply, opened, { text, authorityClass: 'submitted' });
    }),
  );
  scope.post(`${PAGE}/try`, (request, reply) =>
    answerPage(ports, { request, reply }, async () => {
      assertOwnPage(request);
      refusePreview(ports, request);
      const opened = await openPlan(ports, request, 'read');
      const sent = fieldsOf(request);
      const tried = tryTyped(ports, opened.packet.draft, {
        text: sent.get('request') ?? '',
        authorityClass: sent.get('class') ?? '',
      });
      return sendTry(ports, reply, opened, tried);
    }),
  );
}

/** The newest version of a draft, with whoever has signed in. */
async function openPlan(ports: PagePorts, request: FastifyRequest, scope: 'read' | 'draft') {
  const person = personWith(ports, request, scope);
  const draftId = draftIdOf(request);
  const head = await ports.store().findHead(person.organisation, draftId);
  if (head === undefined) throw noSuchDraft();
  return { person, head, packet: await readSavedPacket(ports, head, head.latestVersion) };
}

type OpenedPlan = Awaited<ReturnType<typeof openPlan>>;

function parseSection({ params }: FastifyRequest): PlanSection {
  const { section } = params as { section?: string };
  const known = SECTIONS.find((one) => one === section);
  if (known !== undefined) return known;
  throw new CratonError('ERR_NOT_FOUND', 'A plan has no such section.');
}

interface ShownForm {
  readonly section: PlanSection;
  readonly caseNumber: number | undefined;
  readonly values: PlanFormModel['values'];
  readonly refused?: CratonError | undefined;
}

function formModel(
  ports: PagePorts,
  { person, head, packet }: OpenedPlan,
  { section, caseNumber, values, refused }: ShownForm,
): PlanFormModel {
  const { draft } = packet;
  const cases = listCases(draft);
  const isThere = caseNumber !== undefined && caseNumber <= cases.length;
  return {
    site: ports.site(),
    person: person.person,
    draftId: head.draftId,
    title: draft.title ?? 'Coverage plan',
    revision: head.revision,
    latestVersion: head.latestVersion,
    ...(head.reviewVersion !== undefined && { reviewVersion: head.reviewVersion }),
    section,
    values,
    ...(refused && { problem: problemOf(refused) }),
    ...(section === 'cases' && { cases, facts: factsOf(draft), ...(isThere && { caseNumber }) }),
    ...(section === 'moves' && { moveCount: moveCountOf(values) }),
  };
}

async function answerSection(
  ports: PagePorts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  assertOwnPage(request);
  refusePreview(ports, request);
  const opened = await openPlan(ports, request, 'draft');
  const section = parseSection(request);
  const typed = fieldsOf(request);
  const number = typed.get('case_number');
  const caseNumber = number === null ? undefined : wholeNumber(number, 'case_number');
  const form = sectionForm(section, opened.packet.draft, caseNumber);
  const sent = readSection(typed, form);
  const shown = { section, caseNumber, values: sent.values };
  const moved = section === 'moves' ? afterMoveButton(sent.values, sent.controls.go) : undefined;
  if (moved !== undefined && sent.refused === undefined) {
    return sendForm(reply, formModel(ports, opened, { ...shown, values: moved }));
  }
  try {
    await saveSection(ports, opened, { form, sent, caseNumber });
    return await reply.redirect(placeAfter(section, opened.head.draftId), 303);
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    return sendForm(reply, formModel(ports, opened, { ...shown, refused: error }), error);
  }
}

interface SectionToSave {
  readonly form: SectionForm;
  readonly sent: SentSection;
  readonly caseNumber: number | undefined;
}

async function saveSection(
  ports: PagePorts,
  { person, head, packet }: OpenedPlan,
  { form, sent, caseNumber }: SectionToSave,
): Promise<void> {
  if (sent.refused !== undefined) throw sent.refused;
  const isRemoved = sent.controls.go === 'remove' && caseNumber !== undefined;
  const draft = isRemoved
    ? draftWithoutCase(packet.draft, caseNumber)
    : draftOfSection(packet.draft, form, sent.values);
  const revision = wholeNumber(sent.controls.revision ?? null, 'revision');
  await saveVersion(ports, person, { draftId: head.draftId, revision, draft });
}

/** Cases are typed one after another; whatever else was saved is shown in the plan. */
function placeAfter(section: PlanSection, draftId: string): string {
  const plan = `/self-service/drafts/${draftId}`;
  if (section === 'cases') return `${plan}/edit/cases`;
  return `${plan}#${section === 'moves' ? 'moves' : 'people'}`;
}

async function sendForm(
  reply: FastifyReply,
  model: PlanFormModel,
  refused?: CratonError,
): Promise<FastifyReply> {
  const { CONTENT_SECURITY_POLICY, planFormPage } = await import('@craton/web');
  return reply
    .code(refused === undefined ? 200 : (ERROR_MEANINGS[refused.code].status ?? 422))
    .headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(planFormPage(model));
}

/** What the rules of a draft say to a typed request, or why they say nothing. */
export function tryTyped(
  { sources }: Pick<PagePorts, 'sources'>,
  draft: OpenedPlan['packet']['draft'],
  asked: { readonly text: string; readonly authorityClass: string },
): TriedRequest {
  const authorityClass: AuthorityClass =
    AUTHORITY_CLASSES.find((name) => name === asked.authorityClass) ?? 'submitted';
  try {
    const result = tryRequest(draft, { text: asked.text, authorityClass }, sources);
    return { text: asked.text, authorityClass, result };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const kept = error.code === 'ERR_REQUEST_CONTENT_REFUSED' ? '' : asked.text;
    return { text: kept, authorityClass, problem: { field: 'request', message: error.message } };
  }
}

async function sendTry(
  ports: PagePorts,
  reply: FastifyReply,
  { person, head, packet }: OpenedPlan,
  tried: TriedRequest,
): Promise<FastifyReply> {
  const { CONTENT_SECURITY_POLICY, tryRequestPage } = await import('@craton/web');
  const html = tryRequestPage({
    site: ports.site(),
    person: person.person,
    draftId: head.draftId,
    title: packet.draft.title ?? 'Coverage plan',
    version: head.latestVersion,
    tried,
  });
  return reply
    .code(tried.problem === undefined ? 200 : 422)
    .headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(html);
}
