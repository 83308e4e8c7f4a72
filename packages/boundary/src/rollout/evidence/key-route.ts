/** G3.3: whether strangers can verify receipts, asked of a process that has nothing of ours. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeyRouteEvidence, StagingCheck } from '@craton/policy';
import {
  canonicalize,
  decodeBase64,
  digestBytes,
  type JsonObject,
  Members,
  parseStrict,
  utf8,
} from '@craton/protocol';
import { nodeSha256 } from '../../ledger/node-sha256.ts';

const ENTRY_FILE = fileURLToPath(new URL('./key-route-process.ts', import.meta.url));
/** Milliseconds after which the process is ended. */
const PROCESS_MS_MAX = 30_000;
const ANSWER_CHARS_MAX = 4_096;
const ANSWER_DEPTH_MAX = 2;
/** Receipts that are handed over at once. */
export const KEY_ROUTE_RECEIPTS_MAX = 50;

/**
 * Starts a process with an empty environment in an empty folder, tells it the address of the public
 * keys and gives it receipts. It verifies them with those keys, and again with wrong ones.
 */
export async function measureKeyRoute(
  keysUrl: string,
  receipts: readonly JsonObject[],
): Promise<KeyRouteEvidence> {
  const given = receipts.slice(0, KEY_ROUTE_RECEIPTS_MAX);
  const digests = given.map((receipt) => digestOf(receipt));
  if (given.length === 0) return nothingReached(digests);
  const answer = await askProcess(canonicalize({ keys_url: keysUrl, receipts: given }));
  return answer === undefined ? nothingReached(digests) : { ...answer, receipts: digests };
}

/** The receipts of checks that were found to be genuine here: the others have failed already. */
export function receiptsOf(checks: readonly StagingCheck[]): readonly JsonObject[] {
  return checks.filter(({ isVerified }) => isVerified).map(({ receipt }) => receipt);
}

function nothingReached(receipts: readonly string[]): KeyRouteEvidence {
  return { jwks_reached: false, receipts, verified: 0, wrong_keys_refused: false };
}

function digestOf(receipt: JsonObject): string {
  const payload = Members.of(receipt, 'receipt', 'ERR_VERIFICATION').text('payload_b64');
  return digestBytes(decodeBase64(payload), nodeSha256);
}

type ProcessAnswer = Omit<KeyRouteEvidence, 'receipts'>;

async function askProcess(question: string): Promise<ProcessAnswer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'craton-key-route-'));
  try {
    return readAnswer(await runProcess(folder, question));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What it wrote; empty if it did not end well. */
async function runProcess(cwd: string, question: string): Promise<string> {
  const child = spawn(process.execPath, [ENTRY_FILE], {
    cwd,
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: PROCESS_MS_MAX,
    killSignal: 'SIGKILL',
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (written.length <= ANSWER_CHARS_MAX) written += text;
  });
  // A process that ended before it read everything says so by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(question);
  const isDone = await new Promise<boolean>((resolve) => {
    child.once('error', () => {
      resolve(false);
    });
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
  return isDone ? written : '';
}

function readAnswer(written: string): ProcessAnswer | undefined {
  try {
    const value = parseStrict(utf8(written), { numbers: 'safe', depthMax: ANSWER_DEPTH_MAX });
    const said = Members.of(value, '', 'ERR_VERIFICATION');
    return {
      jwks_reached: said.value('jwks_reached') === true,
      verified: said.integer('verified', 0),
      wrong_keys_refused: said.value('wrong_keys_refused') === true,
    };
  } catch {
    return undefined;
  }
}
