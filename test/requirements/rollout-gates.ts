import { planned, proven, type Requirement } from './requirement.ts';

/** The rollout gates page, `/self-service/activation`. */
export const ROLLOUT_GATES: readonly Requirement[] = [
  proven(
    'A-01',
    'The page /self-service/activation exists, with its title and heading.',
    'packages/web/src/pages/seed-lines.test.ts > has an element on our page %s: %s',
    'packages/web/src/pages.test.ts > has one h1 and never skips a level of headings',
  ),
  proven(
    'A-02',
    'Readiness links to the rollout gates and a breadcrumb leads back.',
    'packages/web/src/pages/seed-lines.test.ts > has an element on our page %s: %s',
    'packages/web/src/pages/seed-lines.test.ts > the page of the rollout gates > is below Readiness, by its breadcrumb',
  ),
  proven(
    'A-03',
    'The gates page is outside every navigation, not indexed, reachable by its URL, and shows no rollout to anonymous visitors.',
    'packages/web/src/pages.test.ts > has the same four entries in its navigation, and not the rollout gates',
    'test/readiness-routes.test.ts > the pages > %s are documents that load nothing else',
    'packages/web/src/pages/seed-lines.test.ts > the page of the rollout gates > shows what the catalogue says, and nothing of a rollout',
  ),
  proven(
    'A-04',
    'A draft has exactly one primary path, marked as bound for production.',
    'packages/policy/src/draft/read-draft.test.ts > is refused with %s, naming %s',
    'packages/policy/src/draft/draft-coverage.test.ts > fails without a path, and without rules',
  ),
  planned(
    'A-05',
    'Production changes only through a separate operator step with packet, difference and approvals; a self-service key cannot take it.',
  ),
  proven(
    'A-06',
    'The gates page links to Start.',
    'packages/web/src/pages/seed-lines.test.ts > has an element on our page %s: %s',
  ),
  proven(
    'A-07',
    'The gates page links to Readiness, which says what can continue, what blocks and what is missing.',
    'packages/web/src/pages/seed-lines.test.ts > has an element on our page %s: %s',
    'packages/policy/src/readiness/evaluate-readiness.test.ts > the page as data > says what the seed page says when all is clear',
  ),
  proven(
    'A-08',
    'The gates page links to the readiness data, which comes from the same evaluation as the page.',
    'packages/web/src/pages/seed-lines.test.ts > has an element on our page %s: %s',
    'test/readiness-routes.test.ts > /self-service/readiness.json > has exactly the ten members, compact and in their order',
  ),
  planned(
    'A-09',
    'Four ordered steps show their exit, and for a rollout the live state, owner and age of evidence.',
  ),
  planned(
    'A-10',
    'The gate catalogue is data: the page shows what the JSON says, and a rollout records its digest.',
  ),
  planned('A-11', 'Gate 1 needs a named platform owner or risk owner.'),
  planned(
    'A-12',
    'Gate 1 ends only when its four criteria pass, and the plan can be exported as one file that opens offline.',
  ),
  proven(
    'A-13',
    'Criterion G1.1 names the scope member that is missing.',
    'packages/policy/src/draft/draft-coverage.test.ts > criterion G1.1 > fails without %s and names it',
  ),
  proven(
    'A-14',
    'Blank authority context or source fails criterion G1.2.',
    'packages/policy/src/draft/draft-coverage.test.ts > takes "%s" for no authority context',
    'packages/policy/src/draft/draft-coverage.test.ts > takes "%s" for no source',
  ),
  planned(
    'A-15',
    'An approval of the boundary object binds its digest, so an edit voids it, and the author cannot give it.',
  ),
  proven(
    'A-16',
    'Expansion moves are draft coverage inside the draft, and nothing else is accepted as one.',
    'packages/policy/src/draft/read-draft.test.ts > is refused with %s, naming %s',
    'packages/self-service/src/http/drafts.test.ts > a saved draft > gets another version and another digest by each edit, and keeps the earlier ones',
  ),
  planned('A-17', 'Gate 2 needs a security owner and a Craton operator who are two people.'),
  planned(
    'A-18',
    'The security reviewer can approve only while the criteria of gate 2 pass, on the server as on the page.',
  ),
  planned(
    'A-19',
    'The separation of the two databases is found out over live connections, not by comparing URLs.',
  ),
  proven(
    'A-20',
    'Keys and database URLs come from the environment or secret files, and a production-like start refuses generated keys by variable name.',
    'packages/service/src/config.test.ts > parseConfig > reads a secret from a file, without the line feed that ends it',
    'packages/boundary/src/config.test.ts > production > is refused with a generated key in %s, wherever its file lies',
    'packages/boundary/src/config.test.ts > production > is refused without %s',
    'packages/boundary/src/main.slow.test.ts > a start is refused > %s, naming the variable and no value',
  ),
  planned('A-21', 'Gate 2 cites the digest of a fresh, signed readiness document.'),
  proven(
    'A-22',
    'Canary secrets in every secret variable appear in no page, answer, log line or asset.',
    'packages/boundary/src/nothing-leaks.slow.test.ts > secrets in %s > are all those that there are',
    'packages/boundary/src/nothing-leaks.slow.test.ts > secrets in %s > were there while every route was asked well, badly and oddly',
    'packages/boundary/src/nothing-leaks.slow.test.ts > secrets in %s > and refused values come out nowhere',
    'packages/boundary/src/nothing-leaks.slow.test.ts > secrets in %s > would be found: each one that is planted',
    'packages/boundary/src/nothing-leaks.slow.test.ts > a start that fails > tells no password of the store',
  ),
  planned('A-23', 'Gate 3 needs a named integration engineer.'),
  planned(
    'A-24',
    'Verdicts of staging are compared case by case with those that a person expected.',
  ),
  planned('A-25', 'Only evidence from a non-production environment counts for gate 3.'),
  proven(
    'A-26',
    'An answer with a verdict carries commitment_id, kid, sig_alg and signature.',
    'packages/boundary/src/http/check.test.ts > 200 > answers %s with a receipt that verifies',
    'packages/boundary/test/ledger-contract.ts > issues > an allow, a constrain and a reject whose receipts verify',
  ),
  proven(
    'A-27',
    'Whoever has only the public keys verifies a receipt, also one of a retired key, and a wrong kid fails.',
    'test/how-to-keys.slow.test.ts > the pages lead from a new production boundary to two signing keys that both verify offline',
    'packages/boundary/src/http/protocol.test.ts > keys > are exactly public Ed25519 entries, retired ones too',
  ),
  planned(
    'A-28',
    'Two smoke tests, of self-service and of the boundary, run against a chosen environment and fail independently.',
  ),
  planned('A-29', 'Gate 4 needs a named business owner and a platform owner who are two people.'),
  planned(
    'A-30',
    'After a deployment, receipts of the live path are verified through the public keys, and a failure shows as attention.',
  ),
  planned('A-31', 'A change to any of the five approved scope fields stops the deployment.'),
  planned(
    'A-32',
    'Rollback owner and incident channel count only when acknowledged and reached by a test message.',
  ),
  planned('A-33', 'Service levels and support are documented in fields that may not be empty.'),
  planned(
    'A-34',
    'Requesting a review changes nothing in production; only the operator deploys, and the deployment has a receipt.',
  ),
  proven(
    'A-35',
    'Self-service knows compose, preview, save and request review, besides withdrawing and reading; preview writes nothing.',
    'packages/self-service/src/http/drafts.test.ts > preview > evaluates in sentences, a map and examples, and writes no row',
    'packages/self-service/src/http/drafts.test.ts > a request for review > is refused for %s > a version that was not saved',
    'packages/self-service/src/http/drafts.test.ts > a request for review > is taken back; then that version is over and the next one can be requested',
    'packages/self-service/src/http/drafts.test.ts > a request for review > repeated changes nothing',
  ),
  planned(
    'A-36',
    'A deployment is refused while any one of owner, environment, security, SLA, smoke test, rollback or support fails.',
  ),
  planned(
    'A-37',
    'No self-service action can write a table of the production side, by code or by database right.',
  ),
  planned('A-38', 'Self-service can change neither keys nor the code that verifies receipts.'),
];
