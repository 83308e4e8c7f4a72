/** A check request from flags. */
import { utf8 } from '@craton/protocol';
import { usageFailure } from '../failure.ts';

/** Flags as typed; which ones are needed the boundary's own rules say. */
export interface RequestFlags {
  readonly partner?: string;
  readonly gate?: string;
  readonly system?: string;
  readonly reference?: string;
  readonly authorizationStatus?: string;
  readonly authorizationReference?: string;
  readonly authorizationSource?: string;
  readonly decisionType?: string;
  readonly owner?: string;
  readonly amount?: string;
  readonly case?: string;
  readonly actionDigest?: string;
  readonly fact?: readonly string[];
}

const AMOUNT = /^(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?$/;

/** True if any flag was given that a request is made from. */
export function hasRequestFlags(flags: RequestFlags): boolean {
  return Object.values(requestMembers(flags)).some((value) => value !== undefined);
}

/** The body for the flags given. Members without a flag are absent. */
export function composeRequest(flags: RequestFlags): Uint8Array {
  return utf8(JSON.stringify(requestMembers(flags)));
}

function requestMembers(flags: RequestFlags): Record<string, unknown> {
  const context = {
    authorization_status: flags.authorizationStatus,
    authorization_reference: flags.authorizationReference,
    authorization_source: flags.authorizationSource,
    facts: flags.fact === undefined ? undefined : Object.fromEntries(flags.fact.map(parseFact)),
  };
  const isEmpty = Object.values(context).every((value) => value === undefined);
  return {
    partner_id: flags.partner,
    gate_type: flags.gate,
    system_scope: flags.system,
    decision_type: flags.decisionType,
    decision_owner: flags.owner,
    decision_size_usd: flags.amount === undefined ? undefined : parseAmount(flags.amount),
    case_id: flags.case,
    external_reference: flags.reference,
    action_digest: flags.actionDigest,
    context: isEmpty ? undefined : context,
  };
}

/** At most 15 digits, so the number and its text are the same value. */
function parseAmount(text: string): number {
  if (AMOUNT.test(text)) return Number(text);
  throw usageFailure('An amount reads 750000 or 750000.50, in US dollars.');
}

/** `name=value`; a value that is JSON (`5`, `true`, `"5"`) is taken as that, else as text. */
function parseFact(text: string): [string, unknown] {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw usageFailure('A fact reads name=value, for example region=eu.');
  return [name, /^(?:true|false|-?[0-9]+(?:\.[0-9]+)?|".*")$/s.test(value) ? json(value) : value];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
