/** The form of one expected verdict. Whatever is left empty comes from the path of the plan. */
import {
  CASES_MAX,
  composePath,
  type Draft,
  type ExpectedVerdict,
  type FactDeclaration,
} from '@craton/policy';
import {
  CratonError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseHundredths,
} from '@craton/protocol';
import type { CaseEntry, PlanFormValues } from '@craton/web';
import type { SectionForm } from './plan-forms.ts';

const TOP_MEMBERS = [
  'partner_id',
  'gate_type',
  'system_scope',
  'decision_type',
  'decision_owner',
  'external_reference',
  'case_id',
  'action_digest',
] as const;
const CONTEXT_MEMBERS = [
  'authorization_status',
  'authorization_reference',
  'authorization_source',
] as const;

const LABELS: Readonly<Record<string, string>> = {
  case: 'Name of the case',
  amount: 'Amount',
  verdict: 'Expected verdict',
  authority_class: 'Class of authority',
};

/** `caseNumber` from 1; absent or behind the last: another case. */
export function casesForm(draft: Draft, caseNumber: number | undefined): SectionForm {
  const facts = factsOf(draft);
  const index = (caseNumber ?? CASES_MAX + 1) - 1;
  const base = draft.expected_verdicts?.[index];
  const place = base === undefined ? (draft.expected_verdicts?.length ?? 0) : index;
  const prefix = `expected_verdicts[${place}].`;
  return {
    fields: [
      ...['case', 'amount', 'verdict', 'authority_class'],
      ...TOP_MEMBERS,
      ...CONTEXT_MEMBERS,
      ...facts.map(({ name }) => `fact_${name}`),
    ],
    labelOf: (field) => LABELS[field] ?? field.replace(/^fact_/, ''),
    valuesOf: () => (base === undefined ? {} : valuesOfCase(base)),
    changes: (values) => caseMembers(draft, place + 1, caseOf(values, base, facts)),
    fieldOf: (member) =>
      member.startsWith(prefix) ? fieldOf(member.slice(prefix.length)) : undefined,
  };
}

/** What the path of a draft declares, its pattern's facts among them. */
export function factsOf(draft: Draft): readonly FactDeclaration[] {
  return composePath(draft, { salt: '', version: 1 }).facts;
}

/** The cases of a draft, for the list. */
export function listCases({ expected_verdicts: cases = [] }: Draft): readonly CaseEntry[] {
  return cases.map((one, index) => ({ number: index + 1, name: one.case, verdict: one.verdict }));
}

/** `expected_verdicts` with one case in the place of another, or without it. */
export function caseMembers(draft: Draft, caseNumber: number, changed: object | undefined): object {
  const cases: object[] = [...(draft.expected_verdicts ?? [])];
  cases.splice(caseNumber - 1, 1, ...(changed === undefined ? [] : [changed]));
  return { expected_verdicts: cases.length === 0 ? undefined : cases };
}

function fieldOf(member: string): string | undefined {
  if (!member.startsWith('request.')) return member in LABELS ? member : undefined;
  const place = member.slice('request.'.length).replace(/^context\./, '');
  if (place === 'decision_size_usd') return 'amount';
  if (place.startsWith('facts.')) return `fact_${place.slice('facts.'.length)}`;
  return [...TOP_MEMBERS, ...CONTEXT_MEMBERS].find((name) => name === place);
}

function valuesOfCase({ case: name, request, verdict, authority_class }: ExpectedVerdict) {
  const context = objectAt(request, 'context');
  const facts = Object.entries(objectAt(context, 'facts'));
  const { decision_size_usd: amount } = request;
  return {
    case: name,
    verdict,
    ...(authority_class && { authority_class }),
    ...(typeof amount === 'number' && { amount: String(amount) }),
    ...textsOf(request, TOP_MEMBERS),
    ...textsOf(context, CONTEXT_MEMBERS),
    ...Object.fromEntries(
      facts.flatMap(([fact, value]) =>
        ['string', 'number', 'boolean'].includes(typeof value)
          ? [[`fact_${fact}`, typeof value === 'string' ? value : JSON.stringify(value)] as const]
          : [],
      ),
    ),
  };
}

function objectAt(container: JsonObject, name: string): JsonObject {
  const value = container[name];
  return isJsonObject(value) ? value : {};
}

function textsOf(container: JsonObject, names: readonly string[]): PlanFormValues {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = container[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

/** What no form asks for, such as a signed approval, stays as it is in `base`. */
function caseOf(
  values: PlanFormValues,
  base: ExpectedVerdict | undefined,
  facts: readonly FactDeclaration[],
): object {
  const asked = Object.fromEntries(TOP_MEMBERS.map((name) => [name, values[name]]));
  const said = Object.fromEntries(CONTEXT_MEMBERS.map((name) => [name, values[name]]));
  const stated = { ...objectAt(objectAt(base?.request ?? {}, 'context'), 'facts') };
  const typed = Object.fromEntries(facts.map((fact) => [fact.name, factValue(fact, values)]));
  const allFacts = withoutAbsent({ ...stated, ...typed });
  const context = withoutAbsent({ ...said, facts: isEmpty(allFacts) ? undefined : allFacts });
  return withoutAbsent({
    case: values['case'] ?? '',
    verdict: values['verdict'] ?? '',
    authority_class: values['authority_class'],
    request: withoutAbsent({
      ...base?.request,
      ...asked,
      decision_size_usd: amountOf(values['amount'], 'amount'),
      context: isEmpty(context) ? undefined : context,
    }),
  });
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function withoutAbsent(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
}

function amountOf(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined;
  if (parseHundredths(text) !== undefined) return Number(text);
  const name = LABELS[field] ?? field.replace(/^fact_/, '');
  const message = `${name} must be a number with at most two decimals, without commas.`;
  throw new CratonError('ERR_DRAFT_FIELD', message, { field });
}

function factValue(fact: FactDeclaration, values: PlanFormValues): JsonValue | undefined {
  const field = `fact_${fact.name}`;
  const text = values[field];
  if (text === undefined || fact.type === 'string') return text;
  if (fact.type === 'decimal2') return amountOf(text, field);
  if (fact.type === 'boolean' && ['true', 'false'].includes(text)) return text === 'true';
  if (fact.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  const wanted = fact.type === 'boolean' ? 'true or false' : 'a whole number';
  throw new CratonError('ERR_DRAFT_FIELD', `${fact.name} must be ${wanted}.`, { field });
}
