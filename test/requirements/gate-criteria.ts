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
  proven(
    'G1.3',
    'Somebody of platform or risk, not the author, approved exactly this boundary object.',
    'packages/policy/src/rollout/judge-gates.test.ts > the gates > pass by either role where one is enough',
    'packages/policy/src/rollout/judge-gates.test.ts > an approval > with another %s does not count > boundary_object_digest',
  ),
  proven(
    'G1.4',
    'Expansion moves are items of the plan, or the plan says that none are planned.',
    'packages/policy/src/draft/draft-coverage.test.ts > criterion G1.4 > with %s',
  ),
  proven(
    'G2.1',
    'The two databases have different identities, and self-service cannot write production.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the separation of the stores (G2.1) > is compared over live connections of both sides',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the separation of the stores (G2.1) > fails when both sides are in one database, whatever their addresses say',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the separation of the stores (G2.1) > fails when the write probe was accepted',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the separation of the stores (G2.1) > is not known from a measurement %s',
  ),
  proven(
    'G2.2',
    'The running process reports where each secret came from, and none is a development key.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the sources of secrets (G2.2) > are those of this process and of self-service, by name',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the sources of secrets (G2.2) > fail with a key that is %s',
    'packages/boundary/src/secret-origins.test.ts > where secrets are from > is told of every secret that there is a setting for, and values are not shown',
  ),
  proven(
    'G2.3',
    'A fresh signed readiness document says that self-service does not write production.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > readiness (G2.3) > is cited by the digest of a snapshot that our own posture key verifies',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > readiness (G2.3) > fails for a snapshot that was tampered with',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > readiness (G2.3) > is not known from an old measurement, without a posture, or without an answer',
  ),
  proven(
    'G2.4',
    'Neither canary secrets of the same build nor the real secrets of the instance come out anywhere.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > exposed credentials (G2.4) > are searched for in the answers of this instance, and in a report of the same build',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > exposed credentials (G2.4) > fail when a real secret is in an answer, named by its setting and the place',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > exposed credentials (G2.4) > of another build say nothing about this one, and what was found there fails',
    'packages/cli/src/commands/leak-search.slow.test.ts > craton leak-search > plants a secret in every secret variable, and nothing comes out of this version',
    'packages/cli/src/commands/leak-search.slow.test.ts > craton leak-search > fails for a page, an asset and a log line that leak, and names place and variable',
  ),
  proven(
    'G3.1',
    'Checks with a staging key, listed by receipt, exist for the payload.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > staging (gate 3) > is what the keys of the path’s own partner asked, verified as published',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > staging (gate 3) > does not hold under keys that are not published or not attested',
  ),
  proven(
    'G3.2',
    'Those receipts have commitment_id, kid, sig_alg, signature and verdict.',
    'packages/policy/src/rollout/evidence.test.ts > fails without %s in the payload > commitment_id',
    'packages/policy/src/rollout/evidence.test.ts > fails with a wrong %s in the envelope > sig_alg',
  ),
  proven(
    'G3.3',
    'A process with an empty environment verifies them through the public keys, and fails with wrong ones.',
    'packages/boundary/src/rollout/evidence/key-route.slow.test.ts > the public key route > verifies receipts in a process with an empty environment, and wrong keys do not',
    'packages/boundary/src/rollout/evidence/key-route.slow.test.ts > the public key route > that serves other keys fails',
    'packages/boundary/src/rollout/evidence/key-route.slow.test.ts > the public key route > fails for a receipt whose signature is of something else',
  ),
  proven(
    'G3.4',
    'Both smoke tests passed on this environment and build, recently.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > smoke tests (G3.4) > are the newest of staging that were recorded',
  ),
  proven(
    'G4.1',
    'Business owner and platform owner approved exactly this scope.',
    'packages/policy/src/rollout/judge-gates.test.ts > an approval > with another %s does not count > scope_digest',
    'packages/policy/src/rollout/admit-deploy.test.ts > is refused when an approval of %s is taken back, with %s > G4',
  ),
  proven(
    'G4.2',
    'The rollback owner acknowledged, and a test message reached the incident channel.',
    'packages/policy/src/rollout/admit-deploy.test.ts > is refused while the rollback owner, and nobody else, has to acknowledge',
    'packages/policy/src/rollout/admit-deploy.test.ts > is refused while the test message did not arrive',
  ),
  proven(
    'G4.3',
    'Service levels and support are filled in, with the digest of their document.',
    'packages/policy/src/rollout/evidence.test.ts > a packet > fails %s by the member that is missing > G4.3',
  ),
  proven(
    'G4.4',
    'Only the operator application has a route that deploys.',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the way to deploy (G4.4) > is one of the operator side, and none of self-service',
    'packages/boundary/src/rollout/evidence/measure-live.test.ts > the way to deploy (G4.4) > is not known without the document of self-service',
  ),
  proven(
    'Exit 3',
    'Every expected verdict of the plan was observed in staging.',
    'packages/policy/src/rollout/evidence.test.ts > staging > passes when every case was observed as a person expects it',
    'packages/policy/src/rollout/evidence.test.ts > staging > fails by the case whose verdict differs',
    'packages/policy/src/rollout/evidence.test.ts > staging > fails without a case that a person typed',
  ),
  planned('Exit 4', 'After the deployment every receipt of the watched window verified.'),
];
