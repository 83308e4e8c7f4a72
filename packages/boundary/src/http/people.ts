/** Who operators are: the caller themselves, and the directory. */
import { formatTime, type JsonObject } from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import Type from 'typebox';
import { API_KEY_KINDS, SCOPES } from '../ledger/port.ts';
import {
  type DirectoryPorts,
  erasePerson,
  listPeople,
  type ListedPerson,
} from '../people/directory.ts';
import type { OperatorDoorPorts, KnownOperator } from '../people/operator-identity.ts';
import type { HeldRole } from '../people/operator-scopes.ts';
import { type OperatorDocument, KEY_ERRORS, operatorRoute } from './authenticate.ts';
import { BODY_ERRORS } from './error-lists.ts';
import { parseNothing } from './operator-bodies.ts';
import { ActId, Nothing, oneOf, Time } from './operator-schemas.ts';
import { NoParameters } from './schemas.ts';

export interface PeopleRoutePorts extends OperatorDoorPorts, DirectoryPorts {
  readonly environment: string;
}

const closed = { additionalProperties: false } as const;

const Role = Type.Object(
  {
    role: Type.String({ description: 'As in the gate catalogue, and `rollback_owner`.' }),
    path: Type.Optional(
      Type.String({ description: '`<partner_id>/<path_id>`; absent: every path.' }),
    ),
  },
  { ...closed, $id: 'HeldRole' },
);

const Person = Type.Object(
  {
    act_id: ActId,
    name: Type.Optional(Type.String({ description: 'As the identity provider said it last.' })),
    email: Type.Optional(Type.String({ description: 'As the identity provider said it last.' })),
    erased_at: Type.Optional(Time('Since then nobody knows who this was.')),
    roles: Type.Array(Role),
  },
  { ...closed, $id: 'Person' },
);

const Session = Type.Object(
  {
    actor: Type.String({ description: 'What records name: an `act_` id, or the id of a key.' }),
    act_id: Type.Optional(ActId),
    via: oneOf(['session', 'token'], 'How the caller is known.'),
    scopes: Type.Array(oneOf(SCOPES, 'What the caller may do.')),
    key: Type.Optional(
      Type.Object({ key_id: Type.String(), kind: oneOf(API_KEY_KINDS, 'Always ops.') }, closed),
    ),
    roles: Type.Optional(Type.Array(Role)),
    authenticated_at: Type.Optional(Time('When the person last showed who they are.')),
    expires_at: Type.Optional(Time('Then the session ends, unless it is used before.')),
    csrf_token: Type.Optional(
      Type.String({ description: 'To be sent as X-CSRF-Token with every change by this session.' }),
    ),
  },
  { ...closed, $id: 'OperatorSession' },
);

const SHOW_SESSION: OperatorDocument = {
  method: 'GET',
  path: '/operator/api/session',
  operationId: 'showSession',
  summary: 'Who the caller is, and what they may do',
  keyHolder: 'operator',
  query: NoParameters,
  answer: { description: 'The caller.', contentType: 'application/json', schema: Session },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

const LIST_PEOPLE: OperatorDocument = {
  method: 'GET',
  path: '/operator/api/people',
  operationId: 'listPeople',
  summary: 'Everybody who has signed in, and the roles that they hold',
  scope: 'read',
  keyHolder: 'operator',
  query: NoParameters,
  answer: {
    description: 'The people, erased ones too.',
    contentType: 'application/json',
    schema: Type.Object({ people: Type.Array(Person) }, { ...closed, $id: 'People' }),
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

const ERASE_PERSON: OperatorDocument = {
  method: 'POST',
  path: '/operator/api/people/{act_id}/erase',
  operationId: 'erasePerson',
  summary: 'Forget who a person is',
  description:
    'Ends their sessions and tokens on every node. Records keep the id, which leads nowhere from then on. Erasing again changes nothing.',
  scope: 'admin',
  keyHolder: 'operator',
  params: Type.Object({ act_id: ActId }),
  query: NoParameters,
  body: Nothing,
  answer: { description: 'What is left.', contentType: 'application/json', schema: Person },
  errors: [...KEY_ERRORS, ...BODY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND', 'ERR_QUEUE_FULL'],
};

export const PEOPLE_DOCUMENTS: readonly RouteDocument[] = [SHOW_SESSION, LIST_PEOPLE, ERASE_PERSON];

// The route's schema has checked what this takes.
const parseActId = (params: unknown) => (params as { act_id: string }).act_id;

export function peopleRoutes(ports: PeopleRoutePorts): readonly Route[] {
  return [
    operatorRoute(ports, SHOW_SESSION, ({ identity }) => identityMembers(identity)),
    operatorRoute(ports, LIST_PEOPLE, async () => ({
      people: (await listPeople(ports)).map(personMembers),
    })),
    operatorRoute(ports, ERASE_PERSON, async ({ actor, request }) => {
      parseNothing(bodyBytes(request));
      const actId = parseActId(request.params);
      return personMembers(await erasePerson(ports, { actor, actId }));
    }),
  ];
}

function identityMembers(identity: KnownOperator): JsonObject {
  const { actor, person, scopes, via, keyId, session } = identity;
  return {
    actor,
    ...(person !== undefined && { act_id: person }),
    via,
    scopes: [...scopes],
    ...(keyId !== undefined && { key: { key_id: keyId, kind: 'ops' } }),
    ...(session !== undefined && {
      roles: session.roles.map(roleMembers),
      authenticated_at: formatTime(session.authenticatedAtMs),
      expires_at: formatTime(session.expiresAtMs),
      csrf_token: session.csrfToken,
    }),
  };
}

function personMembers({ actId, name, email, erasedAtMs, roles }: ListedPerson): JsonObject {
  return {
    act_id: actId,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(erasedAtMs !== undefined && { erased_at: formatTime(erasedAtMs) }),
    roles: roles.map(roleMembers),
  };
}

function roleMembers({ role, path }: HeldRole): JsonObject {
  return { role, ...(path !== undefined && { path }) };
}
