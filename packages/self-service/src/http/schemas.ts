/** The shapes of the wire, for the OpenAPI document and for tests. `$id` names a shared component. */
import { PRESETS } from '@craton/policy';
import Type, { type TObject, type TSchema } from 'typebox';
import { DESCRIPTION_CODE_POINTS_MAX } from './bodies.ts';

const closed = { additionalProperties: false } as const;

export const LIST_MAX = 100;
export const NoParameters: TSchema = Type.Object({}, closed);

const UUID7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
export const DRAFT_ID_PATTERN = `^drf_${UUID7}$`;
const DIGEST_PATTERN = '^sha256:[0-9a-f]{64}$';
const NUMBER_PATTERN = '^[1-9][0-9]{0,8}$';

const DraftId = Type.String({ pattern: DRAFT_ID_PATTERN, description: 'Id of a draft.' });
const Digest = (description: string) => Type.String({ pattern: DIGEST_PATTERN, description });
const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' });
const Count = (description: string) => Type.Integer({ minimum: 1, description });
const NumberText = (description: string) => Type.String({ pattern: NUMBER_PATTERN, description });

/** Read strictly by the draft's own rules; the schema stands in `spec/schemas`. */
const DraftDocument = Type.Object(
  {},
  { $id: 'Draft', description: '`craton.draft.v1`: spec/schemas/draft.schema.json.' },
);
const Packet = Type.Object(
  {},
  { $id: 'Packet', description: '`craton.packet.v1`: spec/schemas/packet.schema.json.' },
);
const Coverage = Type.Object(
  {},
  { description: 'The first gate: criteria G1.1 to G1.4 and the exit.' },
);
const Access = Type.Object(
  {
    note: Type.String(),
    environment: Type.String(),
    method: Type.Literal('POST'),
    endpoint: Type.String(),
    headers: Type.Record(Type.String(), Type.String()),
    required_fields: Type.Array(Type.String()),
    optional_fields: Type.Array(Type.String()),
    example_request: Type.Object({}),
    curl: Type.String(),
  },
  {
    ...closed,
    $id: 'ApiAccessContext',
    description: 'How to call the boundary later: instructions with placeholders, never a key.',
  },
);
const never = {
  production_write: Type.Literal(false),
  review_only: Type.Literal(true),
};

export const ComposeBody = Type.Object(
  {
    description: Type.Optional(
      Type.String({
        maxLength: DESCRIPTION_CODE_POINTS_MAX,
        description: 'What is about to happen, in your own words. It is not kept.',
      }),
    ),
    preset: Type.Optional(Type.Union(PRESETS.map(({ id }) => Type.Literal(id)))),
    draft: Type.Optional(DraftDocument),
  },
  closed,
);
export const DraftBody = Type.Object({ draft: DraftDocument }, closed);
export const VersionBody = Type.Object(
  { draft: DraftDocument, revision: Count('The revision that you have read.') },
  closed,
);
export const ReviewBody = Type.Object(
  {
    version: Count('The version that is meant.'),
    revision: Count('The revision that you have read.'),
    production_write: Type.Optional(never.production_write),
    review_only: Type.Optional(never.review_only),
  },
  closed,
);

export const Composed = Type.Object(
  {
    state: Type.Literal('composed'),
    ...never,
    draft: DraftDocument,
    missing: Type.Array(Type.String({ description: 'A member that must be filled in.' })),
    recommendation: Type.Optional(Type.Object({})),
    boundary_object: Type.Optional(Type.Object({}, { description: '`craton.boundary.path.v1`.' })),
    boundary_object_digest: Type.Optional(Digest('Its policy digest.')),
    api_access_context: Access,
  },
  closed,
);
export const Previewed = Type.Object(
  {
    state: Type.Literal('previewed'),
    ...never,
    packet: Packet,
    coverage: Coverage,
    api_access_context: Access,
  },
  closed,
);

export const DraftReviewStatus = Type.Object(
  {
    draft_id: DraftId,
    version: Count('The version that is asked about.'),
    packet_digest: Digest('Of its packet.'),
    status: Type.Union(['known', 'not_pulled', 'unreachable'].map((one) => Type.Literal(one))),
    state: Type.Optional(Type.String({ description: 'Of the rollout; known ones alone have it.' })),
    gates: Type.Optional(
      Type.Array(Type.Object({ id: Type.String(), state: Type.String() }, closed)),
    ),
    changed_at: Type.Optional(Time),
  },
  closed,
);

const State = Type.Union(
  ['saved', 'review_requested', 'withdrawn'].map((state) => Type.Literal(state)),
);
const versionMembers = {
  version: Count('Number of the version.'),
  state: State,
  author: Type.String({ description: 'Who saved it.' }),
  saved_at: Time,
  packet_digest: Digest('Of its packet: what approvals are bound to.'),
  changed_by: Type.Optional(Type.String()),
  changed_at: Type.Optional(Time),
};
const draftMembers = {
  draft_id: DraftId,
  organisation: Type.String(),
  revision: Count('Counts every change; send it with the next one.'),
  latest_version: Count('The newest version.'),
  review_version: Type.Optional(Count('The version under review.')),
  ...never,
};
export const StoredDraft: TObject = Type.Object(
  {
    ...draftMembers,
    ...versionMembers,
    versions: Type.Array(Type.Object(versionMembers, closed)),
    coverage: Coverage,
    packet: Packet,
  },
  { ...closed, $id: 'StoredDraft' },
);
export const DraftList = Type.Object(
  {
    drafts: Type.Array(
      Type.Object(
        {
          ...draftMembers,
          title: Type.Optional(Type.String()),
          last_change: Type.Object({
            state: State,
            version: Type.Integer(),
            by: Type.String(),
            at: Time,
          }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export const DraftDifference = Type.Object(
  {
    draft_id: DraftId,
    from: Type.Integer(),
    to: Type.Integer(),
    changes: Type.Array(
      Type.Object({
        field: Type.String(),
        before: Type.Optional(Type.Unknown()),
        after: Type.Optional(Type.Unknown()),
      }),
    ),
  },
  closed,
);

const requestMembers = {
  draft_id: DraftId,
  organisation: Type.String(),
  version: Type.Integer(),
  state: Type.Union([Type.Literal('review_requested'), Type.Literal('withdrawn')]),
  author: Type.String(),
  requested_by: Type.String(),
  requested_at: Time,
  withdrawn_at: Type.Optional(Time),
  packet_digest: Digest('Of the packet under review.'),
  ...never,
};
export const ReviewRequests = Type.Object(
  { review_requests: Type.Array(Type.Object(requestMembers, closed)) },
  closed,
);
export const ReviewedPacket = Type.Object({ ...requestMembers, packet: Packet }, closed);

export const DraftParams = Type.Object({ draft_id: DraftId }, closed);
export const DigestParams = Type.Object({ packet_digest: Digest('Of the packet.') }, closed);
export const VersionQuery = Type.Object(
  { version: Type.Optional(NumberText('Another version than the newest.')) },
  closed,
);
export const DifferenceQuery = Type.Object(
  { from: NumberText('The earlier version.'), to: NumberText('The later version.') },
  closed,
);
export const ExportQuery = Type.Object(
  {
    version: Type.Optional(NumberText('Another version than the newest.')),
    format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('html')])),
  },
  closed,
);
export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^(?:[1-9][0-9]?|100)$', description: `At most ${LIST_MAX}.` }),
    ),
    after: Type.Optional(Type.String({ pattern: DRAFT_ID_PATTERN, description: 'Last id seen.' })),
  },
  closed,
);
