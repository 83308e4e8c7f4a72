/** The operator API: partners, paths, API keys, and who changed what. */
import { PATH_DOCUMENT_BYTES_MAX } from '@craton/policy';
import { CratonError, formatTime } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { addPartner } from '../commands/add-partner.ts';
import { applyPath } from '../commands/apply-path.ts';
import { listText, objectText } from '../commands/describe-receipt.ts';
import { issueApiKey } from '../commands/issue-api-key.ts';
import type { OperatorPorts } from '../commands/operator.ts';
import { revokeApiKey } from '../commands/revoke-api-key.ts';
import type { ApiKeyRecord, Partner } from '../ledger/administration.ts';
import { operatorRoute } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { parseNewApiKey, parseNewPartner, parseNothing } from './operator-bodies.ts';
import {
  ADD_PARTNER,
  APPLY_PATH,
  ISSUE_KEY,
  LIST_EVENTS,
  LIST_KEYS,
  LIST_PARTNERS,
  LIST_PATHS,
  REVOKE_KEY,
  SHOW_PATH,
} from './operator-documents.ts';
import { policyDigest } from './receipts.ts';

/** What the operator's routes need besides the keys. */
export interface OperatorRoutePorts extends ApiKeyPorts, OperatorPorts {}

const EVENT_LIMIT_DEFAULT = 100;

// The route's schema has checked what these take; a schema and its type stand side by side above.
const parsePathQuery = (params: unknown, query: unknown) => {
  const { partner_id, path_id } = params as Record<'partner_id' | 'path_id', string>;
  const { version } = query as { version?: string };
  return { partnerId: partner_id, pathId: path_id, version };
};
const parseKeyId = (params: unknown) => (params as { key_id: string }).key_id;
const parseEventRange = (query: unknown) => {
  const { after, limit } = query as Partial<Record<'after' | 'limit', string>>;
  return { afterId: Number(after ?? 0), limit: Number(limit ?? EVENT_LIMIT_DEFAULT) };
};

export function operatorRoutes(ports: OperatorRoutePorts): readonly Route[] {
  return [...partnerRoutes(ports), ...pathRoutes(ports), ...keyRoutes(ports), eventRoute(ports)];
}

function partnerRoutes(ports: OperatorRoutePorts): readonly Route[] {
  const { admin } = ports;
  return [
    operatorRoute(ports, ADD_PARTNER, async ({ actor, request }) => {
      const partner = parseNewPartner(bodyBytes(request));
      return partnerMembers(await addPartner(admin, { actor, ...partner }));
    }),
    operatorRoute(ports, LIST_PARTNERS, async () => ({
      partners: (await admin.listPartners()).map(partnerMembers),
    })),
  ];
}

function partnerMembers({ partnerId, units, createdAtMs }: Partner): object {
  return { partner_id: partnerId, units, created_at: formatTime(createdAtMs) };
}

function pathRoutes(ports: OperatorRoutePorts): readonly Route[] {
  const { admin, environment } = ports;
  const apply = operatorRoute(ports, APPLY_PATH, async ({ actor, request }) => {
    const applied = await applyPath(ports, { actor, documentBytes: bodyBytes(request) });
    return {
      environment,
      partner_id: applied.partnerId,
      path_id: applied.pathId,
      version: applied.version,
      policy_digest: applied.policyDigest,
    };
  });
  return [
    { ...apply, bodyBytesMax: PATH_DOCUMENT_BYTES_MAX },
    operatorRoute(ports, LIST_PATHS, async () => ({
      paths: (await admin.listPaths(environment)).map((path) => ({
        environment: path.environment,
        partner_id: path.partnerId,
        path_id: path.pathId,
        version: path.version,
        policy_digest: path.policyDigest,
        live: path.isLive,
        applied_at: formatTime(path.appliedAtMs),
      })),
    })),
    showPathRoute(ports),
  ];
}

function showPathRoute(ports: OperatorRoutePorts): Route {
  const { admin, environment } = ports;
  return operatorRoute(ports, SHOW_PATH, async ({ request, reply }) => {
    const { partnerId, pathId, version } = parsePathQuery(request.params, request.query);
    const text = await admin.findPath({
      owner: { environment, partnerId },
      pathId,
      ...(version !== undefined && { version: Number(version) }),
    });
    if (text === undefined) throw new CratonError('ERR_NOT_FOUND', 'There is no such path.');
    void reply.header('Policy-Digest', policyDigest(text));
    return reply.type(JSON_TYPE).send(text);
  });
}

function keyRoutes(ports: OperatorRoutePorts): readonly Route[] {
  const { admin } = ports;
  return [
    operatorRoute(ports, ISSUE_KEY, async ({ actor, request }) => {
      const asked = parseNewApiKey(bodyBytes(request));
      const { text, key, createdAtMs } = await issueApiKey(ports, { actor, ...asked });
      return { key: text, ...keyMembers({ ...key, createdAtMs }) };
    }),
    operatorRoute(ports, LIST_KEYS, async () => ({
      api_keys: (await admin.listApiKeyRecords()).map(keyMembers),
    })),
    operatorRoute(ports, REVOKE_KEY, async ({ actor, request }) => {
      parseNothing(bodyBytes(request));
      const keyId = parseKeyId(request.params);
      return keyMembers(await revokeApiKey(admin, { actor, keyId }));
    }),
  ];
}

function keyMembers(key: ApiKeyRecord): object {
  const { keyId, kind, environment, partnerId, actId, scopes, createdAtMs, expiresAtMs } = key;
  const { revokedAtMs, lastUsedAtMs } = key;
  return {
    key_id: keyId,
    kind,
    environment,
    ...(partnerId !== undefined && { partner_id: partnerId }),
    ...(actId !== undefined && { act_id: actId }),
    scopes,
    created_at: formatTime(createdAtMs),
    expires_at: formatTime(expiresAtMs),
    ...(revokedAtMs !== undefined && { revoked_at: formatTime(revokedAtMs) }),
    ...(lastUsedAtMs !== undefined && { last_used_at: formatTime(lastUsedAtMs) }),
  };
}

function eventRoute(ports: OperatorRoutePorts): Route {
  return operatorRoute(ports, LIST_EVENTS, async ({ request, reply }) => {
    const { afterId, limit } = parseEventRange(request.query);
    const events = (await ports.admin.listEvents(afterId, limit)).map((event) =>
      objectText({
        event_id: String(event.eventId),
        at: JSON.stringify(formatTime(event.atMs)),
        actor: JSON.stringify(event.actor),
        action: JSON.stringify(event.action),
        subject: event.subjectText,
      }),
    );
    return reply.type(JSON_TYPE).send(objectText({ events: listText(events) }));
  });
}
