/**
 * The whole story, without a browser: from a few words to a live boundary path and back, by five
 * people, and every artefact verified again in a process that knows nothing. Run:
 * `npm run demo [-- --json] [-- --out FOLDER]`.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runSteps } from './demo/run-steps.ts';
import { jsonTeller, listTeller } from './demo/tell.ts';
import { storyOf } from './demo/story.ts';
import { ROOT } from './runners/process.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, out: { type: 'string' } },
});
const artefactsDir = resolve(values.out ?? join(ROOT, 'artifacts', 'demo'));
const tell = values.json === true ? jsonTeller : listTeller(process.stdout.isTTY);
const story = storyOf(artefactsDir);
try {
  const isPassed = await runSteps(story.steps, tell);
  tell.end({ demo: isPassed ? 'passed' : 'failed', steps: story.steps.length, artefactsDir });
  process.exitCode = isPassed ? 0 : 1;
} finally {
  await story.close();
}
