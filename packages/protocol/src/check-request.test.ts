import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import {
  type CheckRequest,
  EVIDENCE_CHARACTERS_MAX,
  parseCheckRequest,
  parseHundredths,
  REQUEST_BYTES_MAX,
} from './check-request.ts';
import { CratonError } from './errors.ts';

const EXAMPLE =
  '{"partner_id":"northstar_controls","gate_type":"threshold_gate",' +
  '"system_scope":"operations_console","decision_type":"threshold_execution_request",' +
  '"decision_owner":"operations_owner","decision_size_usd":500000,"case_id":"host-case-001",' +
  '"external_reference":"host-request-123","context":{"authorization_status":"present",' +
  '"authorization_reference":"approval-2026-001","authorization_source":"approval_workflow"}}';

const MINIMAL = {
  partner_id: 'northstar_controls',
  gate_type: 'threshold_gate',
  system_scope: 'operations_console',
  external_reference: 'host-request-123',
  context: {
    authorization_status: 'present',
    authorization_reference: 'approval-2026-001',
    authorization_source: 'approval_workflow',
  },
};

const ACTION_DIGEST = `sha256:${'9f'.repeat(32)}`;

function parse(body: unknown): CheckRequest {
  return parseCheckRequest(utf8(typeof body === 'string' ? body : JSON.stringify(body)));
}

function errorOf(body: unknown): CratonError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The request was accepted.');
}

function withContext(changes: Record<string, unknown>): unknown {
  return { ...MINIMAL, context: { ...MINIMAL.context, ...changes } };
}

/** A body whose `decision_size_usd` is spelled exactly so. */
function withAmount(text: string): string {
  return JSON.stringify({ ...MINIMAL, decision_size_usd: 'AMOUNT' }).replace('"AMOUNT"', text);
}

