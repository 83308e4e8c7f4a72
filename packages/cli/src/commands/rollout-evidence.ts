/** `craton rollout evidence import`: what a staging instance of its own has signed. */
import { resolve } from 'node:path';
import { DEPTH_MAX, isJsonObject, type JsonObject, parseStrict } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { shown } from '../operator/answers.ts';
import { pathOfRollout, RolloutClient, type RolloutOptions } from '../rollout/rollout-client.ts';

/** Sends bundles as evidence; the boundary verifies each under its trust policy for there. */
export async function importEvidence(
  context: CliContext,
  [name, files]: readonly [string, readonly string[]],
  options: RolloutOptions,
): Promise<ExitName> {
  const bundles = files.map((file) => readBundle(resolve(context.cwd, file)));
  const client = RolloutClient.of(context, options);
  const rolloutId = await client.idOf(name);
  const answer = await client.post(`${pathOfRollout(rolloutId)}/evidence`, { bundles });
  if (options.json === true) context.out(JSON.stringify(answer));
  else {
    context.out(
      `Imported: ${shown(answer['imported'])} of ${bundles.length}; the others were known.`,
    );
    context.out(`Next: craton rollout evaluate ${rolloutId}`);
  }
  return 'done';
}

function readBundle(file: string): JsonObject {
  const value = parseStrict(readFileOrFail(file), { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  if (isJsonObject(value)) return value;
  throw new CommandFailure(`${file} is no bundle.`, {
    code: 'bundle_malformed',
    nextStep: 'Save one with GET /v1/receipts/ID/bundle?form=full, which has the opening.',
  });
}
