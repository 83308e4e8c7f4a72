/**
 * Links by which somebody without a session acknowledges their part in a rollout. Whoever has the
 * text of a link may use it once; the store has its digest alone.
 */
import { randomBytes } from 'node:crypto';
import {
  type BodyOf,
  encodeRecordBody,
  foldRollout,
  readRecords,
  type Rollout,
  rolloutChain,
  verifyRecordChain,
} from '@craton/policy';
import {
  canonicalize,
  CratonError,
  formatTime,
  isDigest,
  isTime,
  Members,
  parseStrict,
  parseTime,
  utf8,
} from '@craton/protocol';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { LedgerChange } from '../ledger/change.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { OperatorRecords } from '../ledger/operator-records.ts';
import { isToken, TOKEN_BYTES, tokenSha256 } from './cookies.ts';

export interface LinkPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain' | 'findPerson'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly nowMs: () => number;
}

/** Three days. */
export const LINK_MS_MAX = 72 * 3_600_000;

export type AcknowledgedSubject = BodyOf<'rollout', 'acknowledged'>['subject'];
const SUBJECTS = ['rollback_owner', 'business_owner', 'incident_channel'] as const;

/** What somebody is asked to acknowledge. */
export interface AskedAcknowledgement {
  readonly rolloutId: string;
  readonly subject: AcknowledgedSubject;
  readonly packetDigest: Rollout['packet']['packet_digest'];
  /** Whose acknowledgement it is: what the link does counts as theirs. */
  readonly actId: string;
}

export interface NewLink {
  /** The last part of its address; the only time that it is seen. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** To be applied where the link is sent from. */
  readonly change: LedgerChange;
}

/** Below the origin of this server. */
export function linkPath(token: string): string {
  return `/operator/acknowledge/${token}`;
}

/** A link that is not in force before its change was applied. `actor`: who asks. */
export function makeLink(actor: string, asked: AskedAcknowledgement, nowMs: number): NewLink {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const expiresAtMs = nowMs + LINK_MS_MAX;
  const bodyText = canonicalize({
    rollout_id: asked.rolloutId,
    subject: asked.subject,
    packet_digest: asked.packetDigest,
    act_id: asked.actId,
    expires_at: formatTime(expiresAtMs),
  });
  const change = {
    kind: 'append_record',
    chain: linkChain(token),
    afterSeq: 0,
    actor,
    recordKind: 'link_made',
    bodyText,
  } as const;
  return { token, expiresAtMs, change };
}

/** Named by the digest of the link, and used up when it has a second record. */
function linkChain(token: string): string {
  return `link:${tokenSha256(token)}`;
}

/** A link in force. */
export interface OpenLink extends AskedAcknowledgement {
  readonly expiresAtMs: number;
  /** As it stands now; about the packet that the link names. */
  readonly rollout: Rollout;
}

/**
 * What a link is about. Throws `ERR_NOT_FOUND` for one that is unknown, used or over, whose rollout
 * has another packet by now or is closed, or whose person was erased: nobody is told which.
 */
export async function readLink(ports: LinkPorts, token: string): Promise<OpenLink> {
  const { operatorRecords, nowMs } = ports;
  if (!isToken(token)) throw notInForce();
  const [made, ...used] = await operatorRecords.readChain(linkChain(token));
  if (made === undefined || used.length > 0) throw notInForce();
  const asked = parseLink(made.bodyText);
  const rollout = await readRollout(ports, asked.rolloutId);
  const person = await operatorRecords.findPerson(asked.actId);
  const isInForce =
    nowMs() < asked.expiresAtMs &&
    rollout?.packet.packet_digest === asked.packetDigest &&
    ['in_review', 'deployed'].includes(rollout.phase) &&
    person !== undefined &&
    person.erasedAtMs === undefined;
  if (!isInForce) throw notInForce();
  return { ...asked, rollout };
}

/**
 * Records the acknowledgement and uses the link up, in one transaction. Throws as `readLink`, and
 * `ERR_RECORD_CONFLICT` if the rollout moved on, or the link was used, at this very moment.
 */
export async function acknowledgeByLink(ports: LinkPorts, token: string): Promise<OpenLink> {
  const link = await readLink(ports, token);
  const { rolloutId, subject, packetDigest, actId, expiresAtMs, rollout } = link;
  const body = { subject, packet_digest: packetDigest, by: 'link' } as const;
  await ports.admin.apply(
    { kind: 'expect', beforeMs: expiresAtMs },
    {
      kind: 'append_record',
      chain: linkChain(token),
      afterSeq: 1,
      actor: actId,
      recordKind: 'link_used',
      bodyText: canonicalize({}),
    },
    {
      kind: 'append_record',
      chain: rolloutChain(rolloutId),
      afterSeq: rollout.last.seq,
      actor: actId,
      recordKind: 'acknowledged',
      bodyText: encodeRecordBody('rollout', 'acknowledged', body),
    },
  );
  return link;
}

async function readRollout(
  { operatorRecords }: LinkPorts,
  rolloutId: string,
): Promise<Rollout | undefined> {
  const stored = await operatorRecords.readChain(rolloutChain(rolloutId));
  const isUsable = stored.length > 0 && verifyRecordChain(stored, nodeSha256).intact;
  return isUsable ? foldRollout(readRecords('rollout', stored)) : undefined;
}

function parseLink(bodyText: string): AskedAcknowledgement & { readonly expiresAtMs: number } {
  const value = parseStrict(utf8(bodyText), { numbers: 'safe', depthMax: 1 });
  const body = Members.of(value, '', 'ERR_OPERATOR_RECORD');
  return {
    rolloutId: body.text('rollout_id'),
    subject: body.oneOf('subject', SUBJECTS),
    packetDigest: body.text('packet_digest', isDigest) as AskedAcknowledgement['packetDigest'],
    actId: body.text('act_id'),
    expiresAtMs: parseTime(body.text('expires_at', isTime)),
  };
}

function notInForce(): CratonError {
  const message =
    'This link is not in force: it is over, was used, or what it is about has changed. Ask for a new one.';
  return new CratonError('ERR_NOT_FOUND', message);
}
