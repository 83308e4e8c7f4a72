/** The flags of `craton rollout`. */
import type { Command } from 'commander';
import { GATE_IDS, GATE_ROLES } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { type CommandText, describe, type Run } from '../describe.ts';
import { addRolloutFlags, type RolloutOptions } from '../rollout/rollout-client.ts';
import {
  acknowledge,
  decideGate,
  type DecisionOptions,
  type GateVerb,
  reviewBreakGlass,
  testChannel,
  withdrawApproval,
} from './rollout-decide.ts';
import { addRolloutDeployCommands } from './rollout-deploy-program.ts';
import { importEvidence } from './rollout-evidence.ts';
import {
  evaluateRollout,
  listRollouts,
  pullReview,
  showRollout,
  showTimeline,
  type StatusOptions,
  type TimelineOptions,
} from './rollout-review.ts';

const ROLLOUT_ARGUMENT = ['<rollout>', 'its id, its path id, or PARTNER/PATH'] as const;
const GATE = ['--gate <gate>', 'the gate', GATE_IDS] as const;
const ROLE = ['--role <role>', 'the role in which you speak', GATE_ROLES] as const;
const REASON_TEXT = 'why; everybody who reads the timeline sees it';
const REASON = ['--reason <text>', REASON_TEXT] as const;
const SUBJECTS = ['rollback_owner', 'business_owner', 'incident_channel'];

export function addRolloutCommands(program: Command, context: CliContext, run: Run): void {
  const rollout = program
    .command('rollout')
    .summary('from a requested review to a live path, and back')
    .description(
      'Takes a packet through its four gates to a live path, and back. Every action is recorded with ' +
        'the person who did it. Exit codes: 0 done, 1 failed or rejected, 3 blocked, 4 waits for ' +
        'evidence or approvals, 5 inconclusive.',
    );
  addReading(rollout, context, run);
  addEvidence(rollout, context, run);
  addDecisions(rollout, context, run);
  addPersonal(rollout, context, run);
  addRolloutDeployCommands(rollout, context, run);
}

function addReading(rollout: Command, context: CliContext, run: Run): void {
  const pull = describe(rollout, 'pull', {
    summary: 'take a packet under review',
    description:
      'Takes the packet of a requested review: the only way by which a rollout begins. Without an ' +
      'argument it lists what is requested. A newer version of the same draft replaces the packet, ' +
      'and voids what was approved. Ends with 3 if a gate can be passed by nobody.',
    examples: ['craton rollout pull', 'craton rollout pull drf_0199...'],
  }).argument('[packet]', 'digest of the packet, or id of the draft');
  addRolloutFlags(pull).action((packet: string | undefined, options: RolloutOptions) =>
    run(() => pullReview(context, packet, options))(),
  );
  const list = describe(rollout, 'list', {
    summary: 'list the rollouts of this environment',
    description: 'Lists every rollout with its state at this moment.',
    examples: ['craton rollout list', 'craton rollout list --json'],
  });
  addRolloutFlags(list).action((options: RolloutOptions) =>
    run(() => listRollouts(context, options))(),
  );
  const status = describe(rollout, 'status', {
    summary: 'gates, criteria, who is missing, and what to do next',
    description:
      'Shows where a rollout stands at this moment. Ends with 0 if it is ready to deploy or live, 3 ' +
      'if something blocks it, 4 if evidence or approvals are missing, 5 if something could not be ' +
      'measured.',
    examples: ['craton rollout status payment-release', 'craton rollout status rol_... --json'],
  })
    .argument(...ROLLOUT_ARGUMENT)
    .option('--all', 'the criteria of every gate');
  addRolloutFlags(status).action((name: string, options: StatusOptions) =>
    run(() => showRollout(context, name, options))(),
  );
  addTimeline(rollout, context, run);
}

function addTimeline(rollout: Command, context: CliContext, run: Run): void {
  const timeline = describe(rollout, 'timeline', {
    summary: 'every record, oldest first',
    description:
      'Shows every record of a rollout, or with --path what was live on a path and when. Each record ' +
      'names the digest of the one before it.',
    examples: [
      'craton rollout timeline payment-release',
      'craton rollout timeline --path northstar_controls/payment-release --csv',
    ],
  })
    .argument('[rollout]', ROLLOUT_ARGUMENT[1])
    .option('--path <partner/path>', 'the history of a path instead')
    .option('--csv', 'print CSV');
  addRolloutFlags(timeline).action((name: string | undefined, options: TimelineOptions) =>
    run(() => showTimeline(context, name, options))(),
  );
}

