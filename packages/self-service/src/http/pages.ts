/** The page Start and what it loads. Its forms keep nothing: only a key saves. */
import { type Recommendation, recommend } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { ERROR_MEANINGS } from '@craton/service';
import type { Asset, WizardModel } from '@craton/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { previewDraft } from '../commands/compose-draft.ts';
import { clientAddress } from './client-address.ts';
import type { DraftRoutePorts } from './drafts.ts';
import { draftOfForm, FORM_BYTES_MAX, parseForm, type ReadForm } from './forms.ts';

const PAGE = '/self-service';
const FORM_TYPE = 'application/x-www-form-urlencoded';

type Wizard = Omit<WizardModel, 'site'>;

/** Registers the page, its two forms, and the files that pages load. */
export function registerPages(server: FastifyInstance, ports: DraftRoutePorts): void {
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer', bodyLimit: FORM_BYTES_MAX } as const;
    scope.addContentTypeParser(FORM_TYPE, options, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.get(PAGE, (_request, reply) => sendPage(ports, reply, { values: {} }));
    for (const name of ['compose', 'preview'] as const) {
      const url = `${PAGE}/${name}`;
      // Whoever loads the address again begins again: what was typed is in no address.
      scope.get(url, (_request, reply) => reply.redirect(PAGE, 303));
      scope.post(url, (request, reply) => answerForm(ports, { request, reply, name }));
    }
    scope.get('/assets/*', (request, reply) => sendAsset(request, reply));
    done();
  });
}

interface FormCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly name: 'compose' | 'preview';
}

async function answerForm(
  ports: DraftRoutePorts,
  { request, reply, name }: FormCall,
): Promise<FastifyReply> {
  const { limits, isBehindBoundary } = ports;
  const limited = limits.refusePreview(clientAddress(request, isBehindBoundary));
  if (limited !== undefined) throw limited;
  const { body } = request;
  const form = parseForm(body instanceof Uint8Array ? body : new Uint8Array());
  return sendPage(ports, reply, readWizard(ports, form, name));
}

/** What came of a form; a refusal is shown on the page, beside all other values. */
function readWizard(
  ports: DraftRoutePorts,
  { values, refused }: ReadForm,
  name: FormCall['name'],
): Wizard & { readonly refused?: CratonError } {
  if (refused !== undefined) return { values, refused };
  const recommendation =
    values.description === undefined ? undefined : recommend(values.description);
  const preset = values.preset ?? onlyAnswer(recommendation);
  const chosen = preset === undefined ? values : { ...values, preset };
  const shown = { values: chosen, ...(recommendation && { recommendation }) };
  try {
    const draft = draftOfForm(chosen);
    return name === 'compose' ? shown : { ...shown, ...previewDraft(draft, ports.sources) };
  } catch (error) {
    if (error instanceof CratonError) return { ...shown, refused: error };
    throw error;
  }
}

function onlyAnswer(recommendation: Recommendation | undefined): string | undefined {
  return recommendation?.answer === 'one' ? recommendation.candidates[0]?.preset : undefined;
}

async function sendPage(
  ports: DraftRoutePorts,
  reply: FastifyReply,
  { refused, ...wizard }: Wizard & { readonly refused?: CratonError },
): Promise<FastifyReply> {
  const { CONTENT_SECURITY_POLICY, selfServicePage } = await import('@craton/web');
  const problem = refused && {
    message: refused.message,
    ...(refused.field !== undefined && { field: refused.field }),
  };
  const html = selfServicePage({ site: ports.site(), ...wizard, ...(problem && { problem }) });
  return reply
    .code(refused === undefined ? 200 : (ERROR_MEANINGS[refused.code].status ?? 422))
    .header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    .type('text/html; charset=utf-8')
    .send(html);
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
