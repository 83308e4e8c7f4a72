/** The story in steps. Each is done by the command as its user would; nothing is looked at inside. */
import { mkdirSync, rmSync } from 'node:fs';
import { Installation } from './installation.ts';
import { draftSteps } from './draft-steps.ts';
import { exportSteps } from './export-steps.ts';
import { liveSteps } from './live-steps.ts';
import { reviewSteps } from './review-steps.ts';
import type { Step } from './run-steps.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

/** What the steps hand on to each other. */
export interface DemoWorld {
  readonly craton: Installation;
  readonly receiver: WebhookReceiver;
  readonly artefactsDir: string;
  /** Answers what an earlier step kept. Throws if there is none: then that step was not run. */
  readonly kept: (name: string) => string;
  readonly keep: (name: string, value: string) => void;
}

export interface Story {
  readonly steps: readonly Step[];
  /** Ends everything that was started, and removes everything but the artefacts. */
  readonly close: () => Promise<void>;
}

/** `artefactsDir` is emptied first. */
export function storyOf(artefactsDir: string): Story {
  rmSync(artefactsDir, { recursive: true, force: true });
  mkdirSync(artefactsDir, { recursive: true });
  const values = new Map<string, string>();
  const world: DemoWorld = {
    craton: new Installation(),
    receiver: new WebhookReceiver(),
    artefactsDir,
    keep: (name, value) => {
      values.set(name, value);
    },
    kept: (name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`No earlier step has left ${name}.`);
      return value;
    },
  };
  return {
    steps: [
      ...draftSteps(world),
      ...reviewSteps(world),
      ...liveSteps(world),
      ...exportSteps(world),
    ],
    close: async () => {
      await world.craton.close();
      await world.receiver.close();
    },
  };
}
