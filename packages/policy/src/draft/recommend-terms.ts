/**
 * What speaks for which preset. A term is one or more words; a final `*` stands for any ending.
 * 4: names the action itself; 2: usual in it; 1: seen in it and elsewhere.
 */
export interface Term {
  readonly text: string;
  readonly weight: 1 | 2 | 4;
}

const terms = (weight: Term['weight'], ...texts: readonly string[]): readonly Term[] =>
  texts.map((text) => ({ text, weight }));

/** By the preset's id. */
export const RECOMMEND_TERMS: Readonly<Record<string, readonly Term[]>> = {
  threshold: [
    ...terms(4, 'threshold*', 'spending limit', 'credit limit', 'order limit', 'limit order'),
    ...terms(4, 'above a limit', 'over a limit', 'purchase order*', 'trade', 'trades', 'trading'),
    ...terms(2, 'refund*', 'purchas*', 'expens*', 'spend*', 'invoice*', 'budget*', 'discount*'),
    ...terms(2, 'buy*', 'procur*', 'limit', 'limits', 'large amount*', 'big amount*', 'loan*'),
    ...terms(1, 'amount*', 'usd', 'dollar*', 'euro*', 'money', 'price*', 'pay*', 'credit*'),
  ],
  privileged_access: [
    ...terms(4, 'privileg*', 'root access', 'admin access', 'admin right*', 'sudo', 'superuser'),
    ...terms(4, 'break glass', 'elevat*', 'production access', 'access to production', 'ssh'),
    ...terms(4, 'administrator right*', 'administrator access', 'just in time access'),
    ...terms(2, 'access', 'permission*', 'role*', 'log in', 'login', 'credential*', 'impersonat*'),
    ...terms(2, 'grant*', 'vault', 'secret*', 'bastion', 'root', 'admin', 'administrator*'),
    ...terms(1, 'account*', 'user*', 'session*', 'database', 'support engineer*'),
  ],
  counterparty_release: [
    ...terms(4, 'counterpart*', 'release of funds', 'release fund*', 'release* payment*'),
    ...terms(4, 'payment release*', 'wire*', 'escrow', 'payout*', 'settle*', 'remit*'),
    ...terms(4, 'pay a supplier', 'pay a vendor', 'supplier payment*', 'vendor payment*'),
    ...terms(4, 'bank transfer*', 'transfer money', 'transfer fund*', 'collateral', 'disburs*'),
    ...terms(2, 'payment*', 'supplier*', 'vendor*', 'beneficiar*', 'payee*', 'funds', 'fund'),
    ...terms(2, 'swift', 'iban', 'ship*', 'goods', 'sanction*', 'payroll', 'salary', 'salaries'),
    ...terms(1, 'release*', 'transfer*', 'bank*', 'money', 'pay', 'paying', 'amount*', 'send*'),
  ],
  data_export: [
    ...terms(4, 'export*', 'data extract*', 'download customer*', 'bulk download*', 'data dump'),
    ...terms(4, 'data leav*', 'exfiltrat*', 'share* data', 'data shar*', 'extract* record*'),
    ...terms(4, 'copy customer*', 'send customer data', 'customer list*', 'customer record*'),
    ...terms(2, 'personal data', 'dataset*', 'csv', 'patient record*', 'gdpr', 'report*', 'pii'),
    ...terms(2, 'download*', 'extract*', 'backup*', 'training data', 'health record*'),
    ...terms(1, 'data', 'record*', 'file*', 'customer*', 'table*', 'copy', 'send*', 'share*'),
  ],
  deployment_approval: [
    ...terms(4, 'deploy*', 'release to production', 'roll* out', 'rollout*', 'go live', 'go-live'),
    ...terms(4, 'ship* to production', 'push to production', 'release a version', 'merge to main'),
    ...terms(4, 'software release*', 'change approval', 'schema migration*', 'database migration*'),
    ...terms(2, 'migration*', 'version*', 'build', 'pipeline', 'infrastructure', 'kubernetes'),
    ...terms(2, 'terraform', 'firmware', 'configuration change*', 'change request*', 'hotfix*'),
    ...terms(1, 'production', 'release*', 'software', 'change*', 'service', 'update*', 'model'),
  ],
  manual_override: [
    ...terms(4, 'overrid*', 'overrule*', 'bypass*', 'set aside', 'force through', 'by hand'),
    ...terms(4, 'manual intervention*', 'manual decision*', 'ignore the alarm', 'unblock*'),
    ...terms(4, 'skip* the check*', 'disable the alarm', 'disable the safety', 'waive*'),
    ...terms(2, 'manual*', 'exception*', 'emergency', 'interlock*', 'skip*', 'safety', 'force*'),
    ...terms(1, 'disable*', 'operator*', 'alarm*', 'blocked', 'correct*', 'reverse*'),
  ],
  risk_escalation: [
    ...terms(4, 'risk score*', 'fraud score*', 'escalat*', 'risk rating*', 'score above'),
    ...terms(4, 'fraud alert*', 'suspicious', 'risk level*', 'confidence score*', 'aml'),
    ...terms(2, 'risk*', 'fraud*', 'score*', 'alert*', 'anomal*', 'human review', 'scoring'),
    ...terms(2, 'triage', 'money laundering', 'low confidence', 'uncertain*', 'probability'),
    ...terms(1, 'review*', 'flag*', 'model', 'agent*', 'case*'),
  ],
  cross_system_handoff: [
    ...terms(
      4,
      'cross system',
      'system to system',
      'another system',
      'other system',
      'next system',
    ),
    ...terms(4, 'between systems', 'between two systems', 'between services', 'agent to agent'),
    ...terms(4, 'hand* over to another agent', 'another agent', 'downstream system*'),
    ...terms(2, 'handoff*', 'hand off*', 'handover*', 'hand over*', 'hand* over', 'orchestrat*'),
    ...terms(2, 'queue', 'internal system*', 'downstream', 'erp', 'sap', 'workflow engine'),
    ...terms(1, 'system*', 'pass*', 'integration*', 'agent*', 'service*', 'forward*'),
  ],
  cross_org_handoff: [
    ...terms(
      4,
      'cross org*',
      'another compan*',
      'other compan*',
      'another organi*',
      'between banks',
    ),
    ...terms(4, 'other organi*', 'between compan*', 'between organi*', 'third part*', 'outsourc*'),
    ...terms(4, 'external partner*', 'partner organi*', 'another bank', 'another hospital'),
    ...terms(2, 'handoff*', 'hand off*', 'handover*', 'hand over*', 'hand* over', 'partner*'),
    ...terms(2, 'subcontract*', 'contractor*', 'agency', 'authorit*', 'regulator*', 'external'),
    ...terms(1, 'compan*', 'organi*', 'contract*', 'outside', 'legal'),
  ],
};

/** Words after which the next few do not count: "not a payment". */
export const NEGATIONS: ReadonlySet<string> = new Set([
  'not',
  'no',
  'never',
  'without',
  'except',
  'isnt',
  'dont',
  'doesnt',
  'neither',
  'nor',
]);
