/** Pages for operators: for a session alone, kept by nobody; a form leads back to its page. */
import { activeFreezes } from '@craton/policy';
import { CratonError, type Digest, formatTime, isDigest } from '@craton/protocol';
import { bodyBytes, ERROR_MEANINGS, type Route } from '@craton/service';
import {
  CONTENT_SECURITY_POLICY,
  type InboxModel,
  operatorInboxPage,
  operatorPathListPage,
  operatorPathPage,
  operatorRolloutPage,
  type OpenReview,
  type RolloutPageModel,
  type SiteModel,
} from '@craton/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import {
  authenticateOperator,
  hasRecentSignIn,
  type KnownOperator,
} from '../people/operator-identity.ts';
import { listRolloutIds, loadGovernance, loadRollout } from '../rollout/read-rollout.ts';
import { pullReview } from '../rollout/open-rollout.ts';
import { HTML_TYPE } from './content-types.ts';
import { type OperatorAct, OPERATOR_ACTS, type SentForm } from './operator-acts.ts';
import { groupEntries, inboxEntry, type Looking, rolloutModel } from './operator-page-models.ts';
import { pathListModel, pathPageModel } from './operator-path-models.ts';
import { RolloutId } from './rollout-schemas.ts';
import type { RolloutRoutePorts } from './rollouts.ts';
import { PathId } from './schemas.ts';
import type { SignInRoutePorts } from './sign-in.ts';

export interface OperatorPagePorts extends RolloutRoutePorts, SignInRoutePorts {
  readonly site: () => SiteModel;
}

const rolloutParams = Type.Object({ rollout_id: RolloutId });
const pathParams = Type.Object({
  partner_id: Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
  path_id: PathId,
});
// The routes' schemas have checked what these take.
const parseRolloutId = (params: unknown) => (params as { rollout_id: string }).rollout_id;
const parsePath = (params: unknown) => params as Record<'partner_id' | 'path_id', string>;
/** Throws `ERR_REQUEST_FIELD`. */
function parsePacketDigest({ packet_digest: text = '' }: SentForm): Digest {
  if (isDigest(text)) return text as Digest;
  const message = 'packet_digest must be the digest of a packet.';
  throw new CratonError('ERR_REQUEST_FIELD', message, { field: 'packet_digest' });
}
const parseDone = (query: unknown) => (query as { done?: string }).done;

export function operatorPageRoutes(ports: OperatorPagePorts): readonly Route[] {
  const page = (path: string, show: Shower, params?: Route['params']): Route => ({
    method: 'GET',
    path,
    ...(params && { params }),
    handle: (request, reply) => showPage(ports, { request, reply }, show),
  });
  return [
    page('/operator', async ({ looking }) => {
      return operatorInboxPage(await inboxModel(ports, looking));
    }),
    page('/operator/rollouts/{rollout_id}', showRollout(ports), rolloutParams),
    page('/operator/paths', async ({ looking }) => {
      return operatorPathListPage(await pathListModel(ports.rollouts, looking));
    }),
    page(
      '/operator/paths/{partner_id}/{path_id}',
      async ({ looking, request }) => {
        const place = parsePath(request.params);
        const { paths } = await pathListModel(ports.rollouts, looking);
        const isKnown = paths.some(
          ({ partnerId, pathId }) => partnerId === place.partner_id && pathId === place.path_id,
        );
        if (!isKnown) throw new CratonError('ERR_NOT_FOUND', 'There is no such path.');
        return operatorPathPage(await pathPageModel(ports.rollouts, looking, place));
      },
      pathParams,
    ),
    pullRoute(ports),
    ...Object.entries(OPERATOR_ACTS).map(([name, act]) => actRoute(ports, name, act)),
  ];
}

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface SignedInCall extends Call {
  readonly identity: KnownOperator;
  readonly looking: Looking;
}

type Shower = (call: SignedInCall) => Promise<string>;

function showRollout({ rollouts }: OperatorPagePorts): Shower {
  return async ({ looking, request }) => {
    const loaded = await loadRollout(rollouts, parseRolloutId(request.params));
    const done = parseDone(request.query);
    const isKnown = done !== undefined && Object.hasOwn(OPERATOR_ACTS, done);
    return operatorRolloutPage({ ...rolloutModel(loaded, looking), ...(isKnown && { done }) });
  };
}

async function showPage(ports: OperatorPagePorts, call: Call, show: Shower): Promise<FastifyReply> {
  const identity = await signedIn(ports, call.request, undefined);
  if (identity === undefined) return toSignIn(ports, call);
  const looking = await lookingOf(ports, identity);
  if (!identity.scopes.includes('read'))
    return sendHtml(call.reply, forbidden(ports, looking), 403);
  return sendHtml(call.reply, await show({ ...call, identity, looking }));
}

