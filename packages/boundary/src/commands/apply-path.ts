import { loadPath, parsePathDocument } from '@craton/policy';
import { canonicalize, CratonError } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { auditEvent } from './audit.ts';
import type { OperatorPorts } from './operator.ts';

export interface ApplyPath {
  /** Public id of the operator's key. */
  readonly actor: string;
  /** The path document as it was sent. */
  readonly documentBytes: Uint8Array;
}

export interface AppliedPath {
  readonly partnerId: string;
  readonly pathId: string;
  readonly version: number;
  readonly policyDigest: string;
}

/**
 * Makes a path document the live version of its path: in development only. Throws
 * `ERR_PATH_APPLY_REFUSED` elsewhere, `ERR_PATH_DOCUMENT` or `ERR_POLICY_RULE` for a document that
 * breaks a rule, and `ERR_LEDGER_CHANGE` for one that contradicts what is there.
 */
export async function applyPath(
  { admin, environment, hasDevelopmentPrivileges }: OperatorPorts,
  { actor, documentBytes }: ApplyPath,
): Promise<AppliedPath> {
  if (!hasDevelopmentPrivileges) {
    throw new CratonError(
      'ERR_PATH_APPLY_REFUSED',
      'Paths are deployed through the rollout gates here; apply is for development on one machine.',
    );
  }
  const { document, policyDigest } = loadPath(parsePathDocument(documentBytes), nodeSha256);
  const { partner_id, path_id, version } = document;
  await admin.apply(
    { kind: 'apply_path', environment, documentText: canonicalize(document) },
    auditEvent(actor, 'path_applied', {
      environment,
      partner_id,
      path_id,
      version,
      policy_digest: policyDigest,
    }),
  );
  return { partnerId: partner_id, pathId: path_id, version, policyDigest };
}
