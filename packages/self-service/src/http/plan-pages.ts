/** Pages of saved drafts, for whoever has signed in with a key: read, compare, request review. */
import { CratonError, formatTime } from '@craton/protocol';
import { ERROR_MEANINGS } from '@craton/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requestReview, withdrawReview } from '../commands/request-review.ts';
import { readSavedPacket, saveDraft, saveVersion } from '../commands/save-draft.ts';
import type { PersonKey } from '../keys.ts';
import { assertOwnPage } from './browser-sessions.ts';
import { clientAddress } from './client-address.ts';
import { withPreview } from './drafts.ts';
import { draftOfForm, type ReadForm } from './forms.ts';
import {
  type PageCall,
  type PagePorts,
  parseDraftParam,
  parseQuery,
  problemOf,
} from './page-call.ts';
import { DRAFT_ID, draftIdOf, planModel, readBase, wholeNumber } from './plan-model.ts';

const BASE = '/self-service';

/** Registers the pages of saved drafts, and signing in and out. */
export function registerPlanPages(scope: FastifyInstance, ports: PagePorts): void {
  scope.get(`${BASE}/drafts/:draft_id`, (request, reply) =>
    answerPage(ports, { request, reply }, () => sendPlan(ports, { request, reply })),
  );
  scope.get(`${BASE}/drafts/:draft_id/export`, (request, reply) =>
    answerPage(ports, { request, reply }, () => sendExport(ports, { request, reply })),
  );
  for (const [name, act] of [
    ['review', requestReview],
    ['withdraw', withdrawReview],
  ] as const) {
    scope.post(`${BASE}/drafts/:draft_id/${name}`, (request, reply) =>
      answerPage(ports, { request, reply }, async () => {
        assertOwnPage(request);
        const person = personWith(ports, request, 'request_review');
        const draftId = draftIdOf(request);
        await act(ports, person, { draftId, ...parseReviewForm(request) });
        return reply.redirect(`${BASE}/drafts/${draftId}`, 303);
      }),
    );
  }
  scope.post(`${BASE}/sign-in`, (request, reply) => signIn(ports, { request, reply }));
  scope.post(`${BASE}/sign-out`, (request, reply) => {
    assertOwnPage(request);
    void reply.header('Set-Cookie', ports.sessions.end(request, isSecure(ports)));
    return reply.redirect(BASE, 303);
  });
}

type Call = Pick<PageCall, 'request' | 'reply'>;

/** Saves what the form of Start holds, as a new draft or as another version, and leads to it. */
export async function saveForm(
  ports: PagePorts,
  { request, reply, person: known }: PageCall,
  { values, controls }: ReadForm,
): Promise<FastifyReply> {
  assertOwnPage(request);
  const person =
    known === undefined
      ? beginSession(ports, { request, reply }, controls.api_key, 'draft')
      : personWith(ports, request, 'draft');
  const draft = draftOfForm(values, await readBase(ports, person, values));
  const { draft_id: draftId, revision } = values;
  const saved =
    draftId === undefined
      ? await saveDraft(ports, person, draft)
      : await saveVersion(ports, person, { draftId, revision: Number(revision), draft });
  return reply.redirect(`${BASE}/drafts/${saved.draftId}`, 303);
}

/** Opens a session for a key that has the scope. */
function beginSession(
  ports: PagePorts,
  { request, reply }: Call,
  keyText: string | undefined,
  scope: 'draft' | 'read',
): PersonKey {
  const { sessions, isBehindBoundary, limits } = ports;
  try {
    const { person, cookie } = sessions.begin(keyText ?? '', scope, isSecure(ports));
    void reply.header('Set-Cookie', cookie);
    return person;
  } catch (error) {
    const isFailed = error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED';
    const address = clientAddress(request, isBehindBoundary);
    throw (isFailed ? limits.refuseFailedAuthentication(address) : undefined) ?? error;
  }
}

