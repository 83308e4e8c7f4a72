import { planned, proven, type Requirement } from './requirement.ts';

/** The criteria of the four gates, each with its live evidence, and the two measured exits. */
export const GATE_CRITERIA: readonly Requirement[] = [
  proven(
    'G1.1',
    'One primary path with all scope members is found in the draft.',
    'packages/policy/src/draft/draft-coverage.test.ts > passes for one path with every scope member',
    'packages/policy/src/draft/draft-coverage.test.ts > criterion G1.1 > fails without %s and names it',
  ),
  proven(
    'G1.2',
    'Authority context and source are named, and an unregistered source is marked.',
    'packages/policy/src/draft/draft-coverage.test.ts > takes "%s" for no authority context',
    'packages/policy/src/draft/draft-coverage.test.ts > notes a source that nobody registered, and passes',
  ),
  planned(
    'G1.3',
    'Somebody of platform or risk, not the author, approved exactly this boundary object.',
  ),
  proven(
    'G1.4',
    'Expansion moves are items of the plan, or the plan says that none are planned.',
    'packages/policy/src/draft/draft-coverage.test.ts > criterion G1.4 > with %s',
  ),
  planned(
    'G2.1',
    'The two databases have different identities, and self-service cannot write production.',
  ),
  planned(
    'G2.2',
    'The running process reports where each secret came from, and none is a development key.',
  ),
  planned(
    'G2.3',
    'A fresh signed readiness document says that self-service does not write production.',
  ),
  planned(
    'G2.4',
    'Neither canary secrets of the same build nor the real secrets of the instance come out anywhere.',
  ),
  planned('G3.1', 'Checks with a staging key, listed by receipt, exist for the payload.'),
  planned('G3.2', 'Those receipts have commitment_id, kid, sig_alg, signature and verdict.'),
  planned(
    'G3.3',
    'A process with an empty environment verifies them through the public keys, and fails with wrong ones.',
  ),
  planned('G3.4', 'Both smoke tests passed on this environment and build, recently.'),
  planned('G4.1', 'Business owner and platform owner approved exactly this scope.'),
  planned(
    'G4.2',
    'The rollback owner acknowledged, and a test message reached the incident channel.',
  ),
  planned('G4.3', 'Service levels and support are filled in, with the digest of their document.'),
  planned('G4.4', 'Only the operator application has a route that deploys.'),
  planned('Exit 3', 'Every expected verdict of the plan was observed in staging.'),
  planned('Exit 4', 'After the deployment every receipt of the watched window verified.'),
];
