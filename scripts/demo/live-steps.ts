/** Deployed, used, and taken back. */
import { join } from 'node:path';
import { CASES, checkRequest, type DemoCase } from './draft.ts';
import { object, same, text } from './expect.ts';
import type { Json } from './installation.ts';
import type { Step } from './run-steps.ts';
import type { DemoWorld } from './story.ts';

export function liveSteps(world: DemoWorld): Step[] {
  return [...deploySteps(world), ...CASES.map((one) => checkStep(world, one)), ...useSteps(world)];
}

function deploySteps({ craton, keep, kept }: DemoWorld): Step[] {
  return [
    {
      id: 'deploy',
      title: 'Olga deploys: the deployment is itself a boundary check, and its receipt says allow',
      work: async () => {
        const key = join(craton.folder, 'production-key.txt');
        const flags = ['--yes', '--key-out', key, '--as', 'olga'];
        const deployed = await craton.craton('rollout', 'deploy', kept('rollout'), ...flags);
        same('verdict', object(deployed, 'decision')['verdict'], 'allow');
        keep('key', key);
        return undefined;
      },
    },
  ];
}

/** Asks the live path with the key that the deployment issued, and keeps the bundle. */
async function check(world: DemoWorld, usd: number, name: string): Promise<Json> {
  const { craton, kept, artefactsDir } = world;
  const file = craton.write('request.json', JSON.stringify(checkRequest(usd, `host-${name}`)));
  const trust = ['--trust', craton.trustPolicy, '--key-file', kept('key')];
  const bundle = ['--bundle', join(artefactsDir, `check-${name}.json`)];
  return craton.craton('check', file, ...trust, ...bundle);
}

function checkStep(world: DemoWorld, one: DemoCase): Step {
  return {
    id: `check_${one.name}`,
    title: `The host asks for ${one.usd} USD: ${one.verdict}`,
    work: async () => {
      const answer = await check(world, one.usd, one.name);
      same('verdict', answer['verdict'], one.verdict);
      world.keep(`request_${one.name}`, text(answer, 'request_id'));
      return `check-${one.name}.json`;
    },
  };
}

function useSteps(world: DemoWorld): Step[] {
  const { craton, kept, artefactsDir } = world;
  const report = (verb: string, ...flags: readonly string[]) => {
    const bundle = join(artefactsDir, `${verb}.json`);
    const access = ['--trust', craton.trustPolicy, '--key-file', kept('key'), '--bundle', bundle];
    return craton.craton(verb, kept('request_small'), ...flags, ...access);
  };
  return [
    {
      id: 'claim',
      title: 'The host claims the execution, which only one can',
      work: async () => {
        same('holds', (await report('claim'))['holds'], true);
        return 'claim.json';
      },
    },
    {
      id: 'confirm',
      title: 'The host confirms that it executed',
      work: async () => {
        same('holds', (await report('confirm', '--outcome', 'executed'))['holds'], true);
        return 'confirm.json';
      },
    },
    {
      id: 'rollback',
      title: 'Olga takes it back, in one action',
      work: async () => {
        const flags = ['--reason', 'The demo is over.', '--as', 'olga'];
        const undone = await craton.craton('rollout', 'rollback', kept('rollout'), ...flags);
        same('done', undone['done'], true);
        return undefined;
      },
    },
    {
      id: 'check_after_rollback',
      title: 'What was allowed a moment ago is rejected, with a receipt',
      work: async () => {
        const answer = await check(world, CASES[0]?.usd ?? 0, 'after-rollback');
        same('verdict', answer['verdict'], 'reject');
        return 'check-after-rollback.json';
      },
    },
  ];
}