/** Who has signed in with that scope. Throws `ERR_UNAUTHENTICATED` and `ERR_FORBIDDEN`. */
export function personWith(
  { sessions }: PagePorts,
  request: FastifyRequest,
  scope: 'read' | 'draft' | 'request_review',
): PersonKey {
  const person = sessions.find(request, scope);
  if (person !== undefined) return person;
  throw new CratonError('ERR_UNAUTHENTICATED', 'Sign in with your self-service key.');
}

/** Throws `ERR_RATE_LIMITED` where an address asks for too much to be evaluated. */
export function refusePreview(
  { limits, isBehindBoundary }: PagePorts,
  request: FastifyRequest,
): void {
  const limited = limits.refusePreview(clientAddress(request, isBehindBoundary));
  if (limited !== undefined) throw limited;
}

function isSecure({ site }: PagePorts): boolean {
  return site().baseUrl.startsWith('https:');
}

async function signIn(ports: PagePorts, call: Call): Promise<FastifyReply> {
  const { request, reply } = call;
  return answerPage(ports, call, () => {
    assertOwnPage(request);
    const sent = fieldsOf(request);
    beginSession(ports, call, sent.get('api_key') ?? undefined, 'read');
    const draftId = sent.get('draft_id') ?? '';
    return reply.redirect(DRAFT_ID.test(draftId) ? `${BASE}/drafts/${draftId}` : BASE, 303);
  });
}

/** Refusals are pages too: one that asks for a key, and one that says what was refused. */
export async function answerPage(
  ports: PagePorts,
  { request, reply }: Call,
  answer: () => FastifyReply | Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const { CONTENT_SECURITY_POLICY, signInPage } = await import('@craton/web');
    const draftId = parseDraftParam(request);
    const isFirstAsk = error.code === 'ERR_UNAUTHENTICATED' && error.field === undefined;
    const person = error.code === 'ERR_UNAUTHENTICATED' ? undefined : nameOf(ports, request);
    const html = signInPage({
      site: ports.site(),
      ...(isFirstAsk ? {} : { problem: problemOf(error) }),
      ...(draftId !== undefined && DRAFT_ID.test(draftId) && { draftId }),
      ...(person !== undefined && { person }),
    });
    return reply
      .code(ERROR_MEANINGS[error.code].status ?? 422)
      .headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(html);
  }
}

function nameOf({ sessions }: PagePorts, request: FastifyRequest): string | undefined {
  return sessions.find(request, 'read')?.person;
}

/** The fields of a form that was sent. */
export function fieldsOf({ body }: FastifyRequest): URLSearchParams {
  return new URLSearchParams(body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '');
}

function parseReviewForm(request: FastifyRequest) {
  const sent = fieldsOf(request);
  return {
    version: wholeNumber(sent.get('version'), 'version'),
    revision: wholeNumber(sent.get('revision'), 'revision'),
  };
}

async function sendPlan(ports: PagePorts, { request, reply }: Call): Promise<FastifyReply> {
  const person = personWith(ports, request, 'read');
  const model = await planModel(ports, person, request);
  const { CONTENT_SECURITY_POLICY, coveragePlanPage } = await import('@craton/web');
  return reply
    .headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(coveragePlanPage(model));
}

async function sendExport(ports: PagePorts, { request, reply }: Call): Promise<FastifyReply> {
  const person = personWith(ports, request, 'read');
  const draftId = draftIdOf(request);
  const { version: named, format } = parseQuery(request);
  const version = wholeNumber(named ?? null, 'version');
  const owned = { organisation: person.organisation, draftId };
  const saved = await readSavedPacket(ports, owned, version);
  const packet = withPreview(saved, formatTime(ports.sources.nowMs()));
  const isHtml = format === 'html';
  const name = `${draftId}-v${version}.${isHtml ? 'html' : 'json'}`;
  void reply.header('Content-Disposition', `attachment; filename="${name}"`);
  if (!isHtml) return reply.type('application/json; charset=utf-8').send(packet);
  const { coveragePlanFile } = await import('@craton/web');
  const html = coveragePlanFile({ site: ports.site(), draftId, packet });
  return reply.type('text/html; charset=utf-8').send(html);
}
