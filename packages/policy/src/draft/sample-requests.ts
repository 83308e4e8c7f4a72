/** Values at which the rules of a path can change their mind, and requests made of them. */
import {
  type AuthorityClass,
  CratonError,
  type JsonObject,
  type Opening,
  VERDICTS,
} from '@craton/protocol';
import { evaluate } from '../evaluate.ts';
import type { LoadedPath } from '../load-path.ts';
import { ANY, type FactDeclaration, hundredthsOf } from '../path-document.ts';
import { type Comparison, comparisonsOf, type Literal, nodesOf } from './condition-tree.ts';
import { type Assumptions, assumedOpening } from './dry-run.ts';

/** US cents of the largest amount that a request can carry. */
export const AMOUNT_CENTS_MAX = 999_999_999_999_999;
/** Thresholds of the amount that are looked at; a path with more has a map that says so. */
export const THRESHOLDS_MAX = 256;
const CANDIDATES_MAX = 16;
const SEARCH_PASSES = 2;
/** Amounts at which two samples are compared. */
const SEVERITY_AMOUNTS_MAX = 16;
/** Conditions that one search evaluates at most, so that a long policy cannot hold a server up. */
const CONDITIONS_MAX = 30_000;
/** Code points that a text of a request can have, as amounts. */
const LENGTHS = Array.from({ length: 129 }, (_, length) => length);
const AMOUNT = 'request.decision_size_usd_cents';

type SampleValue = string | number | boolean;
/** Values of the members that are no amount, by their names in conditions; absent where optional. */
export type Sample = ReadonlyMap<string, SampleValue>;

interface Choice {
  readonly member: string;
  /** `undefined`: the member is left out. */
  readonly candidates: readonly (SampleValue | undefined)[];
}

/** What the rules of a path compare. */
export class SampleSpace {
  readonly #path: LoadedPath;
  readonly #comparisons: readonly Comparison[];
  readonly #assumed: Assumptions;
  readonly #literalAmounts: readonly number[];
  /** Members that the amount is compared with. */
  readonly #comparedMembers: readonly string[];
  #conditionsLeft = CONDITIONS_MAX;
  #choices: readonly Choice[] | undefined;
  #favourable: Sample | undefined;

