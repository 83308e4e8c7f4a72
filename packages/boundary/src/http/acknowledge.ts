/** One-time links: a page that says what is acknowledged, and a button that does it. */
import { bodyBytes, type Route } from '@craton/service';
import { CratonError, formatTime } from '@craton/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import {
  acknowledgeByLink,
  type AcknowledgedSubject,
  type LinkPorts,
  type OpenLink,
  readLink,
} from '../people/acknowledgement-links.ts';
import { HTML_TYPE } from './content-types.ts';
import { NoParameters } from './schemas.ts';

const PATH = '/operator/acknowledge/{token}';
const params = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) });
/** A form and nothing else: no script, no picture, no style. */
const PAGE_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// The route's schema has checked what this takes.
const parseToken = (request: FastifyRequest) => (request.params as { token: string }).token;

export function acknowledgeRoutes(ports: LinkPorts): readonly Route[] {
  const common = { path: PATH, params, query: NoParameters };
  return [
    {
      ...common,
      method: 'GET',
      // Programs that look at links before their reader does must not use them up.
      handle: async (request, reply) =>
        send(reply, askingPage(await readLink(ports, parseToken(request)))),
    },
    {
      ...common,
      method: 'POST',
      takesForm: true,
      handle: async (request, reply) => {
        if (bodyBytes(request).length > 0) {
          throw new CratonError('ERR_REQUEST_FIELD', 'The form has no field.');
        }
        const link = await acknowledgeByLink(ports, parseToken(request));
        return send(reply, page('Acknowledged', [`<p>${sentenceOf(link)}</p>`, thanks()]));
      },
    },
  ];
}

function send(reply: FastifyReply, html: string): FastifyReply {
  void reply.header('Content-Security-Policy', PAGE_POLICY).header('X-Robots-Tag', 'noindex');
  return reply.type(HTML_TYPE).send(html);
}

const SUBJECTS: Readonly<Record<AcknowledgedSubject, string>> = {
  rollback_owner: 'you answer for taking it back if it must be taken back',
  business_owner: 'you are its business owner',
  incident_channel: 'you watch the channel on which incidents are told',
};

function sentenceOf({ rollout, subject }: OpenLink): string {
  const { partner_id, path_id, environment } = rollout.opened;
  const what = `${partner_id}/${path_id} in ${environment}`;
  return `Boundary path <strong>${escapeHtml(what)}</strong>: ${SUBJECTS[subject]}.`;
}

function askingPage(link: OpenLink): string {
  return page('Please acknowledge', [
    `<p>${sentenceOf(link)}</p>`,
    `<dl><dt>Packet</dt><dd><code>${escapeHtml(link.packetDigest)}</code></dd>`,
    `<dt>This link works once, until</dt><dd>${formatTime(link.expiresAtMs)}</dd></dl>`,
    '<form method="post"><button type="submit">I acknowledge this</button></form>',
    '<p>If you do not know what this is about, close this page and ask whoever sent you the link.</p>',
  ]);
}

function thanks(): string {
  return '<p>It is recorded. You can close this page; the link does not work any more.</p>';
}

function page(title: string, parts: readonly string[]): string {
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${title} - Craton</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>',
    `<body><main><h1>${title}</h1>`,
    ...parts,
    '</main></body></html>\n',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