describe('what is read', () => {
  it('has every member of the public example', () => {
    expect(parse(EXAMPLE)).toEqual({
      requestHash: 'sha256:38a0d1b38a3b525051e8aa07e6fa041f52dfc4210611db21903b42a385521cf9',
      partnerId: 'northstar_controls',
      gateType: 'threshold_gate',
      systemScope: 'operations_console',
      decisionType: 'threshold_execution_request',
      decisionOwner: 'operations_owner',
      decisionSizeUsdCents: 50_000_000,
      externalReference: 'host-request-123',
      caseId: 'host-case-001',
      authorization: {
        status: 'present',
        reference: 'approval-2026-001',
        source: 'approval_workflow',
      },
      facts: {},
    });
  });

  it('has no member for what was not sent', () => {
    expect(Object.keys(parse(MINIMAL)).sort()).toEqual([
      'authorization',
      'externalReference',
      'facts',
      'gateType',
      'partnerId',
      'requestHash',
      'systemScope',
    ]);
  });

  it.each([
    ['Operations Console', 'operations_console'],
    ['  operations_console  ', 'operations_console'],
    ['OPERATIONS-CONSOLE', 'operations_console'],
    ['a  b', 'a__b'],
    ['a - b', 'a___b'],
    [' A1 ', 'a1'],
    ['z'.repeat(64), 'z'.repeat(64)],
    [`${' '.repeat(64)}${'z'.repeat(64)}`, 'z'.repeat(64)],
  ])('normalises the label %j', (sent, label) => {
    const request = parse({ ...MINIMAL, system_scope: sent });
    expect(request.systemScope).toBe(label);
    expect(request.raw).toEqual(sent === label ? undefined : { system_scope: sent });
  });

  it('keeps the sent text of every label that it changed, without the prefix context', () => {
    const request = parse({
      ...MINIMAL,
      partner_id: 'Northstar Controls',
      gate_type: 'Threshold-Gate',
      decision_type: 'X ',
      decision_owner: ' Treasury-Lead',
      context: {
        authorization_status: 'Present',
        authorization_reference: 'Ref 1',
        authorization_source: 'Approval Workflow',
      },
    });
    expect(request.raw).toEqual({
      partner_id: 'Northstar Controls',
      gate_type: 'Threshold-Gate',
      decision_type: 'X ',
      decision_owner: ' Treasury-Lead',
      authorization_status: 'Present',
      authorization_source: 'Approval Workflow',
    });
    expect(request.authorization.reference).toBe('Ref 1');
  });

  it('does not trim or change references', () => {
    const request = parse({ ...MINIMAL, external_reference: ' A-b 1 ', case_id: 'Zürich😀' });
    expect(request.externalReference).toBe(' A-b 1 ');
    expect(request.caseId).toBe('Zürich😀');
  });

  it.each([
    ['0', 0],
    ['0.01', 1],
    ['0.1', 10],
    ['5', 500],
    ['5.0', 500],
    ['5.00', 500],
    ['10.05', 1005],
    ['750000.50', 75_000_050],
    ['1.10', 110],
    ['4.35', 435],
    ['1234567.89', 123_456_789],
    ['9999999999999.99', 999_999_999_999_999],
  ])('takes the amount %s from its text', (text, cents) => {
    expect(parse(withAmount(text)).decisionSizeUsdCents).toBe(cents);
  });

  it('keeps facts with the text of their numbers', () => {
    const text = JSON.stringify(withContext({ facts: 'FACTS' })).replace(
      '"FACTS"',
      '{"region":"emea","urgent":true,"rate":5.0,"delta":-3,"constructor":1}',
    );
    const { facts } = parse(text);
    expect(Object.entries(facts)).toEqual([
      ['region', { value: 'emea' }],
      ['urgent', { value: true }],
      ['rate', { value: 5, numberText: '5.0' }],
      ['delta', { value: -3, numberText: '-3' }],
      ['constructor', { value: 1, numberText: '1' }],
    ]);
    expect(parse(MINIMAL).facts['constructor']).toBeUndefined();
  });

  it('reads evidence as a digest or as a token with the digest of its bytes', () => {
    expect(parse({ ...MINIMAL, authorization_evidence: ACTION_DIGEST }).evidence).toEqual({
      kind: 'digest',
      digest: ACTION_DIGEST,
    });
    const compact = 'eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJpZHAifQ.c2ln';
    expect(parse({ ...MINIMAL, authorization_evidence: compact }).evidence).toEqual({
      kind: 'jws',
      digest: `sha256:${createHash('sha256').update(compact).digest('hex')}`,
      compact,
    });
  });

  it('reads an action digest', () => {
    expect(parse({ ...MINIMAL, action_digest: ACTION_DIGEST }).actionDigest).toBe(ACTION_DIGEST);
  });

  it('takes a body of exactly 16 KiB', () => {
    const padding = ' '.repeat(REQUEST_BYTES_MAX - EXAMPLE.length);
    expect(parse(EXAMPLE + padding).partnerId).toBe('northstar_controls');
  });
});

describe('the request hash', () => {
  it('is of the body as sent, whatever its spaces and the order of its members', () => {
    const reordered = JSON.parse(EXAMPLE) as object;
    const reversed = Object.fromEntries(Object.entries(reordered).reverse());
    const hash = parse(EXAMPLE).requestHash;
    expect(parse(JSON.stringify(reversed, null, 2)).requestHash).toBe(hash);
  });

  it('is of the text before normalisation', () => {
    expect(parse({ ...MINIMAL, gate_type: 'Threshold Gate' }).requestHash).not.toBe(
      parse(MINIMAL).requestHash,
    );
  });

  it('leaves out the evidence at the top level, and only there', () => {
    const hash = parse(MINIMAL).requestHash;
    expect(parse({ ...MINIMAL, authorization_evidence: ACTION_DIGEST }).requestHash).toBe(hash);
    expect(parse(withContext({ facts: { authorization_evidence: 'x' } })).requestHash).not.toBe(
      hash,
    );
  });

  it('reads a number by its value, as the host does', () => {
    expect(parse(withAmount('750000.50')).requestHash).toBe(
      parse(withAmount('750000.5')).requestHash,
    );
  });

  it('can be made by another SHA-256', () => {
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    expect(parseCheckRequest(utf8(EXAMPLE), { sha256 })).toEqual(parse(EXAMPLE));
  });
});

