/** The flags of the commands of `craton rollout` that change a live path, and of `record verify`. */
import type { Command } from 'commander';
import { GATE_ROLES } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { type CommandText, describe, type Run } from '../describe.ts';
import { addRolloutFlags, type RolloutOptions } from '../rollout/rollout-client.ts';
import {
  breakGlass,
  type BreakGlassOptions,
  type DeployOptions,
  deployRollout,
  type ReasonOptions,
  stageRollout,
  undoDeployment,
} from './rollout-deploy.ts';
import { verifyDeploymentRecordFiles, type VerifyRecordsOptions } from './rollout-record.ts';

const ROLLOUT = ['<rollout>', 'its id, its path id, or PARTNER/PATH'] as const;
const REASON = ['--reason <text>', 'why; everybody who reads the timeline sees it'] as const;

export function addRolloutDeployCommands(rollout: Command, context: CliContext, run: Run): void {
  addStageAndDeploy(rollout, context, run);
  addWayBack(rollout, context, run);
  addBreakGlass(rollout, context, run);
  addRecord(rollout, context, run);
}

function addStageAndDeploy(rollout: Command, context: CliContext, run: Run): void {
  const stage = describe(rollout, 'stage', {
    summary: 'make the packet live in staging, after the first two gates',
    description: 'Makes the packet live in staging, where its cases are then asked.',
    examples: ['craton rollout stage payment-release'],
  }).argument(...ROLLOUT);
  addRolloutFlags(stage).action((name: string, options: RolloutOptions) =>
    run(() => stageRollout(context, name, options))(),
  );
  const deploy = describe(rollout, 'deploy', {
    summary: 'make the packet the live version of its path',
    description:
      'Shows digests and scope, and deploys when you type the path id, or at once with --yes. ' +
      'Everything is measured again, and the boundary decides: a reject is an answer with a receipt, ' +
      'and ends with 1. A key for the partner is issued as the last step if --key-out names a file.',
    examples: [
      'craton rollout deploy payment-release',
      'craton rollout deploy payment-release --yes --key-out partner-key.txt',
    ],
  })
    .argument(...ROLLOUT)
    .option('--packet-digest <digest>', 'the packet that you looked at; another one is refused')
    .option('--key-out <file>', 'new file for an API key of the partner')
    .option('--key-scopes <list>', 'what the key may do (check,claim,confirm,read)')
    .option('--key-days <number>', 'how long the key is good')
    .option('--yes', 'do not ask');
  addRolloutFlags(deploy).action((name: string, options: DeployOptions) =>
    run(() => deployRollout(context, name, options))(),
  );
}

const WAY_BACK_TEXTS = {
  rollback: {
    summary: 'bring the version before back, at once',
    description:
      'Brings the version before back, or takes the path out of service if there is none. One action: ' +
      'no gate, freeze or question stands before it, and once it is answered no receipt of the old ' +
      'version is issued.',
    examples: ["craton rollout rollback payment-release --reason 'Wrong limit'"],
  },
  suspend: {
    summary: 'take the path out of service, at once',
    description: 'Takes the path out of service. Checks of it are rejected from then on.',
    examples: ["craton rollout suspend payment-release --reason 'Investigating'"],
  },
} as const satisfies Record<string, CommandText>;

function addWayBack(rollout: Command, context: CliContext, run: Run): void {
  for (const verb of ['rollback', 'suspend'] as const) {
    const command = describe(rollout, verb, { ...WAY_BACK_TEXTS[verb], needs: [REASON] });
    command.argument(...ROLLOUT);
    addRolloutFlags(command).action((name: string, options: ReasonOptions) =>
      run(() => undoDeployment(context, [verb, name], options))(),
    );
  }
}

function addBreakGlass(rollout: Command, context: CliContext, run: Run): void {
  const command = describe(rollout, 'break-glass', {
    summary: 'deploy past the gates, for a time',
    description:
      'For an emergency. Everybody is told, the path is suspended by itself at the end, and somebody ' +
      'else must review it before it can be done again.',
    examples: [
      "craton rollout break-glass payment-release --role craton_operator --for 30m --reason '...'",
    ],
    needs: [
      ['--role <role>', 'the role in which you do it', GATE_ROLES],
      ['--for <time>', 'until the path is suspended: 900s, 30m, 2h'],
      REASON,
    ],
  })
    .argument(...ROLLOUT)
    .option('--packet-digest <digest>', 'the packet that you looked at; another one is refused')
    .option('--yes', 'do not ask');
  addRolloutFlags(command).action((name: string, options: BreakGlassOptions) =>
    run(() => breakGlass(context, name, options))(),
  );
}

function addRecord(rollout: Command, context: CliContext, run: Run): void {
  const record = rollout
    .command('record')
    .summary('what was deployed, verified without the boundary')
    .description('Deployment records: signed, in the log, and linked to each other.');
  const verify = describe(record, 'verify', {
    summary: 'verify the deployment records of a path',
    description:
      'Verifies bundles of deployment records under a trust policy that you keep: signature, ' +
      'attestation, log, the decision that allowed each, and the chain that they make. Files are ' +
      'verified without network. --path downloads them first (the operator token needs the scope ' +
      'admin), and --out keeps them. Exit codes: 0 they hold, 1 failed, 2 not enough, 3 cannot be ' +
      'read.',
    examples: [
      'craton rollout record verify record-1.json record-2.json --history history.json \\',
      '  --trust trust-policy.txt',
      'craton rollout record verify --path northstar_controls/payment-release --out records \\',
      '  --trust .craton/trust-policy.txt',
    ],
    needs: [['--trust <file>', 'trust policy: the only source of trust']],
  })
    .argument('[files...]', 'bundles')
    .option('--path <partner/path>', 'download the records of this path')
    .option('--out <folder>', 'with --path: keep the bundles and the history')
    .option('--history <file>', 'with files: what the operator side says of them, with the salts')
    .option(
      '--require <lines>',
      'further report lines that must be verified, for example log_inclusion',
    )
    .option('--at <time>', 'time of checking, for example 2026-01-31T12:00:00Z (now)');
  addRolloutFlags(verify).action((files: readonly string[], options: VerifyRecordsOptions) =>
    run(() => verifyDeploymentRecordFiles(context, files, options))(),
  );
}
