/** The shapes of the wire, for the OpenAPI document and for tests. `$id` names a shared component. */
import {
  EVIDENCE_CHARACTERS_MAX,
  FACTS_MAX,
  REFERENCE_CODE_POINTS_MAX,
  SENT_LABEL_CHARACTERS_MAX,
  VERDICTS,
} from '@craton/protocol';
import { FIXERS } from '@craton/service';
import Type, { type TSchema } from 'typebox';

const closed = { additionalProperties: false } as const;

export const Digest = (description: string) =>
  Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description });
export const Time = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description });
const Label = (description: string) =>
  Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$', description });
/** A label as a host may send it: normalisation trims spaces, lower-cases, and makes `-` a `_`. */
const SentLabel = (description: string) =>
  Type.String({
    maxLength: SENT_LABEL_CHARACTERS_MAX,
    pattern: '^ *[A-Za-z](?:[A-Za-z0-9 _-]{0,62}[A-Za-z0-9_-])? *$',
    description,
  });
const Reference = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: REFERENCE_CODE_POINTS_MAX,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
    description,
  });
const Base64 = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', description });

export const RequestId = Type.String({
  pattern: '^req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
  description: 'Id of one receipt: `req_` and a UUIDv7.',
});
export const CommitmentId = Type.String({
  pattern: '^bnd_[A-Za-z0-9_-]{43}$',
  description: 'Digest of the opening: binding, and hiding for whoever lacks the opening.',
});
export const PathId = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,63}$',
  description: 'Id of a boundary path, stable over its versions.',
});

export const CheckRequestBody = Type.Object(
  {
    partner_id: SentLabel('The partner that the API key belongs to.'),
    gate_type: SentLabel('What kind of gate this is, for example `threshold_gate`.'),
    system_scope: SentLabel('The system in which the action would happen.'),
    external_reference: Reference('Your own reference of this action.'),
    context: Type.Object(
      {
        authorization_status: SentLabel('What your approval system says, for example `present`.'),
        authorization_reference: Reference('Your reference of the approval.'),
        authorization_source: SentLabel('Where the approval comes from.'),
        facts: Type.Optional(
          Type.Record(
            Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
            Type.Union([Reference('Text.'), Type.Number(), Type.Boolean()]),
            { ...closed, maxProperties: FACTS_MAX, description: 'Facts that the path declares.' },
          ),
        ),
      },
      closed,
    ),
    decision_type: Type.Optional(SentLabel('For example `threshold_execution_request`.')),
    decision_owner: Type.Optional(
      SentLabel('The role that owns the decision; not a person’s name or address.'),
    ),
    decision_size_usd: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 9_999_999_999_999.99,
        description: 'Amount in US dollars, at most two decimals, without exponent.',
      }),
    ),
    case_id: Type.Optional(Reference('Your own reference of the case.')),
    action_digest: Type.Optional(
      Digest('Digest of exactly the action that will run; salt and action stay with you.'),
    ),
    authorization_evidence: Type.Optional(
      Type.String({
        maxLength: EVIDENCE_CHARACTERS_MAX,
        pattern: '^(?:sha256:[0-9a-f]{64}|[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+)$',
        description: 'A digest of evidence, or the evidence as a compact JWS; a JWS is not stored.',
      }),
    ),
  },
  {
    ...closed,
    $id: 'CheckRequest',
    description: 'The minimum boundary fields. Unknown members, null and empty texts are refused.',
  },
);

export const Receipt = Type.Object(
  {
    payload_b64: Base64(
      'The signed bytes: canonical JSON. Read values from here and nowhere else.',
    ),
    signature: Base64('Ed25519 over the decoded payload, 64 bytes.'),
    kid: Type.String({ description: 'RFC 7638 thumbprint of the key.' }),
    sig_alg: Type.Literal('ed25519'),
  },
  { ...closed, $id: 'Receipt', description: 'The signed envelope.' },
);

export const BoundarySnapshot = Type.Object(
  {
    path_id: PathId,
    path_version: Type.Optional(Type.Integer({ minimum: 1 })),
    partner_id: Label('The partner.'),
    unit: Type.Optional(Label('The unit of the path.')),
    gate_type: Type.Optional(Label('The gate type of the path.')),
    system_scope: Type.Optional(Label('The system scope of the path.')),
    decision_type: Type.Optional(Label('The decision type, if the path lists it by name.')),
    policy_digest: Type.Optional(Digest('Digest of the path document.')),
  },
  {
    ...closed,
    $id: 'BoundarySnapshot',
    description: 'Which path decided; `unmatched` and the partner alone if none, or several, fit.',
  },
);

const OpeningText = Type.Object(
  {},
  {
    $id: 'Opening',
    description: 'What was evaluated. It opens the commitment; it is not signed itself.',
  },
);

export const CheckAnswer = Type.Object(
  {
    verdict: Type.Union(VERDICTS.map((verdict) => Type.Literal(verdict))),
    reasons: Type.Array(Label('A reason code.')),
    obligations: Type.Array(
      Type.Object({ type: Label('What must be done; refuse if you do not know it.') }),
    ),
    expires_at: Time('Permission ends at this time.'),
    commitment_id: CommitmentId,
    request_id: RequestId,
    boundary_snapshot: BoundarySnapshot,
    opening: Type.Optional(OpeningText),
    earlier_commitment_id: Type.Optional(CommitmentId),
    needs: Type.Optional(Type.Array(Type.Object({}))),
    receipt: Receipt,
  },
  {
    ...closed,
    $id: 'CheckAnswer',
    description:
      'An unsigned copy of what the receipt says, and the receipt. Act on the verified payload only.',
  },
);

