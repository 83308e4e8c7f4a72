import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { ROOT } from './process.ts';
import type { Outcome } from './runner.ts';

/** The environment variable that names the file to write. */
export const RESULTS_FILE_VARIABLE = 'VITEST_RESULTS_FILE';

/** A vitest reporter that writes an {@link Outcome} as JSON, with the reason of every skip. */
class ResultsFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[RESULTS_FILE_VARIABLE];
    if (file === undefined) throw new Error(`${RESULTS_FILE_VARIABLE} names no file.`);
    writeFileSync(file, JSON.stringify(outcomeOf(modules, unhandled)));
  }
}

function outcomeOf(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Outcome {
  const failures = unhandled.map((error) => `unhandled error: ${error.message}`);
  const skips: string[] = [];
  let passed = 0;
  for (const module of modules) {
    const path = module.moduleId.replace(`${ROOT}/`, '');
    for (const error of module.errors()) failures.push(`${path}: ${error.message}`);
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors())
        failures.push(`${path} > ${suite.fullName}: ${error.message}`);
    }
    for (const test of module.children.allTests()) {
      const result = test.result();
      const title = `${path} > ${test.fullName}`;
      if (result.state === 'passed') passed++;
      else if (result.state === 'failed') failures.push(title);
      else skips.push('note' in result && result.note ? `${title}: ${result.note}` : title);
    }
  }
  return { passed, failures, skips };
}

// Vitest loads reporters by their default export.
export default ResultsFile;
