/** Exit codes of the `craton` command: this table is the only place that names them. */

/** One number, what it means, and which commands use it. */
export interface ExitCodeRow {
  readonly code: number;
  readonly commands: string;
  readonly meaning: string;
}

/** PROTOCOL section 9. `badInput` and `blocked` share a number: no command uses both. */
export const EXIT_CODES = {
  done: { code: 0, commands: 'every command', meaning: 'What was asked for is the result.' },
  failed: { code: 1, commands: 'every command', meaning: 'It failed. The message says why.' },
  insufficient: {
    code: 2,
    commands: '`verify`, `rollout record verify`, `audit`, `monitor`',
    meaning:
      'Nothing failed, but a required line of the report is not verified, or a log does not answer.',
  },
  badInput: {
    code: 3,
    commands: '`verify`, `rollout record verify`, `audit`, `sample`, `monitor`',
    meaning: 'A file cannot be read, or is not what it should be. Nothing was verified.',
  },
  blocked: {
    code: 3,
    commands: '`doctor`, `readiness`, `rollout`',
    meaning:
      'Something is configured wrongly or is unsafe: Craton would not start or not issue. A gate is blocked, or what was asked for is refused as things stand.',
  },
  missing: {
    code: 4,
    commands: '`doctor`, `readiness`, `rollout`',
    meaning: 'Something that Craton needs is not there. A gate waits for evidence or approvals.',
  },
  degraded: {
    code: 5,
    commands: '`doctor`, `readiness`, `rollout`',
    meaning:
      'It works, but something needs attention, or could not be checked: an inconclusive criterion.',
  },
  usage: {
    code: 64,
    commands: 'every command',
    meaning: 'The command line is wrong: an unknown command or flag, or a missing argument.',
  },
  internal: {
    code: 70,
    commands: 'every command',
    meaning: 'A fault in Craton itself. Please report it with the message.',
  },
} as const satisfies Record<string, ExitCodeRow>;

export type ExitName = keyof typeof EXIT_CODES;

/** The number of a result. */
export function exitCode(name: ExitName): number {
  return EXIT_CODES[name].code;
}

/** The page `docs/reference/exit-codes.md`. */
export function exitCodesPage(): string {
  const rows = Object.values(EXIT_CODES).map(
    ({ code, commands, meaning }) => `| ${code} | ${commands} | ${meaning} |`,
  );
  return [
    '# Exit codes',
    '',
    'Generated from `packages/cli/src/exit-codes.ts` by `npm run generate`. Do not edit.',
    '',
    'Scripts can rely on these numbers. They are the same with and without `--json`.',
    '',
    '| Code | Commands | Meaning |',
    '|--:|--|--|',
    ...rows,
    '',
    '`craton verify` ends with 0 when the record holds. That does not say that the action was',
    'permitted: the verdict does, and the report’s line `validity`.',
    '',
  ].join('\n');
}