function addEvidence(rollout: Command, context: CliContext, run: Run): void {
  const evaluate = describe(rollout, 'evaluate', {
    summary: 'measure every criterion now',
    description:
      'Measures every criterion at this moment and writes down what was found. Ends as status does.',
    examples: ['craton rollout evaluate payment-release'],
  })
    .argument(...ROLLOUT_ARGUMENT)
    .option('--all', 'the criteria of every gate');
  addRolloutFlags(evaluate).action((name: string, options: StatusOptions) =>
    run(() => evaluateRollout(context, name, options))(),
  );
  const channel = describe(rollout, 'test-channel', {
    summary: 'send a test message to the incident channel',
    description: 'Sends a message that says what it is. Ends with 1 if it did not arrive.',
    examples: ['craton rollout test-channel payment-release'],
  }).argument(...ROLLOUT_ARGUMENT);
  addRolloutFlags(channel).action((name: string, options: RolloutOptions) =>
    run(() => testChannel(context, name, options))(),
  );
  addImport(rollout, context, run);
}

function addImport(rollout: Command, context: CliContext, run: Run): void {
  const evidence = rollout
    .command('evidence')
    .summary('what was tested on a staging instance of its own')
    .description('Evidence from elsewhere counts only as bundles that verify.');
  const imported = describe(evidence, 'import', {
    summary: 'import bundles of a staging instance of its own',
    description:
      'Sends full bundles. The boundary verifies each under CRATON_STAGING_TRUST_POLICY_FILE, and ' +
      'takes all or none. They count for the packet that is under review now.',
    examples: ['craton rollout evidence import payment-release small.json huge.json'],
  })
    .argument(...ROLLOUT_ARGUMENT)
    .argument('<bundles...>', 'files, each with one bundle');
  addRolloutFlags(imported).action((name: string, files: string[], options: RolloutOptions) =>
    run(() => importEvidence(context, [name, files], options))(),
  );
}

const DECISION_TEXTS = {
  approve: {
    summary: 'approve a gate in a role, for exactly this packet and scope',
    description:
      'Shows digests and scope, and approves them when you type the path id, or at once with --yes. ' +
      'It is refused unless the evidence of the gate passes, you hold the role, and you are not the ' +
      'author. Any change of the packet voids it.',
    examples: [
      'craton rollout approve payment-release --gate G2 --role security_owner',
      'craton rollout approve payment-release --gate G1 --role risk_owner --yes --as rita',
    ],
  },
  reject: {
    summary: 'reject a rollout at a gate, with a reason',
    description: 'Ends the rollout of this packet. The author can save another version.',
    examples: [
      "craton rollout reject payment-release --gate G2 --role security_owner --reason '...'",
    ],
  },
  'request-changes': {
    summary: 'send the packet back to its author, with a reason',
    description: 'Sends the packet back. A new version of the draft starts its gates afresh.',
    examples: [
      "craton rollout request-changes payment-release --gate G1 --role risk_owner --reason '...'",
    ],
  },
} as const satisfies Record<GateVerb, CommandText>;

function addDecisions(rollout: Command, context: CliContext, run: Run): void {
  for (const verb of ['approve', 'reject', 'request-changes'] as const) {
    const isApproval = verb === 'approve';
    const needs = [GATE, ROLE, ...(isApproval ? [] : [REASON])];
    const command = describe(rollout, verb, { ...DECISION_TEXTS[verb], needs })
      .argument(...ROLLOUT_ARGUMENT)
      .option('--packet-digest <digest>', 'the packet that you looked at; another one is refused')
      .option('--yes', 'do not ask');
    if (isApproval) command.option('--reason <text>', REASON_TEXT);
    addRolloutFlags(command).action((name: string, options: DecisionOptions) =>
      run(() => decideGate(context, [verb, name], options))(),
    );
  }
  const withdraw = describe(rollout, 'withdraw-approval', {
    summary: 'take your own approval back',
    description: 'Takes back what you approved at a gate; it does not count from then on.',
    examples: [
      "craton rollout withdraw-approval payment-release --gate G2 --role security_owner --reason '...'",
    ],
    needs: [GATE, ROLE, REASON],
  }).argument(...ROLLOUT_ARGUMENT);
  addRolloutFlags(withdraw).action(
    (name: string, options: Parameters<typeof withdrawApproval>[2]) =>
      run(() => withdrawApproval(context, name, options))(),
  );
}

function addPersonal(rollout: Command, context: CliContext, run: Run): void {
  const own = describe(rollout, 'acknowledge', {
    summary: 'confirm that you are who the plan names',
    description: 'Confirms, as yourself, that you are who the plan names and know of it.',
    examples: ['craton rollout acknowledge payment-release --subject rollback_owner'],
    needs: [['--subject <subject>', 'what you answer for', SUBJECTS]],
  }).argument(...ROLLOUT_ARGUMENT);
  addRolloutFlags(own).action((name: string, options: Parameters<typeof acknowledge>[2]) =>
    run(() => acknowledge(context, name, options))(),
  );
  const review = describe(rollout, 'review-break-glass', {
    summary: 'close the review of an emergency deployment',
    description: 'By somebody else than who opened it. Until then no other can be opened.',
    examples: ["craton rollout review-break-glass payment-release --reason '...'"],
    needs: [REASON],
  }).argument(...ROLLOUT_ARGUMENT);
  addRolloutFlags(review).action((name: string, options: Parameters<typeof reviewBreakGlass>[2]) =>
    run(() => reviewBreakGlass(context, name, options))(),
  );
}