/** Whose session it is; undefined if there is none. A token opens no page. */
async function signedIn(
  ports: OperatorPagePorts,
  { method, headers }: FastifyRequest,
  csrfToken: string | undefined,
): Promise<KnownOperator | undefined> {
  const { cookie, origin, 'sec-fetch-site': site } = headers;
  const sent = { cookie, origin, 'sec-fetch-site': site };
  try {
    return await authenticateOperator(ports, { method, headers: sent, csrfToken }, undefined);
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_UNAUTHENTICATED') return undefined;
    throw error;
  }
}

/** A form that comes too late leads to its page, once the person has signed in again. */
function toSignIn({ signIn }: OperatorPagePorts, { request, reply }: Call): FastifyReply {
  if (signIn === undefined) {
    const message = 'Nobody signs in here: set CRATON_OIDC_ISSUER, or use the API with a token.';
    throw new CratonError('ERR_UNAUTHENTICATED', message);
  }
  const [, page = '/operator'] =
    /^(\/operator(?:\/(?:rollouts|paths)(?:\/[A-Za-z0-9_-]+){0,2})?)/.exec(request.url) ?? [];
  const back = request.method === 'GET' ? page : pageOfForm(page);
  return reply.redirect(`/operator/sign-in?return_to=${back}`, 303);
}

const pageOfForm = (page: string): string =>
  /^\/operator\/rollouts\/[^/]+/.exec(page)?.[0] ?? '/operator';

async function lookingOf(ports: OperatorPagePorts, identity: KnownOperator): Promise<Looking> {
  const { rollouts, nowMs, site } = ports;
  const people = await rollouts.operatorRecords.listPeople();
  const names = new Map(people.map(({ actId, name, email }) => [actId, name ?? email]));
  const nameOf = (actor: string) => names.get(actor) ?? actor;
  const { session, scopes, person = identity.actor } = identity;
  return {
    site: site(),
    viewer: {
      name: nameOf(person),
      roles: session?.roles.map(({ role }) => role.replaceAll('_', ' ')) ?? [],
      csrfToken: session?.csrfToken ?? '',
    },
    person,
    isSteppedUp: hasRecentSignIn(identity, nowMs()),
    mayDeploy: scopes.includes('deploy'),
    nameOf,
  };
}

function forbidden({ nowMs }: OperatorPagePorts, { site, viewer }: Looking): string {
  const message =
    'You hold no role here yet. Ask an administrator to propose one for you; two people confirm it.';
  const none = { yours: [], blocked: [], expiring: [], attention: [], others: [], reviews: [] };
  return operatorInboxPage({
    ...{ site, viewer, at: formatTime(nowMs()), ...none },
    ...{ isReviewListMissing: false, frozenBy: [], problem: { message } },
  });
}

async function inboxModel(
  { rollouts, nowMs }: OperatorPagePorts,
  looking: Looking,
): Promise<InboxModel> {
  const ids = await listRolloutIds(rollouts);
  const loaded = await Promise.all(ids.map((id) => loadRollout(rollouts, id)));
  const pulled = new Set<string>(loaded.map(({ rollout }) => rollout.packet.packet_digest));
  const entries = loaded
    .map((one) => inboxEntry(one, looking))
    .toSorted((one, other) => other.changedAt.localeCompare(one.changedAt));
  const { governance } = await loadGovernance(rollouts);
  const reviews = await openReviews(rollouts);
  const { site, viewer } = looking;
  return {
    ...{ site, viewer, at: formatTime(nowMs()), ...groupEntries(entries, nowMs()) },
    reviews: reviews?.filter(({ packetDigest }) => !pulled.has(packetDigest)) ?? [],
    isReviewListMissing: reviews === undefined,
    frozenBy: activeFreezes(governance.freezeWindows, nowMs()),
  };
}

