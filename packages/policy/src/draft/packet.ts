/** The packet of a draft: what circulates and what approvals are bound to. */
import {
  canonicalize,
  CratonError,
  type Digest,
  Members,
  parseStrict,
  type Sha256,
  taggedDigest,
} from '@craton/protocol';
import { loadPath, policyDigest } from '../load-path.ts';
import { PATH_DOCUMENT_BYTES_MAX, type PathDocument } from '../path-document.ts';
import type { Draft } from './draft.ts';
import { type DraftScope, type GenerationInputs, missingFields, scopeOf } from './draft-path.ts';
import { type BoundaryPreview, generateBoundary, previewBoundary } from './generate-boundary.ts';
import { DRAFT_BYTES_MAX, DRAFT_DEPTH_MAX, readDraft } from './read-draft.ts';

export const PACKET_SCHEMA = 'craton.packet.v1';

/** A packet is a draft, its path document, and a preview that is several times as large. */
export const PACKET_BYTES_MAX = 8 * (DRAFT_BYTES_MAX + PATH_DOCUMENT_BYTES_MAX);
const PACKET_DEPTH_MAX = DRAFT_DEPTH_MAX + 8;

/** One self-contained JSON document; nothing in it is signed, and nothing in it is live. */
export interface Packet {
  readonly schema: typeof PACKET_SCHEMA;
  readonly production_write: false;
  readonly review_only: true;
  /** Over draft, salt, version and boundary object: any edit gives another digest. */
  readonly packet_digest: Digest;
  readonly draft: Draft;
  readonly salt: string;
  readonly version: number;
  /** Absent while the draft has gaps; then `missing` names them. */
  readonly boundary_object?: PathDocument;
  readonly boundary_object_digest?: Digest;
  readonly missing: readonly string[];
  readonly scope?: DraftScope;
  readonly scope_digest?: Digest;
  /** Made from the above at `preview.verdict_map.assumed.evaluated_at`; no digest covers it. */
  readonly preview?: BoundaryPreview;
}

export interface PacketInputs extends GenerationInputs {
  /** `now` of the rules in the preview, in the protocol's spelling. */
  readonly evaluatedAt: string;
}

/** What the packet digest covers: the draft as circulated, and the boundary object made from it. */
export type PacketSubject = Pick<
  Packet,
  'schema' | 'draft' | 'salt' | 'version' | 'boundary_object'
>;

/** Composes the packet of a draft that was read by `readDraft`. */
export function composePacket(draft: Draft, inputs: PacketInputs, sha256?: Sha256): Packet {
  const generated = generateBoundary(draft, inputs, sha256);
  if (!generated.complete) return derivePacket(draft, inputs, undefined, sha256);
  const { document, path } = generated;
  return {
    ...derivePacket(draft, inputs, document, sha256),
    preview: previewBoundary(draft, path, inputs.evaluatedAt),
  };
}

/** The canonical text under the packet digest: what approvals are bound to, to the byte. */
export function packetText(subject: PacketSubject): string {
  return canonicalize(subjectOf(subject));
}

/** Digest of `craton.packet.v1\n` and the canonical text of a packet. */
export function packetDigest(subject: PacketSubject, sha256?: Sha256): Digest {
  return taggedDigest('craton.packet.v1', subjectOf(subject), sha256);
}

/** Digest of `craton.scope.v1\n` and the canonical form of the five scope fields. */
export function scopeDigest(scope: DraftScope, sha256?: Sha256): Digest {
  return taggedDigest('craton.scope.v1', scope, sha256);
}

function subjectOf({ schema, draft, salt, version, boundary_object }: PacketSubject): object {
  return { schema, draft, salt, version, boundary_object };
}

/** A packet of somebody else, every derived member of it derived again. */
export interface ReadPacket {
  readonly packet: Packet;
  /**
   * Whether this release makes the same boundary object of the draft. If not, a preset has changed
   * since, or the object was not made from this draft.
   */
  readonly regenerates: boolean;
}

/**
 * Reads the bytes of a packet and checks every digest in it. Its preview is not looked at and left
 * out: whoever needs one makes it again.
 *
 * Throws `ERR_DRAFT_FIELD` naming the member that does not fit, and the errors of `parseStrict`.
 */
export function parsePacket(bytes: Uint8Array, sha256?: Sha256): ReadPacket {
  if (bytes.length > PACKET_BYTES_MAX) {
    throw new CratonError(
      'ERR_DRAFT_FIELD',
      `The packet is larger than ${PACKET_BYTES_MAX} bytes.`,
    );
  }
  const value = parseStrict(bytes, { numbers: 'safe', depthMax: PACKET_DEPTH_MAX });
  const sent = Members.of(value, '', 'ERR_DRAFT_FIELD');
  sent.only(...PACKET_MEMBERS);
  sent.constant('schema', PACKET_SCHEMA);
  sent.constant('production_write', false);
  sent.constant('review_only', true);
  const draft = readDraft(sent.members('draft').object);
  const inputs = { salt: sent.text('salt'), version: sent.integer('version', 1) };
  const document = sent.has('boundary_object')
    ? loadPath(sent.members('boundary_object').object).document
    : undefined;
  const packet = derivePacket(draft, inputs, document, sha256);
  for (const name of DERIVED_MEMBERS) {
    const expected: unknown = packet[name];
    if (canonicalOrAbsent(sent.value(name)) === canonicalOrAbsent(expected)) continue;
    throw sent.wrong(name, 'does not belong to the draft and the boundary object of the packet');
  }
  const again = generateBoundary(draft, inputs, sha256);
  const made = again.complete ? again.document : undefined;
  return { packet, regenerates: canonicalOrAbsent(made) === canonicalOrAbsent(document) };
}

const DERIVED_MEMBERS = [
  'packet_digest',
  'boundary_object_digest',
  'scope',
  'scope_digest',
] as const;

const PACKET_MEMBERS = [
  'schema',
  'production_write',
  'review_only',
  'draft',
  'salt',
  'version',
  'boundary_object',
  'missing',
  'preview',
  ...DERIVED_MEMBERS,
];

function canonicalOrAbsent(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalize(value);
}

/** The packet without its preview, from the members that nothing can be derived from. */
function derivePacket(
  draft: Draft,
  { salt, version }: GenerationInputs,
  document: PathDocument | undefined,
  sha256?: Sha256,
): Packet {
  const scope = scopeOf(draft);
  const subject: PacketSubject = {
    schema: PACKET_SCHEMA,
    draft,
    salt,
    version,
    ...(document && { boundary_object: document }),
  };
  return {
    ...subject,
    production_write: false,
    review_only: true,
    packet_digest: packetDigest(subject, sha256),
    ...(document && { boundary_object_digest: policyDigest(document, sha256) }),
    missing: missingFields(draft),
    ...(scope && { scope, scope_digest: scopeDigest(scope, sha256) }),
  };
}
