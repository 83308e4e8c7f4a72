/** Random conditions of the profile, every one of which must be accepted, and random inputs. */
import type { FactValue, Opening } from '@craton/protocol';
import fc from 'fast-check';

/** Declared facts of the random conditions. */
export const FACTS = [
  { name: 'region', type: 'string', required: true },
  { name: 'note', type: 'string', required: false },
  { name: 'count', type: 'integer', required: true },
  { name: 'risk', type: 'integer', required: false },
  { name: 'fee', type: 'decimal2', required: false },
  { name: 'urgent', type: 'boolean', required: true },
  { name: 'verified', type: 'boolean', required: false },
] as const;

/** Few values, so that conditions and inputs often meet. */
const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'emea',
  'é',
  'e\u0301',
  '😀',
  'a😀',
  '"',
  '\\',
  "'",
  '\n',
  '\uFB33',
];
const INTS = [0, 1, -1, 2, 5, 100, -100, 9_007_199_254_740_991, -9_007_199_254_740_991];
const TIMES = [
  '2026-11-21T18:00:00.000Z',
  '2026-11-21T18:00:00.001Z',
  '2026-11-21T17:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '2199-12-31T00:00:00.010Z',
];
const DURATIONS = ['0s', '1ms', '-1ms', '1h', '24h', '1h30m', '90m', '1.5h', '-24h', '1s500ms'];
const LONG_DURATIONS = ['498690h', '1795284000s', '1795283999.999s', '1795284000001ms'];

const textLiteral = fc.constantFrom(...TEXTS).map((text) => JSON.stringify(text));
const intLiteral = fc.constantFrom(...INTS).map(String);
const boolLiteral = fc.constantFrom('true', 'false');
const timeLiteral = fc.constantFrom(...TIMES).map((time) => `timestamp("${time}")`);

const text = fc.oneof(
  textLiteral,
  fc.constantFrom('facts.region', 'request.gate_type', 'authority.reference', 'authority.class'),
);
const int = fc.oneof(
  intLiteral,
  fc.constantFrom('facts.count', 'facts.window_count_24h', 'facts.window_sum_usd_cents_24h'),
  text.map((value) => `size(${value})`),
  text.map((value) => (value.startsWith('"') ? `size(${value})` : `${value}.size()`)),
);
const time = fc.oneof(fc.constant('now'), timeLiteral);
const duration = fc.oneof(
  fc.constantFrom(...DURATIONS, ...LONG_DURATIONS).map((value) => `duration("${value}")`),
  timeLiteral.map((value) => `now - ${value}`),
);
const order = fc.constantFrom('<', '<=', '>', '>=', '==', '!=');
const equality = fc.constantFrom('==', '!=');
const list = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(', ')}]`);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(' '));

/** Conditions on one value of a type, for members that need a guard. */
const onText = (value: string) =>
  fc.oneof(
    joined(fc.constant(value), equality, text),
    joined(fc.constant(value), fc.constant('in'), list(textLiteral)),
    fc
      .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), text)
      .map(([method, part]) => `${value}.${method}(${part})`),
  );
const onInt = (value: string) =>
  fc.oneof(
    joined(fc.constant(value), order, int),
    joined(fc.constant(value), fc.constant('in'), list(intLiteral)),
  );
const onBool = (value: string) =>
  fc.oneof(
    fc.constant(value),
    fc.constant(`!${value}`),
    joined(fc.constant(value), equality, boolLiteral),
  );

const OPTIONAL: [string, (value: string) => fc.Arbitrary<string>][] = [
  ['request.decision_type', onText],
  ['request.decision_owner', onText],
  ['request.decision_size_usd_cents', onInt],
  ['facts.note', onText],
  ['facts.risk', onInt],
  ['facts.fee', onInt],
  ['facts.verified', onBool],
];
const guarded = fc.constantFrom(...OPTIONAL).chain(([member, on]) =>
  fc.oneof(
    fc.constantFrom(`has(${member})`, `!has(${member})`),
    on(member).map((test) => `(has(${member}) && (${test}))`),
    on(member).map((test) => `(!has(${member}) || (${test}))`),
    fc.tuple(on(member), on(member)).map(([a, b]) => `(has(${member}) && (${a} || ${b}))`),
    fc.tuple(on(member), boolLiteral).map(([a, b]) => `(${b} && has(${member}) && (${a}))`),
  ),
);

const leaf = fc.oneof(
  boolLiteral,
  fc.constant('facts.urgent'),
  text.chain(onText),
  joined(int, order, int),
  joined(int, fc.constant('in'), list(intLiteral)),
  joined(time, order, time),
  joined(duration, order, duration),
  joined(boolLiteral, equality, fc.constant('facts.urgent')),
  joined(list(intLiteral), equality, list(intLiteral)),
  guarded,
);

const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('tree').map((part) => `!(${part})`),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((all) => all.map(paren).join(' && ')),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((all) => all.map(paren).join(' || ')),
    fc.tuple(tie('tree'), equality, tie('tree')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
}));

const paren = (part: string) => `(${part})`;

export const conditions = tree.filter((condition) => condition.length <= 1024);

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const textValue = fc.constantFrom(...TEXTS);
const intValue = fc.constantFrom(...INTS);

/** What conditions see, as an opening holds it. */
export const inputs = fc
  .record({
    evaluated_at: fc.constantFrom(...TIMES),
    decision_type: maybe(textValue),
    facts: fc.record({
      decision_owner: maybe(textValue),
      decision_size_usd_cents: maybe(intValue.filter((value) => value >= 0)),
      region: textValue,
      note: maybe(textValue),
      count: intValue,
      risk: maybe(intValue),
      fee: maybe(intValue.filter((value) => value >= 0)),
      urgent: fc.boolean(),
      verified: maybe(fc.boolean()),
      window_count_24h: fc.nat(3),
      window_sum_usd_cents_24h: fc.constantFrom(0, 1, 100),
    }),
    reference: textValue,
  })
  .map(({ evaluated_at, decision_type, facts, reference }) => ({
    evaluated_at,
    request: {
      gate_type: 'payment_release',
      system_scope: 'payment_hub',
      ...(decision_type !== undefined && { decision_type }),
    },
    facts: Object.fromEntries(
      Object.entries(facts).filter((entry): entry is [string, FactValue] => entry[1] !== undefined),
    ),
    authority: {
      class: 'submitted',
      status: 'present',
      source: 'approval_workflow',
      reference,
    } satisfies Opening['authority'],
  }));
