/** Checks of the members of rules; what their conditions say is checked by the CEL profile. */
import {
  CratonError,
  isLabel,
  isReference,
  isRuleId,
  type JsonValue,
  Members,
  VERDICTS,
} from '@craton/protocol';

export const RULES_MAX = 64;
/** Code points of one condition. */
export const CONDITION_CHARACTERS_MAX = 1024;
const OBLIGATIONS_MAX = 16;
const OBLIGATION_MEMBERS_MAX = 16;

/** Checks `policy.rules`; throws `ERR_POLICY_RULE` naming the rule by its id, or else its place. */
export function checkRules(policy: Members): void {
  const rules = policy.list('rules');
  if (rules.length > RULES_MAX) throw policy.wrong('rules', `has more than ${RULES_MAX} entries`);
  const ids = new Set<string>();
  rules.forEach((rule, index) => {
    const id = checkRule(rule, index);
    if (ids.has(id)) throw ruleError(id, 'id', 'is there twice');
    ids.add(id);
  });
}

/** An `ERR_POLICY_RULE` about one member of a rule. */
export function ruleError(id: string, member: string, problem: string): CratonError {
  const field = `policy.rules[${id}].${member}`;
  return new CratonError('ERR_POLICY_RULE', `${field} ${problem}.`, { field });
}

/** Checks one rule and returns its id. */
function checkRule(value: JsonValue, index: number): string {
  const id = Members.of(value, `policy.rules[${index}]`, 'ERR_POLICY_RULE').text('id', isRuleId);
  const rule = Members.of(value, `policy.rules[${id}]`, 'ERR_POLICY_RULE');
  rule.only('id', 'when', 'verdict', 'reason', 'obligations');
  rule.text('when');
  const verdict = rule.oneOf('verdict', VERDICTS);
  rule.text('reason', isLabel);
  if (!rule.has('obligations')) return id;
  if (verdict !== 'constrain') {
    throw rule.wrong('obligations', 'would be ignored: only a constrain rule can state them');
  }
  checkObligations(rule, id);
  return id;
}

function checkObligations(rule: Members, id: string): void {
  const obligations = rule.list('obligations');
  if (obligations.length > OBLIGATIONS_MAX) {
    throw rule.wrong('obligations', `has more than ${OBLIGATIONS_MAX} entries`);
  }
  obligations.forEach((value, index) => {
    checkObligation(
      Members.of(value, `policy.rules[${id}].obligations[${index}]`, 'ERR_POLICY_RULE'),
    );
  });
}

/** A flat object with a `type` label: strings, numbers and booleans, nothing empty or nested. */
function checkObligation(obligation: Members): void {
  obligation.text('type', isLabel);
  const names = Object.keys(obligation.object);
  if (names.length > OBLIGATION_MEMBERS_MAX) {
    throw obligation.wrong('type', `stands beside more than ${OBLIGATION_MEMBERS_MAX - 1} members`);
  }
  for (const name of names) {
    if (!isLabel(name)) throw obligation.wrong('type', 'stands beside a member that is no label');
    const value = obligation.value(name);
    if (typeof value === 'number' || typeof value === 'boolean') continue;
    obligation.text(name, isReference);
  }
}
