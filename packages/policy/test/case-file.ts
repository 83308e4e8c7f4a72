/** The form of decision case files: checked, so that a misspelt expectation cannot go unnoticed. */
import { type JsonObject, type JsonValue, Members, parseStrict, utf8 } from '@craton/protocol';

export interface DecisionCase {
  readonly name: string;
  /** Names of the live paths, from `paths` of the file. */
  readonly paths: readonly string[];
  /** Body text of the request. */
  readonly request: string;
  readonly authority?: JsonObject;
  readonly windows?: JsonObject;
  readonly reference_reused?: boolean;
  readonly evaluated_at?: string;
  readonly expected: {
    readonly error?: { readonly code: string; readonly field?: string };
    readonly verdict?: string;
    readonly reasons?: readonly string[];
    readonly obligations?: readonly JsonObject[];
    readonly enforcement?: string;
    readonly expires_at?: string;
    /** Without policy_digest, which is that of the matched document. */
    readonly snapshot?: JsonObject;
    readonly ledger?: JsonObject;
    /** Null: there must be none. Absent: not looked at. */
    readonly needs?: JsonValue;
    /** Members of the opening, each compared as a whole. */
    readonly opening?: JsonObject;
  };
}

export interface CaseFile {
  readonly about: string;
  readonly source: string;
  readonly paths: JsonObject;
  readonly cases: readonly DecisionCase[];
}

export function parseCaseFile(text: string): CaseFile {
  const value = parseStrict(utf8(text), { numbers: 'safe', depthMax: 12 });
  const file = Members.of(value, '', 'ERR_FORMAT');
  file.only('about', 'source', 'paths', 'cases');
  file.text('about');
  file.text('source');
  const paths = file.members('paths').object;
  const names = new Set<string>();
  file.list('cases').forEach((item, index) => {
    const name = checkCase(Members.of(item, `cases[${index}]`, 'ERR_FORMAT'), paths);
    if (names.has(name)) throw new Error(`The name "${name}" is there twice.`);
    names.add(name);
  });
  return value as unknown as CaseFile;
}

function checkCase(item: Members, paths: JsonObject): string {
  item.only(
    'name',
    'paths',
    'request',
    'authority',
    'windows',
    'reference_reused',
    'evaluated_at',
    'expected',
  );
  item.textList('paths', (name) => Object.hasOwn(paths, name));
  item.text('request');
  const expected = item.members('expected');
  if (expected.has('error')) {
    expected.only('error');
    expected.members('error').only('code', 'field');
    expected.members('error').text('code', (code) => code.startsWith('ERR_'));
  } else {
    checkDecision(expected);
  }
  return item.text('name');
}

function checkDecision(expected: Members): void {
  expected.only(
    'verdict',
    'reasons',
    'obligations',
    'enforcement',
    'expires_at',
    'snapshot',
    'ledger',
    'needs',
    'opening',
  );
  expected.oneOf('verdict', ['allow', 'constrain', 'reject']);
  expected.textList('reasons');
  expected.list('obligations');
  expected.oneOf('enforcement', ['enforce', 'observe']);
  expected.text('expires_at');
}
