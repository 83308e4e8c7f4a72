/** From an empty folder to a requested review: what the draft side does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeDraft } from './draft.ts';
import { text } from './expect.ts';
import type { Step } from './run-steps.ts';
import type { DemoWorld } from './story.ts';

/** As the plan names it, and as the operator side knows it. */
const CHANNEL = 'incidents';
const PEOPLE = 5;

export function draftSteps({ craton, receiver, keep, kept, artefactsDir }: DemoWorld): Step[] {
  return [
    {
      id: 'start',
      title: 'Start Craton on an empty folder, with five people who exist on this machine alone',
      work: async () => {
        const url = await receiver.listen();
        const file = craton.write('webhook-secret.txt', `${receiver.secret}\n`);
        const receivers = [{ name: CHANNEL, url, secret_file: file }];
        const webhooks = craton.write('webhooks.json', JSON.stringify({ receivers }));
        await craton.start({ CRATON_WEBHOOKS_FILE: webhooks });
        const people = new Set(craton.credentials.people?.map(({ act_id }) => act_id));
        if (people.size < PEOPLE)
          throw new Error(`There are ${people.size} demo people, not five.`);
        return undefined;
      },
    },
    {
      id: 'compose',
      title: 'The author composes a draft from a pattern, and completes it',
      work: async () => {
        const composed = join(craton.folder, 'composed.json');
        await craton.craton('draft', 'compose', '--preset', 'threshold', '--out', composed);
        const draft = JSON.parse(readFileSync(composed, 'utf8')) as object;
        keep('draft', craton.write('draft.json', JSON.stringify(completeDraft(draft, CHANNEL))));
        return undefined;
      },
    },
    {
      id: 'preview',
      title: 'The author sees what it would decide',
      work: async () => {
        await craton.craton('draft', 'preview', kept('draft'));
        return undefined;
      },
    },
    {
      id: 'save',
      title: 'The author saves it: a version that stays as it is',
      work: async () => {
        keep('draft_id', text(await craton.craton('draft', 'save', kept('draft')), 'draft_id'));
        return undefined;
      },
    },
    {
      id: 'request_review',
      title: 'The author requests its review, which stores intent and nothing else',
      work: async () => {
        const id = kept('draft_id');
        await craton.craton('draft', 'request-review', id);
        for (const format of ['html', 'json']) {
          const plan = join(artefactsDir, `plan.${format}`);
          await craton.craton('draft', 'export', id, '--format', format, '--out', plan);
        }
        return 'plan.html plan.json';
      },
    },
  ];
}
