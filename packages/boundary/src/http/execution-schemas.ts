/** The shapes of claims and confirmations on the wire. */
import { CONFIRMATION_FLAGS, CONFIRMER_CLASSES, OUTCOMES } from '@craton/protocol';
import Type from 'typebox';
import { CommitmentId, Digest, Receipt, RequestId, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;

const literals = <T extends string>(values: readonly T[], description: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  );

const OUTCOME = literals(OUTCOMES, 'What became of it.');

/** Exactly one of the two ids; OpenAPI has no shorter way to say so. */
const EXACTLY_ONE_ID = {
  oneOf: [{ required: ['commitment_id'] }, { required: ['request_id'] }],
} as const;

const namesDecision = {
  commitment_id: Type.Optional(CommitmentId),
  request_id: Type.Optional(RequestId),
  action_digest: Type.Optional(
    Digest('Digest of the action; demanded where the decision is bound to one.'),
  ),
};

export const ClaimRequestBody = Type.Object(namesDecision, {
  ...closed,
  ...EXACTLY_ONE_ID,
  $id: 'ClaimRequest',
  description: 'Names the decision by its `commitment_id` or its `request_id`.',
});

export const ConfirmRequestBody = Type.Object(
  {
    ...namesDecision,
    outcome: OUTCOME,
    executed_at: Type.Optional(Time('When it was executed; left out if it was not.')),
  },
  {
    ...closed,
    ...EXACTLY_ONE_ID,
    $id: 'ConfirmRequest',
    description: 'Names the decision by its `commitment_id` or its `request_id`.',
  },
);

const linkedMembers = {
  confirmer: Type.Object(
    {
      key_id: Type.String({ description: 'Public id of the API key that was used here.' }),
      class: literals(
        CONFIRMER_CLASSES,
        'Whether that is the key that asked for the decision, another one of its partner, or another party’s.',
      ),
    },
    closed,
  ),
  confirms: Type.Object(
    {
      request_id: RequestId,
      payload_digest: Digest('Of the signed bytes of the decision.'),
    },
    closed,
  ),
  commitment_id: CommitmentId,
  request_id: RequestId,
};

export const ClaimAnswer = Type.Object(
  {
    expires_at: Time('The decision’s: execute before this time, also after a replay.'),
    ...linkedMembers,
    decision: Receipt,
    receipt: Receipt,
  },
  {
    ...closed,
    $id: 'ClaimAnswer',
    description:
      'You are the one who executes. Verify both receipts first: verdict and obligations stand in the decision.',
  },
);

export const ConfirmAnswer = Type.Object(
  {
    outcome: OUTCOME,
    executed_at: Type.Optional(Time('As sent.')),
    flags: Type.Array(literals(CONFIRMATION_FLAGS, 'What the confirmation contradicts.')),
    ...linkedMembers,
    receipt: Receipt,
  },
  { ...closed, $id: 'ConfirmAnswer', description: 'An unsigned copy of what the receipt says.' },
);
