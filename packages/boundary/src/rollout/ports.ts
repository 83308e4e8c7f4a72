/** What the commands of rollouts need of the rest of the process. */
import type { OpenLedger } from '../ledger/open-ledger.ts';
import type { Sources } from '../ledger/sources.ts';
import type { ChannelTester } from './test-channel.ts';
import type { StagingTrust } from './imported-evidence.ts';
import type { LiveEvidence } from './live-evidence.ts';
import type { ReviewSource } from './review-source.ts';

export interface RolloutPorts extends Pick<
  OpenLedger,
  'operatorRecords' | 'admin' | 'writer' | 'reader'
> {
  readonly reviews: ReviewSource;
  readonly evidence: LiveEvidence;
  readonly channels: ChannelTester;
  /** For evidence of a staging instance of its own; absent: nothing is imported. */
  readonly stagingTrust?: StagingTrust | undefined;
  /** The environment into which deployments go. */
  readonly environment: string;
  readonly isProductionLike: boolean;
  /** Where the identity provider's subjects come from, for authors of drafts who signed in. */
  readonly peopleIssuer?: string | undefined;
  readonly sources: Sources;
}

/** Who asks, as their session or token says. */
export interface OperatorIdentity {
  /** `act_` id of the person. */
  readonly person: string;
  /** Whether they have just shown again who they are. */
  readonly isSteppedUp: boolean;
}
