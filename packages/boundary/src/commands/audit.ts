import { canonicalize, type JsonObject } from '@craton/protocol';
import type { AuditAction, AuditEvent } from '../ledger/change.ts';

/** Actor of what a server does when it starts: nobody's key asked for it. */
export const START_ACTOR = 'start';

/**
 * The event that goes into the transaction of its change. `subject` names what was changed: ids,
 * names and digests, never a secret.
 */
export function auditEvent(actor: string, action: AuditAction, subject: JsonObject): AuditEvent {
  return { kind: 'audit_event', actor, action, subjectText: canonicalize(subject) };
}
