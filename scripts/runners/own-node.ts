import { existsSync } from 'node:fs';
import { delimiter, join, relative, sep } from 'node:path';
import { emitPackage } from '../emit-packages.ts';
import { ROOT, runProgram, tailOf } from './process.ts';
import type { Outcome, Runner } from './runner.ts';

const VECTORS_PROGRAM = join(ROOT, 'test/own-node/verify-vectors.mjs');
const WYCHEPROOF_FILE = join(ROOT, '../shared/vectors/wycheproof/testvectors_v1/ed25519_test.json');
const OLDEST_NODE_MAJOR = 20;
const TIMEOUT_MS = 120_000;

/** The published package, emitted by tsc, on the Node that strangers have and on the pinned one. */
export const ownNode: Runner = {
  name: 'emitted package',
  run: async () => {
    const entry = join(await emitPackage('protocol'), 'index.js');
    const skips: string[] = [];
    const vectors = [entry];
    if (existsSync(WYCHEPROOF_FILE)) vectors.push(WYCHEPROOF_FILE);
    else
      skips.push('Wycheproof vectors on the emitted package: ../shared is not beside the project');
    const machineNode = await findMachineNode();
    if (machineNode === undefined) {
      skips.push(
        `emitted package on the machine's own Node: none of version ${OLDEST_NODE_MAJOR} or later on PATH`,
      );
    }
    const outcomes: Outcome[] = [];
    for (const node of [process.execPath, machineNode]) {
      if (node !== undefined) outcomes.push(await verifyVectors(node, vectors));
    }
    return {
      passed: outcomes.reduce((sum, outcome) => sum + outcome.passed, 0),
      failures: outcomes.flatMap((outcome) => outcome.failures),
      skips,
    };
  },
};

/** The first `node` on PATH that does not come from a node_modules folder, if it is new enough. */
async function findMachineNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, 'node');
    if (folder === '' || folder.split(sep).includes('node_modules')) continue;
    if (!existsSync(candidate)) continue;
    return (await majorOf(candidate)) >= OLDEST_NODE_MAJOR ? candidate : undefined;
  }
  return undefined;
}

async function majorOf(node: string): Promise<number> {
  const { stdout } = await runProgram(node, ['--version'], { timeoutMs: TIMEOUT_MS });
  return Number(/^v(\d+)\./.exec(stdout)?.[1] ?? 0);
}

async function verifyVectors(node: string, vectors: readonly string[]): Promise<Outcome> {
  const finished = await runProgram(node, [VECTORS_PROGRAM, ...vectors], { timeoutMs: TIMEOUT_MS });
  const lastLine = finished.stdout.trimEnd().split('\n').at(-1) ?? '';
  const { passed, failures } = parseVectorsResult(lastLine, finished.output);
  if (finished.code !== 0 && failures.length === 0) {
    throw new Error(
      `it ended with exit code ${finished.code ?? 'none'}:\n${tailOf(finished.output)}`,
    );
  }
  const version = await majorOf(node);
  console.log(`  Node ${version}: ${passed} passed, ${failures.length} failed`);
  return { passed, failures: failures.map((failure) => `Node ${version}: ${failure}`), skips: [] };
}

/** Reads the last line of `verify-vectors.mjs`; throws if it is anything else. */
export function parseVectorsResult(
  lastLine: string,
  output: string,
): { passed: number; failures: string[] } {
  try {
    const { passed, failures } = JSON.parse(lastLine) as { passed: unknown; failures: unknown };
    if (typeof passed === 'number' && Array.isArray(failures)) {
      return { passed, failures: failures.map(String) };
    }
  } catch {
    // Not JSON: falls through to the refusal.
  }
  const program = relative(ROOT, VECTORS_PROGRAM);
  throw new Error(`the output of ${program} cannot be read:\n${tailOf(output)}`);
}
