import { planned, proven, type Requirement } from './requirement.ts';

/** The readiness page, `/self-service/readiness`, and its data. */
export const READINESS: readonly Requirement[] = [
  planned(
    'R-01',
    'The readiness page asks whether the environment is ready and computes the answer for each request.',
  ),
  planned('R-02', 'Each readiness status has its own headline and sentence.'),
  planned('R-03', 'Page and JSON come from one pure evaluation.'),
  planned('R-04', 'The row "Can continue" follows the status.'),
  planned(
    'R-05',
    'The row "Blocked by" lists every blocker with its fix, and every code can be reached.',
  ),
  planned(
    'R-06',
    'The row "Missing next" names the variables that are missing, else the next step.',
  ),
  planned(
    'R-07',
    'The readiness page only reads: other methods are refused and nothing is written.',
  ),
  planned('R-08', 'Start continues the own latest draft if there is one.'),
  planned('R-09', 'Readiness links to the rollout gates.'),
  planned('R-10', 'Protocol, schema, keys, verifier and offline kit are public.'),
  planned('R-11', 'The row "Draft store" follows the isolation that was found, in five wordings.'),
  planned('R-12', 'The row "Store requirement" follows the effective requirement.'),
  planned(
    'R-13',
    'The row "Production writes" turns into an alarm when the probe finds that self-service could write.',
  ),
  planned('R-14', 'The row "Launch gate" follows the computed gate.'),
  planned('R-15', 'Failing check groups come first and open; passing ones are collapsed.'),
  planned('R-16', 'A check group is as bad as its worst check and shows evidence with its age.'),
  planned('R-17', 'A check gives the same answer before and after somebody drafts its path.'),
  planned(
    'R-18',
    'Self-service writes one table, self_service_drafts, and its role has rights on no other.',
  ),
  planned(
    'R-19',
    'A review request is stored with production_write false, which the database itself enforces.',
  ),
  planned('R-20', 'Self-service has neither a client for the check nor a store of units.'),
  planned('R-21', 'Each side works on while the other database is stopped.'),
  planned('R-22', 'SELF_SERVICE_DATABASE_URL is used whenever it is set.'),
  planned(
    'R-23',
    'With the require flag, or where production-like, drafts never fall back to the primary database.',
  ),
  planned(
    'R-24',
    'Development refuses managed production databases before it opens a socket, unless overridden.',
  ),
  planned('R-25', 'The verification check verifies a real receipt through the public keys.'),
  planned('R-26', 'One module signs, and self-service contains no cryptography.'),
  proven(
    'R-27',
    'The public keys are a standard key set without private members, and retired keys stay in it.',
    'packages/boundary/src/http/protocol.test.ts > keys > are exactly public Ed25519 entries, retired ones too',
    'packages/boundary/src/http/protocol.test.ts > keys > never show a private part anywhere',
    'packages/boundary/src/http/protocol.test.ts > is public JSON that caches may keep for a while',
  ),
  planned('R-28', 'The readiness surface links to the protocol and repeats none of its logic.'),
  planned('R-29', 'Before a deployment everything can be withdrawn, rejected or sent back.'),
  planned('R-30', 'Owner, environment, support and rollback hold the rollout back as in A-36.'),
  planned('R-31', 'Saving freezes a version by digest, and a review refers to that version.'),
  planned('R-32', 'Earlier versions keep their own list of expansion moves.'),
  planned(
    'R-33',
    'A deployment requires owner, environment, SLA, rollback and support to be confirmed.',
  ),
  planned('R-34', 'That sensitive context stays with the host is stated and enforced by limits.'),
  planned(
    'R-35',
    'The check accepts the documented members and nothing else, and nothing else is stored.',
  ),
  proven(
    'R-36',
    'A request with only the required members gets a verdict, also where the path wants more.',
    'packages/boundary/src/http/check.test.ts > 200 > takes the required fields alone',
    'test/golden-issue.test.ts > golden decisions come out byte for byte > %s',
  ),
  planned(
    'R-37',
    'Large or sensitive content is refused and appears in no answer, log or database.',
  ),
  proven(
    'R-38',
    'The signed payload holds no case payload, and the commitment is recomputed from bundle and opening alone.',
    'packages/boundary/src/http/receipts.test.ts > GET /v1/receipts/{id}/bundle > %s verifies offline',
    'packages/boundary/src/http/receipts.test.ts > is full without being asked, and gives nothing away when minimal',
    'packages/cli/src/commands/start.slow.test.ts > leads a newcomer from the first start to a verification without the server',
  ),
  planned('R-39', 'The readiness detail shows four numbered steps and the JSON.'),
  planned(
    'R-40',
    'A preview returns the draft boundary object and how to call the API, never a working key.',
  ),
  planned('R-41', 'A deployment review request stores intent only.'),
  planned('R-42', 'A deployment happens only after every confirmation of A-36.'),
  planned(
    'R-43',
    'After a deployment a path is continued as a new version or expanded as a linked draft.',
  ),
  planned('R-44', 'draft_store_isolation is one of five values, as the truth table says.'),
  planned(
    'R-45',
    'environment comes from CRATON_ENV, then NODE_ENV, then development, and from no hosting variable.',
  ),
  planned('R-46', 'launch_gate has three members, all computed.'),
  planned(
    'R-47',
    'passes_enterprise_db_gate is true only for a dedicated store, a configured primary and no database code.',
  ),
  planned('R-48', 'recommended_require_flag is the value that the flag should have here.'),
  planned('R-49', 'requires_self_service_database_url is production_like or the flag.'),
  planned(
    'R-50',
    'local_production_db_override_enabled shows the override, which blocks where production-like.',
  ),
  planned('R-51', 'primary_database_url_configured means present and readable, not reachable.'),
  planned(
    'R-52',
    'production_like is true for production, staging, preview and every unknown name.',
  ),
  planned('R-53', 'production_write_from_self_service is false unless a probe raises the alarm.'),
  planned('R-54', 'require_self_service_database_url is the parsed flag.'),
  planned('R-55', 'self_service_database_url_configured means present and readable.'),
  planned('R-56', 'status is the worst of six closed values.'),
  planned('R-57', 'The JSON has sorted keys, pretty on the page and compact in the API.'),
];