const LogStatus = Type.Object(
  {
    status: Type.Union(
      [Type.Literal('pending'), Type.Literal('sequenced'), Type.Literal('covered')],
      {
        description:
          'No place yet; a place; a checkpoint over it, cosigned where witnesses are configured.',
      },
    ),
    index: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { ...closed, description: 'Place in the transparency log.' },
);

const receiptMembers = {
  receipt: Receipt,
  opening: Type.Optional(OpeningText),
  commitment_id: Type.Optional(CommitmentId),
  request_id: Type.Optional(RequestId),
  log: LogStatus,
};

export const FoundReceipt = Type.Object(
  {
    ...receiptMembers,
    linked: Type.Array(Type.Object({ receipt_type: Label('What it says.'), ...receiptMembers })),
  },
  { ...closed, $id: 'FoundReceipt' },
);

export const ReceiptLine = Type.Object(
  {
    epoch: Type.Integer({ minimum: 1 }),
    seq: Type.Integer({ minimum: 1 }),
    ...receiptMembers,
  },
  { ...closed, $id: 'ReceiptLine', description: 'One line of JSON Lines.' },
);

export const PublicKey = Type.Object(
  {
    kty: Type.Literal('OKP'),
    crv: Type.Literal('Ed25519'),
    x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    kid: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'RFC 7638 thumbprint.' }),
    use: Type.Literal('sig'),
    alg: Type.Literal('EdDSA'),
  },
  { ...closed, $id: 'PublicKey' },
);

export const KeySet = Type.Object({ keys: Type.Array(PublicKey) }, { ...closed, $id: 'KeySet' });

export const Attestation = Type.Object(
  {
    object: Type.Literal('craton.receipt.operational_key_attestation.v1'),
    root_key_id: Type.String(),
    root_public_key_fingerprint_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    payload_b64: Base64('What the root says.'),
    signature: Base64('Ed25519 of the root over the decoded payload.'),
  },
  { ...closed, $id: 'Attestation' },
);

export const KeyCompromise = Type.Object(
  {
    object: Type.Literal('craton.receipt.key_compromise.v1'),
    root_key_id: Type.String(),
    root_public_key_fingerprint_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    payload_b64: Base64('What the root says of a key that others may have.'),
    signature: Base64('Ed25519 of the root over the decoded payload.'),
  },
  { ...closed, $id: 'KeyCompromise' },
);

export const OfflineBundle = Type.Object(
  {
    object: Type.Literal('craton.receipt.offline_key_bundle.v1'),
    issuer: Type.String(),
    environment: Type.String(),
    keys: Type.Array(PublicKey),
    attestations: Type.Array(Attestation),
    key_compromises: Type.Optional(Type.Array(KeyCompromise)),
  },
  { ...closed, $id: 'OfflineKeyBundle' },
);

const HashText = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description });

export const LogProof = Type.Object(
  {
    entry: Type.Object(
      {
        v: Type.Literal(1),
        digest: Digest('Of the signed payload.'),
        kid: HashText('Key that signed the receipt.'),
        tag: HashText('Place in its stream, for whoever has the stream key.'),
      },
      closed,
    ),
    proof: Type.String({ description: 'Text of a `.tlog-proof`, with its checkpoint.' }),
  },
  { ...closed, $id: 'LogProof', description: 'Shows that a receipt is in the log.' },
);

export const VerificationBundle = Type.Object(
  {
    object: Type.Literal('craton.receipt.verification_bundle'),
    receipt: Receipt,
    key_bundle: KeySet,
    attestation: Attestation,
    attestations: Type.Optional(Type.Array(Attestation)),
    key_compromises: Type.Optional(Type.Array(KeyCompromise)),
    opening: Type.Optional(OpeningText),
    policy: Type.Optional(Type.Object({}, { description: 'The path document.' })),
    log_proof: Type.Optional(LogProof),
    linked: Type.Optional(
      Type.Array(
        Type.Object(
          {
            receipt: Receipt,
            opening: Type.Optional(OpeningText),
            log_proof: Type.Optional(LogProof),
          },
          closed,
        ),
      ),
    ),
  },
  { ...closed, $id: 'VerificationBundle' },
);

export const PartnerStreams = Type.Object(
  {
    streams: Type.Array(
      Type.Object(
        {
          stream: Digest('As it stands in receipts.'),
          path_id: PathId,
          receipt_type: Label('The type of its receipts.'),
          epoch: Type.Integer({ minimum: 1 }),
          last_seq: Type.Integer({ minimum: 0 }),
          stream_key: Type.String({
            pattern: '^[A-Za-z0-9_-]{43}$',
            description: 'Secret of this stream, 32 bytes: with it you find its leaves in the log.',
          }),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'Streams' },
);

export { ProblemSchema as Problem } from '@craton/service';

export const ErrorCodes = Type.Array(
  Type.Object(
    {
      code: Type.String(),
      status: Type.Union([Type.Integer(), Type.Null()]),
      fix_by: Type.Union(FIXERS.map((fixer) => Type.Literal(fixer))),
      retry: Type.Boolean(),
      sentence: Type.String(),
    },
    closed,
  ),
  { $id: 'ErrorCodes' },
);

/** For routes that take no parameters: an unknown one is a mistake worth knowing of. */
export const NoParameters: TSchema = Type.Object({}, closed);
