/** Starting policies for the recommended gate types and decision types. */
import type { Obligation } from '@craton/protocol';
import type { FactDeclaration, Rule } from '../path-document.ts';

/** The number by which a preset tells small from large. */
export interface Measure {
  /** As conditions name it. */
  readonly member: string;
  readonly unit: 'usd_cents' | 'minutes' | 'records' | 'points';
  /** Defaults, in `unit`. */
  readonly allowUpTo: number;
  readonly constrainUpTo: number;
  /** Reason when the request does not carry it. */
  readonly missingReason: string;
  readonly obligation: Obligation;
}

export interface Preset {
  readonly id: string;
  readonly title: string;
  /** One sentence: for which actions. */
  readonly about: string;
  readonly gateType: string;
  readonly decisionType: string;
  readonly facts: readonly FactDeclaration[];
  readonly measure?: Measure;
  readonly rules: readonly Rule[];
}

/** Limits that replace the defaults of a preset's measure, in its unit. */
export interface PresetLimits {
  readonly allow_up_to?: number;
  readonly constrain_up_to?: number;
}

const DUAL_CONTROL: Obligation = { type: 'dual_control', approvals: 2 };
const AMOUNT = 'request.decision_size_usd_cents';

const flag = (name: string): FactDeclaration => ({ name, type: 'boolean', required: false });
const integer = (name: string, max?: number): FactDeclaration => ({
  name,
  type: 'integer',
  required: false,
  min: 0,
  ...(max !== undefined && { max }),
});

const AUTHORIZATION: Rule = {
  id: 'authorization',
  when: 'authority.status != "present"',
  verdict: 'reject',
  reason: 'authorization_missing',
};

/** Rejects unless the host states the fact as true. */
const demands = (id: string, fact: string, reason: string): Rule => ({
  id,
  when: `!has(facts.${fact}) || !facts.${fact}`,
  verdict: 'reject',
  reason,
});

const approved = (reason: string): Rule => ({
  id: 'approved',
  when: 'authority.status == "present"',
  verdict: 'allow',
  reason,
});

const amount = (allowUpTo: number, constrainUpTo: number): Measure => ({
  member: AMOUNT,
  unit: 'usd_cents',
  allowUpTo,
  constrainUpTo,
  missingReason: 'amount_required',
  obligation: DUAL_CONTROL,
});

