/** Opens the kept checkpoint under the kept trust policy, with nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Bundle,
  parseTlogProof,
  parseTrustPolicy,
  verifyCheckpoint,
} from '../../packages/protocol/src/index.ts';

const [folder = ''] = process.argv.slice(2);
const { tlog } = parseTrustPolicy(readFileSync(join(folder, 'trust-policy.txt')));
const logs = tlog.logs.map(({ key }) => key);
const note = readFileSync(join(folder, 'checkpoint.txt'), 'utf8');
const { treeSize } = await verifyCheckpoint(note, { logs, witnesses: [] });

const bundles = readdirSync(folder).filter((name) =>
  /^(?:check-.+|claim|confirm)\.json$/.test(name),
);
for (const name of bundles) {
  const { log_proof: proof } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Bundle;
  if (proof === undefined) throw new Error(`${name} has no place in the log.`);
  const { index } = parseTlogProof(proof.proof);
  if (index >= treeSize) throw new Error(`The checkpoint does not cover ${name}.`);
}
