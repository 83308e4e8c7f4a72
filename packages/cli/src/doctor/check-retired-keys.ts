import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CratonError, type KeySet, readAttestation } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { DataPaths } from '../development/data-directory.ts';
import { CommandFailure } from '../failure.ts';
import { parseAttestations } from '../keys/attest-key.ts';
import { readKeySetFile } from '../keys/key-set.ts';
import { type Finding, ok, problem } from './finding.ts';
import { attestationsSource } from './key-sources.ts';

const ID = 'retired_keys';
const FIX = 'Make it with craton keys rotate, or correct CRATON_RETIRED_KEYS_FILE.';

/** Whether the set of retired keys can be published: each of them with its attestation. */
export function checkRetiredKeys(context: CliContext, paths: DataPaths): Finding[] {
  const given = context.env['CRATON_RETIRED_KEYS_FILE'];
  if (given === undefined) return [];
  const file = resolve(context.cwd, given);
  if (!existsSync(file)) {
    return [problem(ID, 'blocked', ['CRATON_RETIRED_KEYS_FILE names no file.', FIX])];
  }
  try {
    return [judge(readKeySetFile(file), attestedKids(context, paths))];
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof CratonError)) throw error;
    return [problem(ID, 'blocked', [error.message, FIX])];
  }
}

function judge(keys: KeySet, attested: ReadonlySet<string>): Finding {
  const bare = Array.from(keys.keys()).filter((kid) => !attested.has(kid));
  if (bare.length === 0) return ok(ID, `${keys.size} in the set, each attested.`);
  return problem(ID, 'blocked', [
    `No attestation is of ${bare.join(', ')}.`,
    'Add their attestations to the file of CRATON_ATTESTATIONS_FILE.',
  ]);
}

function attestedKids(context: CliContext, paths: DataPaths): ReadonlySet<string> {
  const source = attestationsSource(context, paths);
  if (source === undefined) return new Set();
  const values = parseAttestations(source.bytes, source.name);
  return new Set(values.map((value) => readAttestation(value).payload.subject.kid));
}