  constructor(path: LoadedPath, assumed: Assumptions) {
    this.#path = path;
    this.#assumed = assumed;
    this.#comparisons = path.rules.flatMap(({ condition }) =>
      Array.from(comparisonsOf(condition.ast)),
    );
    const ofAmount = this.#comparisons.filter(({ member }) => member === AMOUNT);
    // A length can be compared with an amount too; no text of a request or a rule is longer.
    const lengths = comparesLengths(path) ? LENGTHS : [];
    this.#literalAmounts = [...ofAmount.flatMap(({ literals }) => literals), ...lengths].flatMap(
      amountsAt,
    );
    this.#comparedMembers = ofAmount.flatMap(({ members }) => members);
  }

  /** The body of a check request; `amountCents` undefined leaves the amount out. */
  body(sample: Sample, amountCents: number | undefined, externalReference: string): JsonObject {
    const { partner_id, gate_type, system_scope } = this.#path.document;
    const text = (member: string, otherwise: string) => String(sample.get(member) ?? otherwise);
    const facts = factsOf(this.#path, sample);
    return {
      partner_id,
      gate_type,
      system_scope,
      ...optional('decision_type', sample.get('request.decision_type')),
      ...optional('decision_owner', sample.get('request.decision_owner')),
      ...(amountCents !== undefined && { decision_size_usd: amountCents / 100 }),
      external_reference: externalReference,
      context: {
        authorization_status: text('authority.status', 'present'),
        authorization_reference: 'example-approval',
        authorization_source: text('authority.source', 'approval_workflow'),
        ...(Object.keys(facts).length > 0 && { facts }),
      },
    };
  }

  /** The opening that a sample leads to; the amount and the class are changed in it afterwards. */
  opening(sample: Sample): Opening {
    return assumedOpening(this.#path, this.body(sample, undefined, 'example'), this.#assumed);
  }

  /**
   * Every amount at which a condition can change between one cent and the next, ascending, given
   * the other values: literals, and what the amount is compared with.
   */
  thresholds(opening: Opening): readonly number[] {
    const others = this.#comparedMembers.map((member) => opening.facts[nameOf(member)]);
    const amounts = new Set([...this.#literalAmounts, ...others.flatMap(amountsAt)]);
    return Array.from(amounts).sort((a, b) => a - b);
  }

  /** Whether the search may go on; trying a path with many rules takes long, and previews are free. */
  spend(amounts: number): boolean {
    this.#conditionsLeft -= amounts * this.#path.rules.length;
    return this.#conditionsLeft > 0;
  }

  /** The values for which the path is mildest, as far as trying one member after another finds. */
  favourable(): Sample {
    this.#favourable ??= this.#searchFavourable();
    return this.#favourable;
  }

  #searchFavourable(): Sample {
    const choices = this.choices();
    let sample: Sample = new Map(
      choices.flatMap(({ member, candidates: [first] }): [string, SampleValue][] =>
        first === undefined ? [] : [[member, first]],
      ),
    );
    for (let pass = 0; pass < SEARCH_PASSES; pass++) {
      for (const choice of choices) sample = this.#mildest(sample, choice);
    }
    return sample;
  }

  /** The mildest of a sample and its variations in one member; the first of equals. */
  #mildest(sample: Sample, { member, candidates }: Choice): Sample {
    let best = { sample, severity: this.#severity(sample) };
    for (const candidate of candidates) {
      if (candidate === sample.get(member) || !this.spend(SEVERITY_AMOUNTS_MAX)) continue;
      const other = withMember(sample, member, candidate);
      const severity = this.#severity(other);
      if (severity < best.severity) best = { sample: other, severity };
    }
    return best.sample;
  }

  /**
   * The members that a request can vary, and values worth trying for each, the plainest first. A
   * value that no request may carry, such as a literal of a rule that looks like a card number, is
   * not among them.
   */
  choices(): readonly Choice[] {
    this.#choices ??= this.#allChoices().map(({ member, candidates }) => ({
      member,
      candidates: candidates.filter((one) => this.#isAccepted(withMember(new Map(), member, one))),
    }));
    return this.#choices;
  }

  #allChoices(): readonly Choice[] {
    const { authority, decision_types, facts } = this.#path.document;
    const named = (names: readonly string[]) => names.filter((name) => name !== ANY);
    const sources = named(authority.sources);
    const owners = named(authority.owners);
    const types = named(decision_types);
    return [
      this.#choice('request.decision_type', types.length > 0 ? types : [undefined]),
      this.#choice('request.decision_owner', owners.length > 0 ? owners : [undefined]),
      this.#choice('authority.status', ['present']),
      this.#choice('authority.source', sources.length > 0 ? sources : ['approval_workflow']),
      ...facts.map((fact) => this.#factChoice(fact)),
    ];
  }

  #isAccepted(sample: Sample): boolean {
    try {
      this.opening(sample);
      return true;
    } catch (error) {
      if (error instanceof CratonError) return false;
      throw error;
    }
  }

  #choice(member: string, first: readonly (string | undefined)[]): Choice {
    const compared = this.#literals(member).filter(
      (literal): literal is string =>
        typeof literal === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(literal),
    );
    const otherwise = member === 'request.decision_owner' ? ['operations_owner'] : [];
    return { member, candidates: distinct([...first, ...compared, ...otherwise]) };
  }

  #factChoice(fact: FactDeclaration): Choice {
    const member = `facts.${fact.name}`;
    const candidates = distinct([...factValues(fact, this.#literals(member))]);
    return { member, candidates: fact.required ? candidates : [...candidates, undefined] };
  }

  #literals(member: string): readonly Literal[] {
    return this.#comparisons.flatMap((one) => (one.member === member ? one.literals : []));
  }

  /** Summed over the amounts at which something changes; lower is milder. */
  #severity(sample: Sample): number {
    const opening = this.opening(sample);
    const amounts = [undefined, ...this.thresholds(opening).slice(0, SEVERITY_AMOUNTS_MAX - 1)];
    return amounts
      .map((amount) => evaluate(this.#path, withAmount(opening, amount)).verdict)
      .reduce((sum, verdict) => sum + VERDICTS.indexOf(verdict), 0);
  }
}

function comparesLengths({ rules }: LoadedPath): boolean {
  return rules.some(({ condition }) =>
    Array.from(nodesOf(condition.ast)).some(
      (node) => (node.op === 'call' || node.op === 'rcall') && node.args[0] === 'size',
    ),
  );
}

/** The opening for another amount. */
export function withAmount(opening: Opening, amountCents: number | undefined): Opening {
  const { facts } = opening;
  if (amountCents !== undefined) {
    return { ...opening, facts: { ...facts, decision_size_usd_cents: amountCents } };
  }
  const others = Object.entries(facts).filter(([name]) => name !== 'decision_size_usd_cents');
  return { ...opening, facts: Object.fromEntries(others) };
}

/** The opening for another class of authority. */
export function withClass(opening: Opening, name: AuthorityClass): Opening {
  return { ...opening, authority: { ...opening.authority, class: name } };
}

/** A sample with one member changed or left out. */
export function withMember(sample: Sample, member: string, value: SampleValue | undefined): Sample {
  const changed = new Map(sample);
  if (value === undefined) changed.delete(member);
  else changed.set(member, value);
  return changed;
}

/** Below, at and above a value, as far as they are amounts. */
function amountsAt(value: unknown): readonly number[] {
  const whole = typeof value === 'bigint' ? Number(value) : value;
  if (typeof whole !== 'number' || !Number.isSafeInteger(whole)) return [];
  return [whole - 1, whole, whole + 1].filter((one) => one >= 0 && one <= AMOUNT_CENTS_MAX);
}

function nameOf(member: string): string {
  return member.slice(member.indexOf('.') + 1);
}

function factsOf(path: LoadedPath, sample: Sample): JsonObject {
  return Object.fromEntries(
    path.document.facts.flatMap(({ name }) => {
      const value = sample.get(`facts.${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function optional(name: string, value: SampleValue | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return Array.from(new Set(values)).slice(0, CANDIDATES_MAX);
}

/** Values of a fact that its path accepts, those that rules compare it with first among them. */
function factValues(fact: FactDeclaration, literals: readonly Literal[]): readonly SampleValue[] {
  switch (fact.type) {
    case 'boolean':
      return [true, false];
    case 'string':
      return textValues(literals, fact.max_length);
    case 'integer':
      return wholeValues(literals, fact.min, fact.max);
    case 'decimal2':
      return wholeValues(literals, boundOf(fact.min), boundOf(fact.max))
        .filter((value) => value >= 0)
        .map((value) => value / 100);
  }
}

function boundOf(bound: number | undefined): number | undefined {
  return bound === undefined ? undefined : hundredthsOf(bound);
}

function textValues(literals: readonly Literal[], lengthMax = 128): readonly string[] {
  const texts = literals.filter((one): one is string => typeof one === 'string' && one !== '');
  return [...texts, 'example'.slice(0, lengthMax)].filter((text) => text.length <= lengthMax);
}

/** Near the literals, and the bounds. */
function wholeValues(
  literals: readonly Literal[],
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): readonly number[] {
  const near = literals.flatMap((one) =>
    typeof one === 'bigint' ? [Number(one), Number(one) - 1, Number(one) + 1] : [],
  );
  return [...near, min, 0].filter(
    (value) => Number.isSafeInteger(value) && value >= min && value <= max,
  );
}
