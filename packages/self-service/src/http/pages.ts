/** The page Start and what pages load. Its questions keep nothing: only a person's key saves. */
import { type Draft, findPreset, type Recommendation, recommend } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { ERROR_MEANINGS } from '@craton/service';
import type { Asset, WizardModel, WizardScreen, WizardValues } from '@craton/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiAccessContext, previewDraft } from '../commands/compose-draft.ts';
import { BrowserSessions } from './browser-sessions.ts';
import type { DraftRoutePorts } from './drafts.ts';
import {
  type Controls,
  draftOfForm,
  FIELDS,
  FORM_BYTES_MAX,
  parseForm,
  type ReadForm,
} from './forms.ts';
import { type PageCall, type PagePorts, problemOf } from './page-call.ts';
import { findOwnLatest, readBase } from './plan-model.ts';
import { wizardMoved } from './move-form.ts';
import { registerPlanEditPages, tryTyped } from './plan-edit-pages.ts';
import { refusePreview, registerPlanPages, saveForm } from './plan-pages.ts';
import { parseScreen, screenAfter } from './wizard-steps.ts';

const PAGE = '/self-service';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Registers the page, its forms, the pages of saved drafts, and the files that pages load. */
export function registerPages(server: FastifyInstance, draftPorts: DraftRoutePorts): void {
  const sessions = new BrowserSessions(draftPorts.keys, draftPorts.sources);
  const ports: PagePorts = { ...draftPorts, sessions };
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer', bodyLimit: FORM_BYTES_MAX } as const;
    scope.addContentTypeParser(FORM_TYPE, options, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.get(PAGE, (request, reply) => {
      const call = { request, reply, person: sessions.find(request, 'read') };
      return sendPage(ports, call, { screen: 'action', values: {} });
    });
    for (const name of ['compose', 'preview', 'save'] as const) {
      const url = `${PAGE}/${name}`;
      // Whoever loads the address again begins again: what was typed is in no address.
      scope.get(url, (_request, reply) => reply.redirect(PAGE, 303));
      scope.post(url, (request, reply) => answerForm(ports, { request, reply, name }));
    }
    registerPlanPages(scope, ports);
    registerPlanEditPages(scope, ports);
    scope.get('/assets/*', (request, reply) => sendAsset(request, reply));
    done();
  });
}

interface FormCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly name: 'compose' | 'preview' | 'save';
}

async function answerForm(
  ports: PagePorts,
  { request, reply, name }: FormCall,
): Promise<FastifyReply> {
  refusePreview(ports, request);
  const form = readForm(request);
  const call = { request, reply, person: ports.sessions.find(request, 'read') };
  if (name !== 'save') return sendPage(ports, call, await readWizard(ports, call, form, name));
  try {
    if (form.refused !== undefined) throw form.refused;
    return await saveForm(ports, call, form);
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const shown = await readWizard(ports, call, form, 'preview');
    return sendPage(ports, call, { ...shown, refused: error });
  }
}

function readForm({ body }: FastifyRequest): ReadForm {
  return parseForm(body instanceof Uint8Array ? body : new Uint8Array());
}

type Shown = Pick<
  WizardModel,
  'screen' | 'values' | 'recommendation' | 'packet' | 'access' | 'tried'
> & {
  readonly refused?: CratonError;
};

/** What came of a form; a refusal is shown on the page, beside all other values. */
async function readWizard(
  ports: PagePorts,
  { person }: PageCall,
  { values: sent, controls, refused }: ReadForm,
  name: 'compose' | 'preview',
): Promise<Shown> {
  const from = parseScreen(controls.screen);
  const go = name === 'preview' ? 'review' : controls.go;
  const { values, recommendation } = suggest(sent, from);
  const shown = { screen: from, values, ...(recommendation && { recommendation }) };
  if (refused !== undefined) return { ...shown, screen: screenOf(refused, from), refused };
  const unchosen = refuseUnchosen(from, go, values);
  if (unchosen !== undefined) return { ...shown, refused: unchosen };
  const moved = wizardMoved(values, go);
  if (moved !== undefined) return { ...shown, values: moved };
  try {
    const draft = draftOfForm(values, await readBase(ports, person, values));
    const screen = screenAfter(from, go, sent);
    if (screen !== 'review') return { ...shown, screen };
    return { ...shown, screen, ...previewed(ports, draft), ...triedIn(ports, draft, controls) };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    return { ...shown, screen: screenOf(error, from), refused: error };
  }
}