const LONG = 'x'.repeat(129);
const CANARY = 'canary9f31';

describe('what is refused', () => {
  const fields: [string, unknown, string][] = [
    ['no object', [], ''],
    ['text', '"text"', ''],
    ['null', 'null', ''],
    ['context missing', { ...MINIMAL, context: undefined }, 'context'],
    ['context null', { ...MINIMAL, context: null }, 'context'],
    ['context a list', { ...MINIMAL, context: [] }, 'context'],
    ...['partner_id', 'gate_type', 'system_scope', 'external_reference'].flatMap(
      (name): [string, unknown, string][] => [
        [`${name} missing`, { ...MINIMAL, [name]: undefined }, name],
        [`${name} null`, { ...MINIMAL, [name]: null }, name],
        [`${name} empty`, { ...MINIMAL, [name]: '' }, name],
        [`${name} a number`, { ...MINIMAL, [name]: 1 }, name],
        [`${name} an object`, { ...MINIMAL, [name]: {} }, name],
        [`${name} too long`, { ...MINIMAL, [name]: LONG }, name],
      ],
    ),
    ...['authorization_status', 'authorization_reference', 'authorization_source'].flatMap(
      (name): [string, unknown, string][] => [
        [`${name} missing`, withContext({ [name]: undefined }), `context.${name}`],
        [`${name} null`, withContext({ [name]: null }), `context.${name}`],
        [`${name} empty`, withContext({ [name]: '' }), `context.${name}`],
        [`${name} too long`, withContext({ [name]: LONG }), `context.${name}`],
      ],
    ),
    ['label of spaces', { ...MINIMAL, gate_type: '   ' }, 'gate_type'],
    ['label with a dash first', { ...MINIMAL, gate_type: '-gate' }, 'gate_type'],
    ['label with a digit first', { ...MINIMAL, gate_type: '1gate' }, 'gate_type'],
    ['label with an umlaut', { ...MINIMAL, gate_type: 'prüfung' }, 'gate_type'],
    ['label with a Kelvin sign', { ...MINIMAL, gate_type: '\u212Aelvin' }, 'gate_type'],
    ['label with a no-break space', { ...MINIMAL, gate_type: 'a\u00A0b' }, 'gate_type'],
    ['label with a tab', { ...MINIMAL, gate_type: 'a\tb' }, 'gate_type'],
    ['label of 65 letters', { ...MINIMAL, gate_type: 'z'.repeat(65) }, 'gate_type'],
    [
      'reference with a control',
      { ...MINIMAL, external_reference: 'a\u0000b' },
      'external_reference',
    ],
    ['reference with DEL', { ...MINIMAL, external_reference: 'a\u007F' }, 'external_reference'],
    ['reference with C1', { ...MINIMAL, external_reference: 'a\u0085' }, 'external_reference'],
    ['129 emoji', { ...MINIMAL, external_reference: '😀'.repeat(129) }, 'external_reference'],
    ['case_id empty', { ...MINIMAL, case_id: '' }, 'case_id'],
    ['case_id null', { ...MINIMAL, case_id: null }, 'case_id'],
    ['decision_type empty', { ...MINIMAL, decision_type: '' }, 'decision_type'],
    ['owner an address', { ...MINIMAL, decision_owner: 'ann@bank.example' }, 'decision_owner'],
    ['owner a person', { ...MINIMAL, decision_owner: 'Ann Miller' }, 'decision_owner'],
    ['owner null', { ...MINIMAL, decision_owner: null }, 'decision_owner'],
    ['owner no label', { ...MINIMAL, decision_owner: '7th' }, 'decision_owner'],
    ['amount a string', { ...MINIMAL, decision_size_usd: '5' }, 'decision_size_usd'],
    ['amount null', { ...MINIMAL, decision_size_usd: null }, 'decision_size_usd'],
    ['amount negative', withAmount('-1'), 'decision_size_usd'],
    ['amount of 3 fraction digits', withAmount('1.005'), 'decision_size_usd'],
    ['amount of 14 digits', withAmount('12345678901234'), 'decision_size_usd'],
    [
      'digest in capitals',
      { ...MINIMAL, action_digest: ACTION_DIGEST.toUpperCase() },
      'action_digest',
    ],
    ['digest too short', { ...MINIMAL, action_digest: 'sha256:9f' }, 'action_digest'],
    ['digest a number', { ...MINIMAL, action_digest: 1 }, 'action_digest'],
    ['evidence empty', { ...MINIMAL, authorization_evidence: '' }, 'authorization_evidence'],
    ['evidence null', { ...MINIMAL, authorization_evidence: null }, 'authorization_evidence'],
    [
      'evidence of two parts',
      { ...MINIMAL, authorization_evidence: 'a.b' },
      'authorization_evidence',
    ],
    ['evidence unsigned', { ...MINIMAL, authorization_evidence: 'a.b.' }, 'authorization_evidence'],
    ['evidence padded', { ...MINIMAL, authorization_evidence: 'a=.b.c' }, 'authorization_evidence'],
    [
      'evidence too long',
      { ...MINIMAL, authorization_evidence: `a.${'b'.repeat(EVIDENCE_CHARACTERS_MAX)}.c` },
      'authorization_evidence',
    ],
    ['unknown member', { ...MINIMAL, amount: 1 }, 'amount'],
    ['unknown context member', withContext({ approver: 'x' }), 'context.approver'],
    ['__proto__', `{"__proto__":{},${EXAMPLE.slice(1)}`, '__proto__'],
    ['facts a list', withContext({ facts: [] }), 'context.facts'],
    ['facts null', withContext({ facts: null }), 'context.facts'],
    [
      '17 facts',
      withContext({
        facts: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`f${n}`, n])),
      }),
      'context.facts',
    ],
    ['fact null', withContext({ facts: { region: null } }), 'context.facts.region'],
    ['fact empty', withContext({ facts: { region: '' } }), 'context.facts.region'],
    ['fact too long', withContext({ facts: { region: LONG } }), 'context.facts.region'],
    ['fact a list', withContext({ facts: { region: [] } }), 'context.facts.region'],
    ['fact no label', withContext({ facts: { Region: 'x' } }), 'context.facts.Region'],
  ];

  it.each(fields)('%s', (_about, body, field) => {
    const error = errorOf(body);
    expect(error.code).toBe('ERR_REQUEST_FIELD');
    expect(error.field ?? '').toBe(field);
    if (field !== '') expect(error.message).toContain(field);
  });

  it.each([
    ['ERR_JSON_SYNTAX', '{'],
    ['ERR_JSON_DUPLICATE_KEY', '{"a":1,"a":1}'],
    ['ERR_JSON_NUMBER', withAmount('1e3')],
    ['ERR_JSON_NUMBER', withAmount('-0')],
    ['ERR_JSON_NUMBER', withAmount('9007199254740993')],
    ['ERR_JSON_DEPTH', '{"context":{"facts":{"a":{"b":{}}}}}'],
    ['ERR_JSON_UNICODE', '{"a":"\\ud800"}'],
  ])('passes %s on', (code, text) => {
    expect(errorOf(text).code).toBe(code);
  });

  it('a body over 16 KiB, before it is read', () => {
    expect(errorOf('x'.repeat(REQUEST_BYTES_MAX + 1)).code).toBe('ERR_REQUEST_TOO_LARGE');
  });

  it('shows a member name only if it reads like one', () => {
    const unusual = 'a member with an unusual name';
    expect(errorOf({ ...MINIMAL, 'two words': 1 }).field).toBe(unusual);
    expect(errorOf({ ...MINIMAL, [`n${'4'.repeat(16)}`]: 1 }).field).toBe(unusual);
    expect(errorOf({ ...MINIMAL, ['n'.repeat(65)]: 1 }).field).toBe(unusual);
    const duplicate = errorOf('{"two words":1,"two words":1}');
    expect(duplicate.field).toBe(unusual);
    expect(errorOf('{"gate":1,"gate":1}').field).toBe('gate');
  });

  it('tells an owner with a name to use a role', () => {
    expect(errorOf({ ...MINIMAL, decision_owner: 'Ann Miller' }).message).toContain('role');
  });

  it('never echoes a value', () => {
    const texts = [`${CANARY}\u0007`, `${CANARY}@x`, `${CANARY} x`, `1${CANARY}`, `${CANARY}é`];
    for (const text of texts.flatMap((value) => [value, value.repeat(14)])) {
      for (const name of [...Object.keys(MINIMAL), 'decision_type', 'decision_owner', 'case_id']) {
        for (const body of [
          { ...MINIMAL, [name]: text },
          { ...MINIMAL, [name]: [text] },
        ]) {
          try {
            parse(body);
          } catch (error) {
            expect(String(error)).not.toContain(CANARY);
          }
        }
      }
    }
  });
});

