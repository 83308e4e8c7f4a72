import { readFileSync } from 'node:fs';
import { canonicalize, CratonError, type JsonValue, utf8 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { PLAIN_PATH, pathWith, pathWithCondition, pathWithRules } from '../test/documents.ts';
import { loadPath, parsePathDocument, PATH_DOCUMENT_BYTES_MAX, policyDigest } from './index.ts';

function errorOf(action: () => unknown): CratonError {
  try {
    action();
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The document was accepted.');
}

const fact = (changes: object) => ({ name: 'risk', type: 'integer', required: true, ...changes });
const withFact = (changes: object) => pathWith({ facts: [fact(changes)] });
const withAuthority = (changes: object) =>
  pathWith({ authority: { ...PLAIN_PATH.authority, ...changes } });
const withPolicy = (changes: object) => pathWith({ policy: { ...PLAIN_PATH.policy, ...changes } });
const rule = (changes: object) => ({
  id: 'one',
  when: 'true',
  verdict: 'constrain',
  reason: 'held',
  ...changes,
});
const withRule = (changes: object) => pathWithRules([rule(changes)]);
const labels = (count: number) => Array.from({ length: count }, (_, index) => `type_${index}`);

describe('accepted', () => {
  it.each<[string, JsonValue]>([
    ['the plain document', PLAIN_PATH],
    ['no unit', pathWith({ unit: undefined })],
    ['no lifetime', pathWithRules([])],
    ['any decision type', pathWith({ decision_types: ['*'] })],
    ['64 decision types', pathWith({ decision_types: labels(64) })],
    ['16 facts', pathWith({ facts: labels(16).map((name) => fact({ name })) })],
    ['integer bounds', withFact({ min: -9007199254740991, max: 9007199254740991 })],
    ['equal bounds', withFact({ min: 5, max: 5 })],
    ['one bound', withFact({ max: 0 })],
    ['decimal bounds', withFact({ type: 'decimal2', min: 0, max: 9999999999999.99 })],
    ['a boolean', withFact({ type: 'boolean' })],
    ['a string', withFact({ type: 'string', max_length: 128 })],
    ['a fact named constructor', withFact({ name: 'constructor' })],
    ['a fact named like a window', withFact({ name: 'windows_open' })],
    ['hold', pathWith({ on_unavailable: { mode: 'hold', max_s: 86400 } })],
    ['allow_below', pathWith({ on_unavailable: { mode: 'allow_below', cents: 1, per_hour: 1 } })],
    ['the longest lifetime', withPolicy({ lifetime_s: 86400 })],
    ['no rules', withPolicy({ rules: [] })],
    ['64 rules', pathWithRules(labels(64).map((_, index) => rule({ id: `r${index}` })))],
    [
      'an obligation of every kind',
      withRule({ obligations: [{ type: 'a', s: 'x', n: -1.5, b: false }] }),
    ],
    ['no obligations', withRule({ obligations: [] })],
  ])('%s', (_about, document) => {
    const path = loadPath(document);
    expect(path.document).toEqual(document);
    expect(parsePathDocument(utf8(JSON.stringify(document)))).toEqual(document);
  });
});

describe('refused', () => {
  const members = Object.keys(PLAIN_PATH).filter((name) => name !== 'unit');

  it.each(members)('without %s', (name) => {
    const error = errorOf(() => loadPath(pathWith({ [name]: undefined })));
    expect(error).toMatchObject({ code: 'ERR_PATH_DOCUMENT', field: name });
  });

  it.each([...members, 'unit'])('with null as %s', (name) => {
    const error = errorOf(() => loadPath(pathWith({ [name]: null })));
    expect(error).toMatchObject({ code: 'ERR_PATH_DOCUMENT', field: name });
  });

  it.each<[string, JsonValue, string]>([
    ['no object', [], ''],
    ['an unknown member', pathWith({ owner: 'x' }), 'owner'],
    ['another schema', pathWith({ schema: 'craton.boundary.path.v2' }), 'schema'],
    ['the reserved path_id', pathWith({ path_id: 'unmatched' }), 'path_id'],
    ['a path_id in capitals', pathWith({ path_id: 'Release' }), 'path_id'],
    ['version 0', pathWith({ version: 0 }), 'version'],
    ['version 1.5', pathWith({ version: 1.5 }), 'version'],
    ['a salt of 15 bytes', pathWith({ salt: 'AAECAwQFBgcICQoLDA0O' }), 'salt'],
    ['a salt with tail bits', pathWith({ salt: 'AAECAwQFBgcICQoLDA0ODx' }), 'salt'],
    ['a salt with padding', pathWith({ salt: 'AAECAwQFBgcICQoLDA0ODw==' }), 'salt'],
    ['a partner_id with a dash', pathWith({ partner_id: 'harbor-bank' }), 'partner_id'],
    ['a unit that is no label', pathWith({ unit: 'Treasury desk' }), 'unit'],
    ['an empty unit', pathWith({ unit: '' }), 'unit'],
    ['a gate_type that is no label', pathWith({ gate_type: '*' }), 'gate_type'],
    ['a system_scope that is no label', pathWith({ system_scope: '9' }), 'system_scope'],
    ['no decision type', pathWith({ decision_types: [] }), 'decision_types'],
    ['65 decision types', pathWith({ decision_types: labels(65) }), 'decision_types'],
    ['a decision type twice', pathWith({ decision_types: ['a', 'a'] }), 'decision_types'],
    ['any beside one', pathWith({ decision_types: ['*', 'a'] }), 'decision_types'],
    ['a decision type that is no label', pathWith({ decision_types: ['A'] }), 'decision_types'],
    ['decision types as a text', pathWith({ decision_types: 'a' }), 'decision_types'],
    ['no source', withAuthority({ sources: [] }), 'authority.sources'],
    ['any source beside one', withAuthority({ sources: ['*', 'a'] }), 'authority.sources'],
    ['no owner', withAuthority({ owners: [] }), 'authority.owners'],
    ['an owner that is no label', withAuthority({ owners: ['Ann Miller'] }), 'authority.owners'],
    ['an unknown class', withAuthority({ minimum_class: 'trusted' }), 'authority.minimum_class'],
    ['an unknown authority member', withAuthority({ issuer: 'x' }), 'authority.issuer'],
    ['17 facts', pathWith({ facts: labels(17).map((name) => fact({ name })) }), 'facts'],
    ['a fact twice', pathWith({ facts: [fact({}), fact({ type: 'boolean' })] }), 'facts'],
    ['a fact that is no object', pathWith({ facts: ['risk'] }), 'facts[0]'],
    ['a reserved fact', withFact({ name: 'decision_owner' }), 'facts[0].name'],
    ['the amount as a fact', withFact({ name: 'decision_size_usd_cents' }), 'facts[0].name'],
    ['a window fact', withFact({ name: 'window_count_24h' }), 'facts[0].name'],
    ['any window name', withFact({ name: 'window_x' }), 'facts[0].name'],
    ['a fact that is no label', withFact({ name: 'Risk' }), 'facts[0].name'],
    ['a fact of an unknown type', withFact({ type: 'double' }), 'facts[0].type'],
    ['a fact that may be required', withFact({ required: 'yes' }), 'facts[0].required'],
    ['an unknown fact member', withFact({ unit: 'x' }), 'facts[0].unit'],
    ['max_length of an integer', withFact({ max_length: 5 }), 'facts[0].max_length'],
    ['min of a string', withFact({ type: 'string', min: 1 }), 'facts[0].min'],
    ['max_length 0', withFact({ type: 'string', max_length: 0 }), 'facts[0].max_length'],
    ['max_length 129', withFact({ type: 'string', max_length: 129 }), 'facts[0].max_length'],
    ['bounds of a boolean', withFact({ type: 'boolean', max: 1 }), 'facts[0].max'],
    ['a fraction as an integer bound', withFact({ min: 0.5 }), 'facts[0].min'],
    ['a text as a bound', withFact({ max: '5' }), 'facts[0].max'],
    ['bounds that cross', withFact({ min: 6, max: 5 }), 'facts[0].min'],
    ['a decimal bound of 3 digits', withFact({ type: 'decimal2', min: 0.001 }), 'facts[0].min'],
    ['a negative decimal bound', withFact({ type: 'decimal2', min: -1 }), 'facts[0].min'],
    [
      'decimal bounds that cross',
      withFact({ type: 'decimal2', min: 0.2, max: 0.1 }),
      'facts[0].min',
    ],
    ['another action_digest', pathWith({ action_digest: 'never' }), 'action_digest'],
    ['another enforcement', pathWith({ enforcement: 'shadow' }), 'enforcement'],
    ['another reference_reuse', pathWith({ reference_reuse: 'allow' }), 'reference_reuse'],
    ['another mode', pathWith({ on_unavailable: { mode: 'allow' } }), 'on_unavailable.mode'],
    [
      'block with a time',
      pathWith({ on_unavailable: { mode: 'block', max_s: 1 } }),
      'on_unavailable.max_s',
    ],
    ['hold without a time', pathWith({ on_unavailable: { mode: 'hold' } }), 'on_unavailable.max_s'],
    [
      'hold for 0 s',
      pathWith({ on_unavailable: { mode: 'hold', max_s: 0 } }),
      'on_unavailable.max_s',
    ],
    [
      'hold for over a day',
      pathWith({ on_unavailable: { mode: 'hold', max_s: 86401 } }),
      'on_unavailable.max_s',
    ],
    [
      'allow_below nothing',
      pathWith({ on_unavailable: { mode: 'allow_below', cents: 0, per_hour: 1 } }),
      'on_unavailable.cents',
    ],
    [
      'allow_below without a rate',
      pathWith({ on_unavailable: { mode: 'allow_below', cents: 1 } }),
      'on_unavailable.per_hour',
    ],
    [
      'allow_below with another member',
      pathWith({ on_unavailable: { mode: 'allow_below', cents: 1, per_hour: 1, max_s: 1 } }),
      'on_unavailable.max_s',
    ],
    ['another profile', withPolicy({ profile: 'cel' }), 'policy.profile'],
    ['lifetime 0', withPolicy({ lifetime_s: 0 }), 'policy.lifetime_s'],
    ['lifetime of over a day', withPolicy({ lifetime_s: 86401 }), 'policy.lifetime_s'],
    ['an unknown policy member', withPolicy({ default: 'allow' }), 'policy.default'],
    ['rules as an object', withPolicy({ rules: {} }), 'policy.rules'],
    ['65 rules', pathWithRules(labels(65).map((_, n) => rule({ id: `r${n}` }))), 'policy.rules'],
  ])('%s', (_about, document, field) => {
    const error = errorOf(() => loadPath(document));
    expect(error).toMatchObject({ code: 'ERR_PATH_DOCUMENT', field });
    expect(errorOf(() => parsePathDocument(utf8(JSON.stringify(document)))).field).toBe(field);
  });

  it.each<[string, JsonValue, string]>([
    ['a rule that is no object', pathWithRules(['true']), 'policy.rules[0]'],
    ['a rule without an id', withRule({ id: undefined }), 'policy.rules[0].id'],
    ['an id in capitals', withRule({ id: 'One' }), 'policy.rules[0].id'],
    ['an id twice', pathWithRules([rule({}), rule({})]), 'policy.rules[one].id'],
    ['no condition', withRule({ when: undefined }), 'policy.rules[one].when'],
    ['an empty condition', withRule({ when: '' }), 'policy.rules[one].when'],
    ['a condition that is no text', withRule({ when: true }), 'policy.rules[one].when'],
    ['another verdict', withRule({ verdict: 'deny' }), 'policy.rules[one].verdict'],
    ['a reason that is no label', withRule({ reason: 'Too much' }), 'policy.rules[one].reason'],
    ['an unknown member', withRule({ priority: 1 }), 'policy.rules[one].priority'],
    [
      'obligations of an allow',
      withRule({ verdict: 'allow', obligations: [{ type: 'a' }] }),
      'policy.rules[one].obligations',
    ],
    [
      'obligations of a reject',
      withRule({ verdict: 'reject', obligations: [] }),
      'policy.rules[one].obligations',
    ],
    ['obligations as an object', withRule({ obligations: {} }), 'policy.rules[one].obligations'],
    [
      '17 obligations',
      withRule({ obligations: labels(17).map((type) => ({ type })) }),
      'policy.rules[one].obligations',
    ],
    [
      'an obligation that is no object',
      withRule({ obligations: ['a'] }),
      'policy.rules[one].obligations[0]',
    ],
    [
      'an obligation without a type',
      withRule({ obligations: [{ type: 'a' }, { n: 1 }] }),
      'policy.rules[one].obligations[1].type',
    ],
    [
      'an obligation with 17 members',
      withRule({
        obligations: [Object.fromEntries([['type', 'a'], ...labels(16).map((n) => [n, 1])])],
      }),
      'policy.rules[one].obligations[0].type',
    ],
    [
      'an obligation with a nested member',
      withRule({ obligations: [{ type: 'a', by: { desk: 1 } }] }),
      'policy.rules[one].obligations[0].by',
    ],
    [
      'an obligation with null',
      withRule({ obligations: [{ type: 'a', by: null }] }),
      'policy.rules[one].obligations[0].by',
    ],
    [
      'an obligation with an empty text',
      withRule({ obligations: [{ type: 'a', by: '' }] }),
      'policy.rules[one].obligations[0].by',
    ],
    [
      'an obligation with a member that is no label',
      withRule({ obligations: [{ type: 'a', By: 1 }] }),
      'policy.rules[one].obligations[0].type',
    ],
  ])('%s', (_about, document, field) => {
    const error = errorOf(() => loadPath(JSON.parse(JSON.stringify(document)) as JsonValue));
    expect(error).toMatchObject({ code: 'ERR_POLICY_RULE', field });
  });

  it('bytes that are no strict JSON', () => {
    expect(errorOf(() => parsePathDocument(utf8('{'))).code).toBe('ERR_JSON_SYNTAX');
    expect(errorOf(() => parsePathDocument(utf8('{"a":1,"a":1}'))).code).toBe(
      'ERR_JSON_DUPLICATE_KEY',
    );
    expect(errorOf(() => parsePathDocument(utf8('['.repeat(7)))).code).toBe('ERR_JSON_DEPTH');
  });

  it('bytes beyond the limit', () => {
    const bytes = new Uint8Array(PATH_DOCUMENT_BYTES_MAX + 1);
    expect(errorOf(() => parsePathDocument(bytes)).code).toBe('ERR_PATH_DOCUMENT');
  });
});

describe('the digest', () => {
  it('is of the document as authored', () => {
    const documents = [
      PLAIN_PATH,
      pathWith({ unit: undefined }),
      pathWith({ version: 2 }),
      pathWith({ policy: pathWithRules([...PLAIN_PATH.policy.rules]).policy }),
    ];
    const digests = documents.map((document) => loadPath(document).policyDigest);
    expect(new Set(digests).size).toBe(documents.length);
  });

  it('does not depend on the order of members', () => {
    const reversed = Object.fromEntries(Object.entries(PLAIN_PATH).reverse());
    expect(loadPath(reversed).policyDigest).toBe(loadPath(PLAIN_PATH).policyDigest);
  });

  it('of the sample path is the published one', () => {
    const bytes = readFileSync(new URL('sample-path.json', import.meta.url));
    const document = parsePathDocument(bytes);
    expect(policyDigest(document)).toBe(
      'sha256:0c2d328b3cea80c31f63ba11bc3fe2456b6722df5d012bfe77b6d42c3f12d0fa',
    );
    const published = new URL('../../../spec/sample-path.json', import.meta.url);
    expect(canonicalize(parsePathDocument(readFileSync(published)))).toBe(canonicalize(document));
  });
});

it('names the ledger facts of its rules, and only those', () => {
  const one = pathWithCondition('facts.window_count_24h > 1');
  const two = pathWithCondition('facts.window_sum_usd_cents_24h > 1 || facts.window_count_24h > 1');
  expect(loadPath(PLAIN_PATH).windowFacts).toEqual([]);
  expect(loadPath(one).windowFacts).toEqual(['window_count_24h']);
  expect(loadPath(two).windowFacts).toEqual(['window_count_24h', 'window_sum_usd_cents_24h']);
});