/** All presets; the recommender and the wizard offer these and nothing else. */
export const PRESETS: readonly Preset[] = [
  {
    id: 'threshold',
    title: 'Amount threshold',
    about: 'An action whose amount decides how much approval it needs.',
    gateType: 'threshold_gate',
    decisionType: 'threshold_execution_request',
    facts: [],
    measure: amount(50_000_000, 100_000_000),
    rules: [AUTHORIZATION],
  },
  {
    id: 'privileged_access',
    title: 'Privileged access',
    about: 'A person or a program gets rights that ordinary work does not need.',
    gateType: 'privileged_access_gate',
    decisionType: 'privileged_access_request',
    facts: [integer('access_minutes')],
    measure: {
      member: 'facts.access_minutes',
      unit: 'minutes',
      allowUpTo: 60,
      constrainUpTo: 480,
      missingReason: 'duration_required',
      obligation: { type: 'session_recording' },
    },
    rules: [AUTHORIZATION],
  },
  {
    id: 'counterparty_release',
    title: 'Counterparty release',
    about: 'Money, goods or rights go to another party and do not come back by themselves.',
    gateType: 'counterparty_release_gate',
    decisionType: 'counterparty_release_request',
    facts: [flag('counterparty_screened')],
    measure: amount(25_000_000, 100_000_000),
    rules: [
      AUTHORIZATION,
      demands('screening', 'counterparty_screened', 'counterparty_not_screened'),
    ],
  },
  {
    id: 'data_export',
    title: 'Data export',
    about: 'Records leave the system in which they are protected.',
    gateType: 'data_export_gate',
    decisionType: 'data_export_request',
    facts: [integer('record_count'), flag('contains_personal_data')],
    measure: {
      member: 'facts.record_count',
      unit: 'records',
      allowUpTo: 1_000,
      constrainUpTo: 100_000,
      missingReason: 'record_count_required',
      obligation: DUAL_CONTROL,
    },
    rules: [
      AUTHORIZATION,
      {
        id: 'personal-data',
        when: '!has(facts.contains_personal_data) || facts.contains_personal_data',
        verdict: 'constrain',
        reason: 'personal_data',
        obligations: [{ type: 'redaction_review' }],
      },
    ],
  },
  {
    id: 'deployment_approval',
    title: 'Deployment approval',
    about: 'A change goes live in a system that others depend on.',
    gateType: 'deployment_approval_gate',
    decisionType: 'deployment_approval_request',
    facts: [flag('tests_passed'), flag('rollback_prepared'), flag('change_freeze')],
    rules: [
      AUTHORIZATION,
      demands('tests', 'tests_passed', 'tests_not_passed'),
      approved('deployment_approved'),
      {
        id: 'no-rollback',
        when: '!has(facts.rollback_prepared) || !facts.rollback_prepared',
        verdict: 'constrain',
        reason: 'rollback_not_prepared',
        obligations: [DUAL_CONTROL],
      },
      {
        id: 'freeze',
        when: 'has(facts.change_freeze) && facts.change_freeze',
        verdict: 'reject',
        reason: 'change_freeze',
      },
    ],
  },
  {
    id: 'manual_override',
    title: 'Manual override',
    about: 'A person sets aside what a system decided or would prevent.',
    gateType: 'manual_override_gate',
    decisionType: 'manual_override_request',
    facts: [flag('emergency')],
    rules: [
      AUTHORIZATION,
      {
        id: 'owner',
        when: '!has(request.decision_owner)',
        verdict: 'reject',
        reason: 'owner_required',
      },
      {
        id: 'override',
        when: 'authority.status == "present"',
        verdict: 'constrain',
        reason: 'override_under_control',
        obligations: [DUAL_CONTROL],
      },
      {
        id: 'emergency',
        when: 'has(facts.emergency) && facts.emergency',
        verdict: 'constrain',
        reason: 'emergency_override',
        obligations: [{ type: 'review_afterwards', within_hours: 24 }],
      },
    ],
  },
  {
    id: 'risk_escalation',
    title: 'Risk escalation',
    about: 'A score decides whether a program may go on or a person must look.',
    gateType: 'risk_escalation_gate',
    decisionType: 'risk_score_escalation',
    facts: [integer('risk_score', 100)],
    measure: {
      member: 'facts.risk_score',
      unit: 'points',
      allowUpTo: 40,
      constrainUpTo: 70,
      missingReason: 'risk_score_required',
      obligation: { type: 'human_review' },
    },
    rules: [AUTHORIZATION],
  },
  {
    id: 'cross_system_handoff',
    title: 'Cross-system hand-off',
    about: 'One system hands work or control to another of the same organisation.',
    gateType: 'cross_system_handoff_gate',
    decisionType: 'cross_system_handoff',
    facts: [flag('target_ready'), flag('reversible')],
    rules: [
      AUTHORIZATION,
      demands('target', 'target_ready', 'target_not_ready'),
      approved('handoff_approved'),
      {
        id: 'one-way',
        when: '!has(facts.reversible) || !facts.reversible',
        verdict: 'constrain',
        reason: 'handoff_not_reversible',
        obligations: [DUAL_CONTROL],
      },
    ],
  },
  {
    id: 'cross_org_handoff',
    title: 'Cross-organisation hand-off',
    about: 'Work, data or control goes to a system of another organisation.',
    gateType: 'cross_org_handoff_gate',
    decisionType: 'cross_org_handoff',
    facts: [flag('agreement_active'), flag('recipient_confirmed')],
    rules: [
      AUTHORIZATION,
      demands('agreement', 'agreement_active', 'agreement_not_active'),
      approved('handoff_approved'),
      {
        id: 'recipient',
        when: '!has(facts.recipient_confirmed) || !facts.recipient_confirmed',
        verdict: 'constrain',
        reason: 'recipient_not_confirmed',
        obligations: [{ type: 'recipient_confirmation' }],
      },
    ],
  },
];

/** The preset with this id, if there is one. */
export function findPreset(id: string): Preset | undefined {
  return PRESETS.find((preset) => preset.id === id);
}

/** The preset of a recommended gate type, if the label is one. */
export function presetOfGateType(gateType: string): Preset | undefined {
  return PRESETS.find((preset) => preset.gateType === gateType);
}

/** The rules of a preset, with its own limits or with these. */
export function presetRules(preset: Preset, limits: PresetLimits = {}): readonly Rule[] {
  const { measure } = preset;
  return measure === undefined ? preset.rules : [...preset.rules, ...tiers(measure, limits)];
}

function tiers(measure: Measure, limits: PresetLimits): readonly Rule[] {
  const { member, missingReason, obligation } = measure;
  const allowed = limits.allow_up_to ?? measure.allowUpTo;
  // A raised lower limit alone must not leave a gap below the upper one.
  const constrained = limits.constrain_up_to ?? Math.max(measure.constrainUpTo, allowed);
  const guard = `has(${member}) && ${member}`;
  return [
    { id: 'measure', when: `!has(${member})`, verdict: 'reject', reason: missingReason },
    {
      id: 'within-limit',
      when: `${guard} <= ${allowed}`,
      verdict: 'allow',
      reason: 'within_limit',
    },
    {
      id: 'above-limit',
      when: `${guard} > ${allowed} && ${member} <= ${constrained}`,
      verdict: 'constrain',
      reason: `${obligation.type}_required`,
      obligations: [obligation],
    },
    {
      id: 'over-limit',
      when: `${guard} > ${constrained}`,
      verdict: 'reject',
      reason: 'over_limit',
    },
  ];
}
