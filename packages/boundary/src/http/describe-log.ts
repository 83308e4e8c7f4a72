/** The log as its page shows it. */
import { encodeBase64, formatTime, logOrigin, parseNote } from '@craton/protocol';
import type { LogFacts } from '@craton/web';
import type { LogService } from '../log/log-service.ts';
import type { StoredCheckpoint } from '../log/port.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';

export interface DescribedLog {
  readonly transparencyLog: LogService;
  readonly hasOpenTiles: boolean;
  readonly issuer: string;
  readonly environment: string;
}

export function describeLog(ports: DescribedLog): LogFacts {
  const { transparencyLog, hasOpenTiles, issuer, environment } = ports;
  const { view, signer, policy } = transparencyLog;
  const { published } = view.state;
  return {
    origin: logOrigin(issuer, environment),
    ...(signer && { verifierKey: signer.verifierKey }),
    status: view.status,
    ...(published && { published: checkpointFacts(published, policy) }),
    witnesses: policy.witnesses.map(({ name }) => ({
      name,
      isIssuers: policy.issuerOperated.includes(name),
    })),
    hasOpenTiles,
  };
}

/** The publisher verified the cosignatures before it stored them. */
function checkpointFacts(
  { treeSize, root, note, signedAtMs }: StoredCheckpoint,
  { witnesses }: WitnessPolicy,
) {
  const signers = new Set(parseNote(note).signatures.map(({ name, keyId }) => `${name} ${keyId}`));
  return {
    treeSize,
    root: encodeBase64(root),
    signedAt: formatTime(signedAtMs),
    cosignedBy: witnesses
      .filter(({ key }) => signers.has(`${key.name} ${key.keyId}`))
      .map(({ name }) => name),
  };
}
