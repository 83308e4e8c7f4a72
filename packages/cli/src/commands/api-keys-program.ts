/** The flags of `craton api-keys`. */
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { addOperatorFlags, type OperatorOptions } from '../operator/operator-client.ts';
import {
  issueKey,
  type IssueKeyOptions,
  listApiKeys,
  makeOperatorToken,
  type MakeApiKeyOptions,
  revokeKey,
} from './api-keys.ts';
import { makeSelfServiceKey, type MakeSelfServiceKeyOptions } from './self-service-keys.ts';

export function addApiKeyCommands(program: Command, context: CliContext, run: Run): void {
  const keys = program
    .command('api-keys')
    .summary('keys of hosts, operators and people')
    .description(
      'Issues, lists and revokes API keys through the operator API of a running boundary. A key is ' +
        'shown once, when it is issued: the boundary keeps its digest alone.',
    );
  addIssue(keys, context, run);
  addList(keys, context, run);
  addRevoke(keys, context, run);
  addMake(keys, context, run);
}

function addIssue(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'issue', {
    summary: 'issue a key',
    description:
      'Issues a key for a partner’s host (bnd, or sts for staging) or an operator (ops), for 90 days unless --days ' +
      'says otherwise. With --out it goes into a new file with mode 0600, else it is printed once.',
    examples: [
      'craton api-keys issue --kind bnd --partner northstar_controls --out api-key.txt',
      'craton api-keys issue --kind bnd --partner northstar_controls --scopes check --days 30',
      'craton api-keys issue --kind ops --scopes read,admin --out operator-token.txt',
      'craton api-keys issue --kind ops --person act_0b9a5c1e --scopes read,review --out token.txt',
      'craton api-keys issue --kind ops --scopes audit --out auditor-token.txt',
    ],
  })
    .addOption(
      new Option(
        '--kind <kind>',
        'bnd for a partner’s host, sts for its tests in staging, ops for an operator',
      )
        .choices(['bnd', 'sts', 'ops'])
        .default('bnd'),
    )
    .option('--partner <id>', 'whose key it is; with bnd and sts only')
    .option('--person <act-id>', 'whose token it is; with ops only, needed for review and deploy')
    .option(
      '--scopes <names>',
      'bnd, sts: check,claim,confirm,read (all); ops: read,admin,review,deploy, or audit (read)',
    )
    .option('--days <number>', 'lifetime (90), at most 366')
    .option('--out <file>', 'file for the key; it must not exist');
  addOperatorFlags(command).action((options: IssueKeyOptions) =>
    run(() => issueKey(context, options))(),
  );
}

function addList(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'list', {
    summary: 'list keys and their last use',
    description: 'Lists all keys, revoked and expired ones too. A key itself is never shown.',
    examples: ['craton api-keys list', 'craton api-keys list --json'],
  });
  addOperatorFlags(command).action((options: OperatorOptions) =>
    run(() => listApiKeys(context, options))(),
  );
}

function addRevoke(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'revoke', {
    summary: 'end a key',
    description:
      'Ends a key for good. Once this is answered no receipt is issued for it, and within a second ' +
      'every node refuses it.',
    examples: ['craton api-keys revoke key_0b9a5c1e-0d1f-4c57-9d49-0c6a2f3b8e71'],
  }).argument('<key-id>', 'public id of the key, as the list shows it');
  addOperatorFlags(command).action((keyId: string, options: OperatorOptions) =>
    run(() => revokeKey(context, keyId, options))(),
  );
}

function addMake(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'make', {
    summary: 'make a key offline: for the first operator, or for self-service',
    description:
      'Makes a key and says its digest. Needs no server. ops: a boundary that is started with the ' +
      'digest in CRATON_OPERATOR_BOOTSTRAP_SHA256 lets the token in once, for one hour, and only ' +
      'while no other operator can administer it. ssv: for one named person of an organisation, who ' +
      'composes and saves drafts. pull: for the operator side, which reads what is under review. ' +
      'With --keys-file the digest goes into the file that CRATON_SELF_SERVICE_API_KEYS_FILE names, ' +
      'and a running self-service takes the key a second later. To end a key, take its entry out.',
    examples: [
      'craton api-keys make --environment production --out first-token.txt',
      "craton api-keys make --kind ssv --environment production --person 'Ada Lovelace' \\",
      '  --organisation northstar --keys-file self-service-keys.json --out ada-key.txt',
      'craton api-keys make --kind pull --environment production --out pull-key.txt \\',
      '  --keys-file self-service-keys.json',
    ],
    needs: [['--environment <name>', 'environment in which the key is good']],
  })
    .addOption(
      new Option('--kind <kind>', 'ops, ssv or pull')
        .choices(['ops', 'ssv', 'pull'])
        .default('ops'),
    )
    .option('--person <name>', 'ssv: whose key it is')
    .option('--organisation <label>', 'ssv: whose drafts the person sees')
    .option('--scopes <names>', 'ssv: read,draft,request_review (all)')
    .option('--days <number>', 'ssv, pull: lifetime (90), at most 366')
    .option('--keys-file <file>', 'ssv, pull: file of digests to add this one to')
    .option('--out <file>', 'file for the key; it must not exist');
  command.action((options: MakeApiKeyOptions & MakeSelfServiceKeyOptions) =>
    run(() => {
      if (options.kind === 'ops') makeOperatorToken(context, options);
      else makeSelfServiceKey(context, options);
      return undefined;
    })(),
  );
}
