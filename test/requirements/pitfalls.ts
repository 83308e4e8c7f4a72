import { planned, proven, type Requirement } from './requirement.ts';

/** How comparable systems failed, each turned into something that must not happen here. */
export const PITFALLS: readonly Requirement[] = [
  proven(
    'P-01',
    'A bundle that somebody signed again with keys of their own fails on the issuer, with a non-zero exit.',
    'packages/cli/src/commands/verify.test.ts > craton verify > ends with 1 when the trust policy names another root',
    'test/tampered.test.ts > %s bundles > %s',
  ),
  proven(
    'P-02',
    'Every changed bit of a bundle is refused or reported.',
    'packages/protocol/test/one-changed-bit.test.ts > any one changed bit is refused or reported',
  ),
  planned('P-03', 'No two different inputs give the same bytes to hash.'),
  planned('P-04', 'No cached verification answers for other bytes.'),
  planned('P-05', 'A truncated, reordered, forked, swapped or doubled chain is found.'),
  planned(
    'P-06',
    'The caller cannot name its own identity, and one person cannot approve under two names.',
  ),
  proven(
    'P-07',
    'A known idempotency key gives nothing to another partner or another request.',
    'packages/boundary/src/http/check.test.ts > Idempotency-Key > belongs to one partner',
    'packages/boundary/src/http/check.test.ts > Idempotency-Key > of another request answers 409',
    'packages/boundary/src/http/check.test.ts > Idempotency-Key > is looked at after the body',
  ),
  proven(
    'P-08',
    'An error in any rule rejects, and no weaker signature is ever used instead.',
    'packages/policy/test/properties.test.ts > a decision > is a reject when any rule cannot be evaluated',
    'packages/protocol/test/json-web-keys.test.ts > are refused by a reader of Ed25519 alone',
  ),
  proven(
    'P-09',
    'Keys survive a restart, and no key table can be written by the public.',
    'packages/boundary/src/main.slow.test.ts > a development start > serves, answers what it took after SIGTERM, and keeps its key',
    'packages/boundary/src/http/operator.test.ts > who may > read is not admin',
    'packages/boundary/src/http/operator.test.ts > who may > %s may not',
  ),
  planned('P-10', 'A time-out of the check is never read as an allow.'),
  proven(
    'P-11',
    'The deadline of a check counts the time in the queue.',
    'packages/boundary/src/http/check.test.ts > 503 > when the deadline passes before the decision',
    'packages/boundary/test/ledger-contract.ts > under pressure > tells those whose time ends in the queue',
  ),
  proven(
    'P-12',
    'The exit code of verify follows the level that was asked for.',
    'packages/cli/src/commands/verify.test.ts > craton verify > ends with 1 for a changed payload',
    'packages/cli/src/commands/verify.test.ts > craton verify > ends with 2 when a required line is not verified',
    'packages/cli/src/commands/verify.test.ts > craton verify > lets a trust policy ask for more, and no flag for less',
  ),
  planned('P-13', 'The receipt binds the digest of the whole action, and a swapped action fails.'),
  planned('P-14', 'A receipt of another environment, type or enforcement is no permission.'),
  proven(
    'P-15',
    'Clients read the verdict from the signed bytes, never from beside them.',
    'packages/cli/src/commands/verify.test.ts > craton verify of other files > ends with 1 if the unsigned verdict beside the receipt is another one',
    'packages/cli/src/commands/check.test.ts > %s > an unsigned verdict',
  ),
  planned(
    'P-16',
    'Completeness is claimed only for a stream whose head, tail and middle were counted.',
  ),
  planned('P-17', 'The signer signs only what the server itself built.'),
  proven(
    'P-18',
    'An unset environment on a public address does not start.',
    'packages/boundary/src/config.test.ts > an environment without a name > is refused if %s points away from this machine',
    'packages/cli/src/commands/start.slow.test.ts > craton start refuses > an unnamed environment with an address that others can reach',
    'packages/cli/src/development/privileges.test.ts > refuses %j as long as nobody names the environment',
  ),
  planned('P-19', 'A readiness probe never writes and no visitor can drive it.'),
  proven(
    'P-20',
    'No text tells anybody to run the command by an unscoped registry name.',
    'test/tidy.test.ts > the tree > keeps the tidy rules',
  ),
  proven(
    'P-21',
    'One allow is used once, and a reused reference or a split amount is seen.',
    'packages/boundary/test/ledger-linked-contract.ts > a claim > has one winner among 200 at once',
    'packages/boundary/test/postgres-claims.slow.test.ts > several nodes > give each decision to one winner among 200 claims at once',
    'packages/boundary/test/ledger-contract.ts > knows external references > and flags a reuse with the first commitment',
    'packages/boundary/test/ledger-contract.ts > measures windows > so that of fifty checks at once exactly three pass a limit of three',
  ),
  proven(
    'P-22',
    'Signatures under points of small order are refused alike on every runtime.',
    'packages/protocol/test/ed25519.test.ts > refuses %s',
    'packages/protocol/test/ed25519.test.ts > never asks the primitive about a refused key',
  ),
  proven(
    'P-23',
    'Expected results in tests come from another implementation.',
    'test/golden-issue.test.ts > golden decisions come out byte for byte > %s',
    'packages/protocol/test/golden-reports.test.ts > golden cases verify as the independent issuer says',
    'verifiers/python/test_craton_verify.py > test_files_are_what_is_made',
  ),
];