/** Undefined where self-service does not answer: everything else is shown all the same. */
async function openReviews({
  reviews,
}: OperatorPagePorts['rollouts']): Promise<readonly OpenReview[] | undefined> {
  try {
    const listed = await reviews.list();
    return listed
      .filter(({ isWithdrawn }) => !isWithdrawn)
      .map(({ packetDigest, organisation, version, requestedAt }) => {
        return { packetDigest, organisation, version, requestedAt };
      });
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function pullRoute(ports: OperatorPagePorts): Route {
  return {
    method: 'POST',
    path: '/operator/rollouts',
    takesForm: true,
    handle: (request, reply) =>
      answerForm(ports, { request, reply }, ['packet_digest'], async (call) => {
        const { actor } = call.identity;
        try {
          const packetDigest = parsePacketDigest(call.form);
          demandScope(call.identity, 'review');
          const { rolloutId } = await pullReview(ports.rollouts, { actor, packetDigest });
          return await call.reply.redirect(`/operator/rollouts/${rolloutId}`, 303);
        } catch (error) {
          if (!(error instanceof CratonError)) throw error;
          const problem = { message: error.message };
          const html = operatorInboxPage({ ...(await inboxModel(ports, call.looking)), problem });
          return sendHtml(call.reply, html, statusOf(error));
        }
      }),
  };
}

type FormCall = SignedInCall & { readonly form: SentForm };

function actRoute(ports: OperatorPagePorts, name: string, act: OperatorAct): Route {
  return {
    method: 'POST',
    path: `/operator/rollouts/{rollout_id}/${name}`,
    params: rolloutParams,
    takesForm: true,
    handle: (request, reply) =>
      answerForm(ports, { request, reply }, act.fields, async (call) => {
        const { identity, looking, form } = call;
        const rolloutId = parseRolloutId(request.params);
        const { person, isSteppedUp } = looking;
        try {
          demandScope(identity, act.scope);
          const asked = { rolloutId, form, who: { person, isSteppedUp } };
          const reasons = await act.run(ports.rollouts, asked);
          if (reasons.length === 0) {
            return await reply.redirect(`/operator/rollouts/${rolloutId}?done=${name}`, 303);
          }
          return await sendRefused(ports, call, { rolloutId, name, act, reasons });
        } catch (error) {
          if (!(error instanceof CratonError) || error.code === 'ERR_NOT_FOUND') throw error;
          return sendRefused(ports, call, { rolloutId, name, act, error });
        }
      }),
  };
}

interface RefusedAct {
  readonly rolloutId: string;
  readonly name: string;
  readonly act: OperatorAct;
  readonly reasons?: readonly string[];
  readonly error?: CratonError;
}

/** The page of the rollout with what was refused on top, and what was typed in its place. */
async function sendRefused(
  { rollouts }: OperatorPagePorts,
  { reply, looking, form }: FormCall,
  { rolloutId, name, act, reasons, error }: RefusedAct,
): Promise<FastifyReply> {
  const loaded = await loadRollout(rollouts, rolloutId);
  const place = form['gate'] ?? name;
  const field = error?.field === undefined ? undefined : act.placeOf?.(error.field, place);
  const codes = reasons ?? (error?.code === 'ERR_ROLLOUT_REFUSED' ? reasonsOf(error) : []);
  const model: RolloutPageModel = {
    ...rolloutModel(loaded, looking),
    problem: {
      message: error?.message ?? 'It was not admitted, and nothing changed.',
      reasons: codes,
      ...(field !== undefined && { field }),
    },
    typed: {
      form: place,
      ...(form['reason'] !== undefined && { reason: form['reason'] }),
      ...(form['confirm_path_id'] !== undefined && { pathId: form['confirm_path_id'] }),
    },
  };
  return sendHtml(reply, operatorRolloutPage(model), error === undefined ? 409 : statusOf(error));
}

const reasonsOf = ({ reasons = [] }: CratonError): readonly string[] => reasons;

/** A form of a session with its token; whatever else it holds must be known. */
async function answerForm(
  ports: OperatorPagePorts,
  call: Call,
  fields: readonly string[],
  answer: (call: FormCall) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const sent = new URLSearchParams(Buffer.from(bodyBytes(call.request)).toString());
  const identity = await signedIn(ports, call.request, sent.get('csrf_token') ?? undefined);
  if (identity === undefined) return toSignIn(ports, call);
  const names = [...sent.keys()];
  const isKnown = (name: string) => name === 'csrf_token' || fields.includes(name);
  if (new Set(names).size !== names.length || !names.every(isKnown)) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The form has a field that is not known here.');
  }
  const filled = [...sent].filter(([name, text]) => name !== 'csrf_token' && text.trim() !== '');
  const looking = await lookingOf(ports, identity);
  return answer({ ...call, identity, looking, form: Object.fromEntries(filled) });
}

function demandScope({ scopes }: KnownOperator, scope: OperatorAct['scope']): void {
  if (scopes.includes(scope)) return;
  throw new CratonError('ERR_FORBIDDEN', `Your roles do not give the scope ${scope}.`);
}

const statusOf = ({ code }: CratonError): number => ERROR_MEANINGS[code].status ?? 422;

function sendHtml(reply: FastifyReply, html: string, status = 200): FastifyReply {
  void reply.code(status).headers({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cache-Control': 'no-store',
    'X-Robots-Tag': 'noindex',
  });
  return reply.type(HTML_TYPE).send(html);
}