describe('hundredths', () => {
  it('are exact for every amount that has the form', () => {
    const amounts = fc.tuple(fc.integer({ min: 0, max: 9_999_999_999_999 }), fc.nat(99));
    fc.assert(
      fc.property(amounts, ([whole, fraction]) => {
        const text = `${whole}.${String(fraction).padStart(2, '0')}`;
        expect(parseHundredths(text)).toBe(Number(BigInt(whole) * 100n + BigInt(fraction)));
      }),
    );
  });

  it.each(['', '01', '-1', '1.', '.5', '1.234', '1e2', '12345678901234', ' 1', '1 ', '+1'])(
    'are not made from %j',
    (text) => {
      expect(parseHundredths(text)).toBeUndefined();
    },
  );
});

it('answers any JSON with a request or an error of the catalogue', () => {
  const member = fc.constantFrom(
    ...Object.keys(MINIMAL),
    'decision_owner',
    'decision_size_usd',
    'case_id',
    'facts',
    'x',
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string(), fc.constant(MINIMAL.context));
  fc.assert(
    fc.property(fc.dictionary(member, value), fc.boolean(), (changes, isComplete) => {
      const body = isComplete ? { ...MINIMAL, ...changes } : changes;
      try {
        expect(parse(body).requestHash).toMatch(/^sha256:[0-9a-f]{64}$/);
      } catch (error) {
        if (!(error instanceof CratonError)) throw error;
        expect(error.code).toMatch(/^ERR_(REQUEST|JSON)_/);
      }
    }),
    { numRuns: 500 },
  );
});

const GOLDEN = new URL('../../../spec/vectors/golden/', import.meta.url);

describe('golden cases', () => {
  interface Golden {
    readonly input: { readonly receipt_type: string; readonly body_text?: string };
    readonly expected: { readonly request_hash?: string };
  }
  const cases = readdirSync(GOLDEN)
    .map((name): [string, Golden] => [
      name,
      JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8')) as Golden,
    ])
    .filter(([, { input }]) => input.body_text !== undefined);

  it('are there', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  it.each(cases)('%s has its request hash', (_name, { input, expected }) => {
    expect(parse(input.body_text).requestHash).toBe(expected.request_hash);
  });
});

const SHARED = new URL('../../../../shared/vectors/golden/golden.json', import.meta.url);

it.skipIf(!existsSync(SHARED))('the cases given beside the project have their request hash', () => {
  const { cases } = JSON.parse(readFileSync(SHARED, 'utf8')) as {
    cases: { body_text: string; request_hash: string }[];
  };
  expect(cases.length).toBe(3);
  for (const { body_text, request_hash } of cases) {
    expect(parse(body_text).requestHash).toBe(request_hash);
  }
});