function previewed(ports: PagePorts, draft: Draft) {
  const { boundaryUrl, sources, site } = ports;
  return {
    packet: previewDraft(draft, sources).packet,
    access: apiAccessContext(draft, { boundaryUrl, environment: site().environment }),
  };
}

/** What came of a request that was typed below the examples. */
function triedIn(ports: PagePorts, draft: Draft, { request, class: authorityClass }: Controls) {
  if (request === undefined) return {};
  return { tried: tryTyped(ports, draft, { text: request, authorityClass: authorityClass ?? '' }) };
}

/** A clear suggestion is filled in, to be looked at; a choice that was made is never changed. */
function suggest(values: WizardValues, from: WizardScreen) {
  if (values.description === undefined || !['action', 'pattern', 'scope'].includes(from)) {
    return { values };
  }
  const recommendation = recommend(values.description);
  const preset = values.preset ?? onlyAnswer(recommendation);
  return { values: preset === undefined ? values : { ...values, preset }, recommendation };
}

function onlyAnswer(recommendation: Recommendation): string | undefined {
  return recommendation.answer === 'one' ? recommendation.candidates[0]?.preset : undefined;
}

function refuseUnchosen(
  from: WizardScreen,
  go: string | undefined,
  { preset, description }: WizardValues,
): CratonError | undefined {
  if (preset !== undefined && findPreset(preset) === undefined) {
    return new CratonError('ERR_DRAFT_FIELD', 'There is no such pattern.', {
      field: 'description',
    });
  }
  if (go !== 'next' || preset !== undefined) return undefined;
  if (from === 'action' && description === undefined) {
    const message = 'Choose a pattern, or describe the action in a few words.';
    return new CratonError('ERR_DRAFT_FIELD', message, { field: 'description' });
  }
  if (from !== 'pattern') return undefined;
  return new CratonError('ERR_DRAFT_FIELD', 'Choose one of the patterns.');
}

function screenOf({ field }: CratonError, otherwise: WizardScreen): WizardScreen {
  const known = Object.entries(FIELDS).find(([name]) => name === field);
  return known === undefined ? otherwise : known[1][0];
}

async function sendPage(
  ports: PagePorts,
  { reply, person }: PageCall,
  { refused, ...shown }: Shown,
): Promise<FastifyReply> {
  const { CONTENT_SECURITY_POLICY, selfServicePage } = await import('@craton/web');
  const latest = shown.screen === 'action' ? await findOwnLatest(ports, person) : undefined;
  const html = selfServicePage({
    site: ports.site(),
    ...shown,
    canSave: hasStore(ports),
    ...(person && { person: person.person }),
    ...(latest && { latest }),
    ...(refused && { problem: problemOf(refused) }),
  });
  return reply
    .code(refused === undefined ? 200 : (ERROR_MEANINGS[refused.code].status ?? 422))
    .headers({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(html);
}

function hasStore({ store }: PagePorts): boolean {
  try {
    store();
    return true;
  } catch (error) {
    if (error instanceof CratonError) return false;
    throw error;
  }
}

/** Behind a boundary these are asked of it: the paths hold the hash of their content. */
async function sendAsset(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { assets } = await import('@craton/web');
  const asset: Asset | undefined = assets().get(request.url);
  if (asset === undefined) {
    throw new CratonError('ERR_NOT_FOUND', 'There is nothing at this address.');
  }
  const { body, contentType, etag, cacheControl } = asset;
  return reply.headers({ ETag: etag, 'Cache-Control': cacheControl }).type(contentType).send(body);
}
