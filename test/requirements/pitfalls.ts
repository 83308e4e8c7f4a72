import { planned, type Requirement } from './requirement.ts';

/** How comparable systems failed, each turned into something that must not happen here. */
export const PITFALLS: readonly Requirement[] = [
  planned(
    'P-01',
    'A bundle that somebody signed again with keys of their own fails on the issuer, with a non-zero exit.',
  ),
  planned('P-02', 'Every changed bit of a bundle is refused or reported.'),
  planned('P-03', 'No two different inputs give the same bytes to hash.'),
  planned('P-04', 'No cached verification answers for other bytes.'),
  planned('P-05', 'A truncated, reordered, forked, swapped or doubled chain is found.'),
  planned(
    'P-06',
    'The caller cannot name its own identity, and one person cannot approve under two names.',
  ),
  planned('P-07', 'A known idempotency key gives nothing to another partner or another request.'),
  planned('P-08', 'An error in any rule rejects, and no weaker signature is ever used instead.'),
  planned('P-09', 'Keys survive a restart, and no key table can be written by the public.'),
  planned('P-10', 'A time-out of the check is never read as an allow.'),
  planned('P-11', 'The deadline of a check counts the time in the queue.'),
  planned('P-12', 'The exit code of verify follows the level that was asked for.'),
  planned('P-13', 'The receipt binds the digest of the whole action, and a swapped action fails.'),
  planned('P-14', 'A receipt of another environment, type or enforcement is no permission.'),
  planned('P-15', 'Clients read the verdict from the signed bytes, never from beside them.'),
  planned(
    'P-16',
    'Completeness is claimed only for a stream whose head, tail and middle were counted.',
  ),
  planned('P-17', 'The signer signs only what the server itself built.'),
  planned('P-18', 'An unset environment on a public address does not start.'),
  planned('P-19', 'A readiness probe never writes and no visitor can drive it.'),
  planned('P-20', 'No text tells anybody to run the command by an unscoped registry name.'),
  planned('P-21', 'One allow is used once, and a reused reference or a split amount is seen.'),
  planned('P-22', 'Signatures under points of small order are refused alike on every runtime.'),
  planned('P-23', 'Expected results in tests come from another implementation.'),
];
