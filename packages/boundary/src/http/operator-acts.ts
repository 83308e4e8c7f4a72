/** What the forms of a rollout's page do: the same commands as the API, with the same refusals. */
import { GATE_IDS, GATE_ROLES } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import {
  acknowledge,
  approveGate,
  type GateDecision,
  rejectGate,
  requestChanges,
} from '../rollout/decide-gate.ts';
import { deployRollout } from '../rollout/deploy-rollout.ts';
import { evaluateRollout } from '../rollout/evaluate-criteria.ts';
import type { OperatorIdentity, RolloutPorts } from '../rollout/ports.ts';
import { stageRollout } from '../rollout/stage-rollout.ts';
import { testIncidentChannel } from '../rollout/test-channel.ts';
import { rollBack, suspendPath } from '../rollout/undo-deployment.ts';

/** Filled fields by name. */
export type SentForm = Readonly<Partial<Record<string, string>>>;

export interface AskedAct {
  readonly rolloutId: string;
  readonly form: SentForm;
  readonly who: OperatorIdentity;
}

export interface OperatorAct {
  readonly scope: 'review' | 'deploy';
  /** Names of its fields. */
  readonly fields: readonly string[];
  /** Answers why it was not done; nothing: it was done. */
  readonly run: (ports: RolloutPorts, asked: AskedAct) => Promise<readonly string[]>;
  /** Where on the page a member is asked for. */
  readonly placeOf?: (member: string, form: string) => string | undefined;
}

const DECISIONS = {
  approve: approveGate,
  reject: rejectGate,
  'request-changes': requestChanges,
} as const;

const DONE: readonly string[] = [];

const reasonPlace = (member: string, form: string) =>
  member === 'reason' ? `${form}-reason` : undefined;

const undoing = (undo: typeof rollBack): OperatorAct => ({
  scope: 'deploy',
  fields: ['reason'],
  placeOf: reasonPlace,
  run: async (ports, { rolloutId, form, who }) => {
    const reason = demandText(form, 'reason', 'Say why: the record holds it.');
    const { isDone } = await undo(ports, { rolloutId, actor: who.person, reason });
    return isDone ? DONE : ['state_does_not_allow'];
  },
});

/** By the last part of their address. */
export const OPERATOR_ACTS: Readonly<Record<string, OperatorAct>> = {
  decide: {
    scope: 'review',
    fields: ['gate', 'role', 'packet_digest', 'scope_digest', 'reason', 'decision'],
    placeOf: reasonPlace,
    run: async (ports, { rolloutId, form, who }) => {
      const { decision = '' } = form;
      const decide = isDecision(decision) ? DECISIONS[decision] : undefined;
      if (decide === undefined) throw unknown('decision');
      await decide(ports, { rolloutId, person: who.person, ...decisionOf(form) });
      return DONE;
    },
  },
  evaluate: {
    scope: 'review',
    fields: [],
    run: async (ports, { rolloutId, who }) => {
      await evaluateRollout(ports, { rolloutId, actor: who.person });
      return DONE;
    },
  },
  'test-channel': {
    scope: 'review',
    fields: [],
    run: async (ports, { rolloutId, who }) => {
      const { delivered, code } = await testIncidentChannel(ports, {
        rolloutId,
        actor: who.person,
      });
      return delivered ? DONE : [code];
    },
  },
  acknowledge: {
    scope: 'review',
    fields: [],
    run: async (ports, { rolloutId, who: { person } }) => {
      await acknowledge(ports, { rolloutId, person, subject: 'rollback_owner', by: 'session' });
      return DONE;
    },
  },
  stage: {
    scope: 'deploy',
    fields: [],
    run: async (ports, { rolloutId, who }) => {
      await stageRollout(ports, who, rolloutId);
      return DONE;
    },
  },
  deploy: {
    scope: 'deploy',
    fields: ['confirm_path_id'],
    placeOf: (member) => (member === 'confirm_path_id' ? 'deploy-path' : undefined),
    run: async (ports, { rolloutId, form, who }) => {
      const hint = 'Type the name of the path, to the letter.';
      const confirmedPathId = demandText(form, 'confirm_path_id', hint);
      const { isDone, codes } = await deployRollout(ports, who, { rolloutId, confirmedPathId });
      return isDone ? DONE : codes;
    },
  },
  rollback: undoing(rollBack),
  suspend: undoing(suspendPath),
};

function isDecision(text: string): text is keyof typeof DECISIONS {
  return Object.hasOwn(DECISIONS, text);
}

function decisionOf(form: SentForm): Omit<GateDecision, 'rolloutId' | 'person'> {
  const { packet_digest: packetDigest = '', scope_digest: scopeDigest = '', reason } = form;
  const gate = GATE_IDS.find((id) => id === form['gate']);
  const role = GATE_ROLES.find((name) => name === form['role']);
  if (gate === undefined) throw unknown('gate');
  if (role === undefined) throw unknown('role');
  return { gate, role, packetDigest, scopeDigest, ...(reason !== undefined && { reason }) };
}

function demandText(form: SentForm, field: string, message: string): string {
  const text = form[field];
  if (text !== undefined) return text;
  throw new CratonError('ERR_REQUEST_FIELD', message, { field });
}

function unknown(field: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', `${field} is none that is known here.`, { field });
}
