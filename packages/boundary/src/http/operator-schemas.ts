/** The shapes of the operator API. */
import Type, { type TSchema } from 'typebox';
import {
  LIFETIME_DAYS_DEFAULT,
  LIFETIME_DAYS_MAX,
  SCOPES_OF_KIND,
} from '../commands/issue-api-key.ts';
import { AUDIT_ACTIONS } from '../ledger/change.ts';
import { API_KEY_KINDS, SCOPES } from '../ledger/port.ts';
import { PathId } from './schemas.ts';

const closed = { additionalProperties: false } as const;

/** Units in one request at most. */
export const UNITS_MAX = 100;

const Label = (description: string) =>
  Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$', description });
export const Time = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description });
export const oneOf = (values: readonly string[], description: string): TSchema =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  );

export const PartnerId = Label('Id of a partner.');
export const KeyId = Type.String({
  pattern: '^key_[A-Za-z0-9_-]{1,64}$',
  description: 'Public id of an API key; it tells nothing about the key.',
});
export const ActId = Type.String({
  pattern: '^act_[A-Za-z0-9_-]{1,64}$',
  description: 'Id of a person in records; who it is, the directory says.',
});
const Environment = Type.String({ pattern: '^[a-z][a-z0-9]{0,31}$' });

export const NewPartner = Type.Object(
  {
    partner_id: PartnerId,
    units: Type.Optional(Type.Array(Label('A unit of the partner.'), { maxItems: UNITS_MAX })),
  },
  { ...closed, $id: 'NewPartner' },
);

export const Partner = Type.Object(
  {
    partner_id: PartnerId,
    units: Type.Array(Label('A unit of the partner.')),
    created_at: Time('When it was added.'),
  },
  { ...closed, $id: 'Partner' },
);

export const Partners = Type.Object(
  { partners: Type.Array(Partner) },
  { ...closed, $id: 'Partners' },
);

const pathMembers = {
  environment: Environment,
  partner_id: PartnerId,
  path_id: PathId,
  version: Type.Integer({ minimum: 1 }),
  policy_digest: Type.String({
    pattern: '^sha256:[0-9a-f]{64}$',
    description: 'Digest of the document, as in receipts.',
  }),
};

export const AppliedPath = Type.Object(pathMembers, { ...closed, $id: 'AppliedPath' });

export const PathVersions = Type.Object(
  {
    paths: Type.Array(
      Type.Object(
        {
          ...pathMembers,
          live: Type.Boolean({ description: 'Whether this version decides now.' }),
          applied_at: Time('When it was stored.'),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'PathVersions' },
);

export const NewApiKey = Type.Object(
  {
    kind: oneOf(
      Object.keys(SCOPES_OF_KIND),
      '`bnd` for a partner’s host, `sts` for its tests in staging, `ops` for an operator.',
    ),
    partner_id: Type.Optional(
      Label('Whose key it is; only, and always, with the kinds `bnd` and `sts`.'),
    ),
    act_id: Type.Optional(
      Type.String({
        ...ActId,
        description:
          'Whose token it is; with the kind `ops` only, and needed for review and deploy.',
      }),
    ),
    scopes: Type.Array(
      oneOf(
        SCOPES,
        '`bnd`, `sts`: check, claim, confirm, read. `ops`: read, admin, review, deploy; or audit alone.',
      ),
      {
        minItems: 1,
        maxItems: SCOPES.length,
        uniqueItems: true,
      },
    ),
    lifetime_days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIFETIME_DAYS_MAX,
        description: `Without it, ${LIFETIME_DAYS_DEFAULT}.`,
      }),
    ),
  },
  { ...closed, $id: 'NewApiKey' },
);

const keyMembers = {
  key_id: KeyId,
  kind: oneOf(API_KEY_KINDS, 'What it is for.'),
  environment: Environment,
  partner_id: Type.Optional(PartnerId),
  act_id: Type.Optional(ActId),
  scopes: Type.Array(oneOf(SCOPES, 'What it may do.')),
  created_at: Time('When it was issued.'),
  expires_at: Time('From then on it is refused.'),
};

export const IssuedApiKey = Type.Object(
  {
    key: Type.String({
      description: 'The key. It is shown here once; keep it now, nobody can show it again.',
    }),
    ...keyMembers,
  },
  { ...closed, $id: 'IssuedApiKey' },
);

export const ApiKeyInfo = Type.Object(
  {
    ...keyMembers,
    revoked_at: Type.Optional(Time('Since then it is refused.')),
    last_used_at: Type.Optional(Time('Exact to a minute; absent if it was never used.')),
  },
  { ...closed, $id: 'ApiKeyInfo', description: 'What is known about a key; never the key.' },
);

export const ApiKeys = Type.Object(
  { api_keys: Type.Array(ApiKeyInfo) },
  { ...closed, $id: 'ApiKeys' },
);

export const Nothing = Type.Object({}, { ...closed, $id: 'Nothing', description: '`{}`' });

export const AuditEvents = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          event_id: Type.Integer({ minimum: 1, description: 'From 1 without a gap.' }),
          at: Time('When it was stored.'),
          actor: Type.String({
            description:
              'Id of the person or the key that asked for it; `start` for a server’s start.',
          }),
          action: oneOf(AUDIT_ACTIONS, 'What was done.'),
          subject: Type.Object({}, { description: 'To what: ids, names, digests.' }),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'AuditEvents' },
);
