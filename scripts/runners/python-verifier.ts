import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runProgram, tailOf } from './process.ts';
import type { Outcome, Runner } from './runner.ts';

const FOLDER = join(ROOT, 'verifiers/python');
const TEST_FILE = 'test_craton_verify.py';
const TIMEOUT_MS = 600_000;

/** The second verifier, in Python, which shares no code with ours. */
export const pythonVerifier: Runner = {
  name: 'Python verifier',
  run: async () => {
    if (!existsSync(join(FOLDER, TEST_FILE))) {
      return { passed: 0, failures: [`verifiers/python/${TEST_FILE} does not exist`], skips: [] };
    }
    const missing = await missingProgram(['python3', 'openssl']);
    if (missing !== undefined) {
      return { passed: 0, failures: [], skips: [`Python verifier: ${missing} is not installed`] };
    }
    const args = ['-B', '-m', 'unittest', '-v', TEST_FILE];
    const finished = await runProgram('python3', args, { cwd: FOLDER, timeoutMs: TIMEOUT_MS });
    const outcome = parseUnittest(finished.output);
    if (outcome.failures.length > 0) console.log(tailOf(finished.output, 8000));
    if (finished.code !== 0 && outcome.failures.length === 0) {
      throw new Error(
        `unittest ended with exit code ${finished.code ?? 'none'}:\n${tailOf(finished.output)}`,
      );
    }
    return outcome;
  },
};

/** Reads the output of `python3 -m unittest -v`; throws if its closing lines are missing. */
export function parseUnittest(output: string): Outcome {
  const total = /^Ran (\d+) tests? in /m.exec(output)?.[1];
  const verdict = /^(OK|FAILED|NO TESTS RAN)(?: \(.*\))?$/m.exec(output);
  if (total === undefined || verdict === null) {
    throw new Error(`the output of unittest cannot be read:\n${tailOf(output)}`);
  }
  const failures = [...output.matchAll(/^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.*)$/gm)].map(
    (match) => match[1] ?? '',
  );
  const skips = [...output.matchAll(/^(.*) \.\.\. skipped (.*)$/gm)].map(
    (match) => `Python verifier: ${match[1] ?? ''}: ${match[2] ?? ''}`,
  );
  if (verdict[1] === 'FAILED' && failures.length === 0) failures.push('unittest says FAILED');
  const passed = Math.max(0, Number(total) - failures.length - skips.length);
  return { passed, failures, skips };
}

async function missingProgram(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const found = await runProgram(program, ['--help'], { timeoutMs: 20_000 }).catch(
      () => undefined,
    );
    if (found === undefined) return program;
  }
  return undefined;
}
