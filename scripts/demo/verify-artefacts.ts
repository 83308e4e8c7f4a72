/**
 * Checks what no command checks: that plan, timeline, checkpoint and records of a folder of artefacts
 * hold and are about the same packet. Reads the folder and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parsePacket,
  rolloutChain,
  type StoredRecord,
  verifyRecordChain,
} from '../../packages/policy/src/index.ts';
import {
  type Bundle,
  canonicalize,
  type JsonObject,
  parseTime,
  parseTlogProof,
  parseTrustPolicy,
  verifyCheckpoint,
} from '../../packages/protocol/src/index.ts';

const [folder = ''] = process.argv.slice(2);
const bytesOf = (name: string): Buffer => readFileSync(join(folder, name));
const parse = (name: string): unknown => JSON.parse(bytesOf(name).toString());

interface TimelineRecord {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly digest: string;
  readonly body: JsonObject;
}

/** The chain of the rollout, each digest computed again. Answers its id. */
function verifyTimeline(): string {
  const { records } = parse('timeline.json') as { readonly records: readonly TimelineRecord[] };
  const rolloutId = records[0]?.body['rollout_id'];
  if (typeof rolloutId !== 'string') throw new Error('The timeline has no beginning.');
  const stored = records.map(({ seq, at, actor, kind, digest, body }): StoredRecord => ({
    ...{ chain: rolloutChain(rolloutId), seq, atMs: parseTime(at), actor, kind, digest },
    bodyText: canonicalize(body),
  }));
  const found = verifyRecordChain(stored);
  if (!found.intact) throw new Error(`The timeline breaks at ${found.seq}: ${found.fault}.`);
  return rolloutId;
}

/** Signed by the log of the trust policy, and beyond every receipt. */
async function verifyLog(): Promise<void> {
  const { tlog } = parseTrustPolicy(bytesOf('trust-policy.txt'));
  const logs = tlog.logs.map(({ key }) => key);
  const note = bytesOf('checkpoint.txt').toString();
  const { treeSize } = await verifyCheckpoint(note, { logs, witnesses: [] });
  for (const name of readdirSync(folder).filter(isBundle)) {
    const { log_proof: proof } = parse(name) as Bundle;
    if (proof === undefined) throw new Error(`${name} has no place in the log.`);
    const { index } = parseTlogProof(proof.proof);
    if (index >= treeSize) throw new Error(`The checkpoint does not cover ${name}.`);
  }
}

function isBundle(name: string): boolean {
  return /^(?:check-.+|claim|confirm)\.json$/.test(name);
}

interface Records {
  readonly records: readonly { readonly record: JsonObject }[];
}

const rolloutId = verifyTimeline();
// Computes every digest of the plan again.
const { packet } = parsePacket(bytesOf('plan.json'));
await verifyLog();
const { records } = parse('records-report.json') as Records;
for (const { record } of records) {
  const isAbout = record['packet_digest'] === packet.packet_digest;
  if (!isAbout || record['rollout_id'] !== rolloutId) {
    throw new Error('A deployment record is about something else than the plan.');
  }
}
if (records.length === 0) throw new Error('There is no deployment record.');
