/** Two ways of telling the demo: a line of JSON for each step, or a list for people. */
import type { Teller } from './run-steps.ts';

/** One JSON line per step, and a last one. */
export const jsonTeller: Teller = {
  begin: () => undefined,
  done: (_step, result) => {
    console.log(JSON.stringify(result));
  },
  end: ({ demo, steps, artefactsDir }) => {
    console.log(JSON.stringify({ demo, steps, artefacts_dir: artefactsDir }));
  },
};

const MARKS = {
  passed: ['32', '✓'],
  failed: ['31', '✗'],
  not_run: ['2', '-'],
} as const;

/** A list; on a terminal in colour, with the step that is running. */
export function listTeller(isTerminal: boolean): Teller {
  const paint = (code: string, text: string): string =>
    isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    begin: ({ title }) => {
      if (isTerminal) process.stdout.write(`\r\u001b[K… ${title}`);
    },
    done: ({ title }, { status, ms, artefact, error }) => {
      if (isTerminal) process.stdout.write('\r\u001b[K');
      const [code, mark] = MARKS[status];
      const time = status === 'not_run' ? 'not run' : `${ms} ms`;
      const kept = artefact === undefined ? '' : `  ${artefact}`;
      console.log(`${paint(code, mark)} ${title}  ${paint('2', time + kept)}`);
      for (const line of error?.split('\n') ?? []) console.log(`    ${paint('31', line)}`);
    },
    end: ({ demo, artefactsDir }) => {
      console.log('');
      console.log(
        demo === 'passed'
          ? `Everything passed. The artefacts are in ${artefactsDir}.`
          : `The demo failed. What it left is in ${artefactsDir}.`,
      );
    },
  };
}
