/** Through the four gates: evidence that is measured, approvals by people who are five. */
import { setTimeout as delay } from 'node:timers/promises';
import { CASES, caseReference, checkRequest } from './draft.ts';
import { same, text } from './expect.ts';
import type { Step } from './run-steps.ts';
import type { DemoWorld } from './story.ts';

/** Exit code of `craton rollout` for what is refused as things stand. */
const BLOCKED = 3;
/** Blocked, waiting, inconclusive: as long as a gate is open. */
const UNDER_REVIEW = [BLOCKED, 4, 5];
const EVIDENCE_MS_MAX = 180_000;
const LOOK_AGAIN_MS = 1_000;

export function reviewSteps(world: DemoWorld): Step[] {
  return [
    ...evidenceSteps(world),
    ...firstGates(world),
    ...stagingSteps(world),
    ...lastGates(world),
  ];
}

const nothing = undefined;

function evidenceSteps({ craton, keep, kept }: DemoWorld): Step[] {
  const smoke = (target: string) => async () => {
    await craton.craton('smoke', target, '--env', 'staging', '--record');
    return nothing;
  };
  return [
    {
      id: 'pull',
      title: 'Olga, the operator, takes the packet under review',
      work: async () => {
        const pulled = await craton.craton('rollout', 'pull', kept('draft_id'), '--as', 'olga');
        same('outcome', pulled['outcome'], 'opened');
        keep('rollout', text(pulled, 'rollout_id'));
        return nothing;
      },
    },
    { id: 'smoke_boundary', title: 'The boundary is smoke tested', work: smoke('boundary') },
    {
      id: 'smoke_self_service',
      title: 'Self-service is smoke tested',
      work: smoke('self-service'),
    },
    {
      id: 'leak_search',
      title: 'A child of the same version is searched for secrets that were planted in it',
      work: async () => {
        await craton.craton('leak-search', '--env', 'development', '--record');
        return nothing;
      },
    },
  ];
}

interface Approval {
  readonly gate: string;
  readonly role: string;
  readonly person: string;
}

function approval({ craton, kept }: DemoWorld, { gate, role, person }: Approval): Step {
  return {
    id: `approve_${gate.toLowerCase()}_${role}`,
    title: `${person} approves ${gate} as ${role.replaceAll('_', ' ')}`,
    work: async () => {
      const flags = ['--gate', gate, '--role', role, '--yes', '--as', person.toLowerCase()];
      await craton.craton('rollout', 'approve', kept('rollout'), ...flags);
      return nothing;
    },
  };
}

/** Measures until nothing but approvals is missing at these gates, or fails with what is. */
function evaluation(world: DemoWorld, id: string, gates: readonly string[]): Step {
  return {
    id,
    title: `Everything is measured: nothing but approvals is missing at ${gates.join(' and ')}`,
    work: async () => {
      const endMs = Date.now() + EVIDENCE_MS_MAX;
      for (;;) {
        const open = await openAt(world, gates);
        if (open.length === 0) return nothing;
        // Self-service and the boundary ask each other every few seconds only.
        if (Date.now() > endMs) throw new Error(`Something is missing: ${open.join(', ')}.`);
        await delay(LOOK_AGAIN_MS);
      }
    },
  };
}

/** What is missing besides approvals, of an evaluation at this moment. */
async function openAt(
  { craton, kept }: DemoWorld,
  gates: readonly string[],
): Promise<readonly string[]> {
  const args = ['rollout', 'evaluate', kept('rollout'), '--as', 'olga'];
  const { document } = await craton.run({ args, ends: UNDER_REVIEW });
  const { gates: found } = document['rollout'] as { gates: readonly GateAnswer[] };
  const open = found.filter((gate) => gates.includes(gate.id)).flatMap((gate) => gate.blocked_by);
  return open
    .filter(({ code }) => !code.startsWith('approval_'))
    .map(({ subject, code }) => `${subject}: ${code}`);
}

interface GateAnswer {
  readonly id: string;
  readonly blocked_by: readonly { readonly subject: string; readonly code: string }[];
}

function firstGates(world: DemoWorld): Step[] {
  const { craton, kept } = world;
  return [
    evaluation(world, 'evaluate', ['G1', 'G2']),
    {
      id: 'refuse_without_role',
      title: 'Bo, who holds no role of G1, is refused',
      work: async () => {
        const flags = ['--gate', 'G1', '--role', 'risk_owner', '--yes', '--as', 'bo'];
        const { document } = await craton.run({
          args: ['rollout', 'approve', kept('rollout'), ...flags],
          ends: [BLOCKED],
        });
        same('reasons', String(document['reasons']), 'role_not_held');
        return nothing;
      },
    },
    approval(world, { gate: 'G1', role: 'platform_owner', person: 'Paula' }),
    approval(world, { gate: 'G2', role: 'security_owner', person: 'Samir' }),
    approval(world, { gate: 'G2', role: 'craton_operator', person: 'Olga' }),
  ];
}

function stagingSteps(world: DemoWorld): Step[] {
  const { craton, kept } = world;
  const asked = CASES.map((one) => ({
    id: `staging_${one.name}`,
    title: `Ines asks staging for ${one.usd} USD, and expects ${one.verdict}`,
    work: async () => {
      const key = craton.write('staging-key.txt', craton.credentials.staging_api_key ?? '');
      const request = checkRequest(one.usd, caseReference(one));
      const file = craton.write('staging-request.json', JSON.stringify(request));
      const flags = ['--key-file', key, '--trust', craton.trustPolicy];
      const { document } = await craton.run({ args: ['check', file, ...flags] });
      same('verdict', document['verdict'], one.verdict);
      return nothing;
    },
  }));
  return [
    {
      id: 'stage',
      title: 'Olga makes the packet live in staging',
      work: async () => {
        const staged = await craton.craton('rollout', 'stage', kept('rollout'), '--as', 'olga');
        same('environment', staged['environment'], 'staging');
        return nothing;
      },
    },
    ...asked,
    evaluation(world, 'evaluate_staging', ['G3']),
    approval(world, { gate: 'G3', role: 'integration_engineer', person: 'Ines' }),
  ];
}

function lastGates(world: DemoWorld): Step[] {
  const { craton, kept, receiver } = world;
  return [
    {
      id: 'acknowledge',
      title: 'Ines confirms that she is the rollback owner',
      work: async () => {
        const flags = ['--subject', 'rollback_owner', '--as', 'ines'];
        await craton.craton('rollout', 'acknowledge', kept('rollout'), ...flags);
        return nothing;
      },
    },
    {
      id: 'test_channel',
      title: 'A signed test message arrives at the incident channel',
      work: async () => {
        const before = receiver.received.length;
        await craton.craton('rollout', 'test-channel', kept('rollout'), '--as', 'olga');
        const test = receiver.received
          .slice(before)
          .find(({ body }) => body.includes('craton.channel.test'));
        if (test === undefined) throw new Error('It was said to be delivered, and did not arrive.');
        same('signature', receiver.isSigned(test), true);
        return nothing;
      },
    },
    approval(world, { gate: 'G4', role: 'business_owner', person: 'Bo' }),
    approval(world, { gate: 'G4', role: 'platform_owner', person: 'Paula' }),
    {
      id: 'status',
      title: 'All four gates have passed',
      work: async () => {
        const shown = await craton.craton('rollout', 'status', kept('rollout'), '--as', 'bo');
        same('state', shown['state'], 'ready_to_deploy');
        return nothing;
      },
    },
  ];
}
