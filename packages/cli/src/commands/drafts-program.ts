/** The flags of `craton draft`. */
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { addSelfServiceFlags, type SelfServiceOptions } from '../drafts/self-service-client.ts';
import {
  changeReview,
  composeDraft,
  type ComposeOptions,
  exportDraft,
  type ExportOptions,
  previewDraft,
  type ReviewOptions,
  saveDraft,
  type SaveOptions,
  showDraft,
  type ShowOptions,
} from './drafts.ts';

export function addDraftCommands(program: Command, context: CliContext, run: Run): void {
  const draft = program
    .command('draft')
    .summary('prepare one boundary path: compose, preview, save, request review')
    .description(
      'Prepares one boundary path with self-service. Drafts are kept apart from production, and ' +
        'nothing here makes a path live.',
    );
  addCompose(draft, context, run);
  addPreview(draft, context, run);
  addSave(draft, context, run);
  addReview(draft, context, run);
  addShow(draft, context, run);
  addExport(draft, context, run);
}

function addCompose(draft: Command, context: CliContext, run: Run): void {
  const command = describe(draft, 'compose', {
    summary: 'from a few words, or a preset, to a draft',
    description:
      'Recommends a pattern with its reason, and fills it into a draft where the answer is clear or ' +
      '--preset names one. Needs no key and keeps nothing.',
    examples: [
      "craton draft compose --description 'release a payment to a supplier'",
      'craton draft compose --preset threshold --out draft.json',
    ],
  })
    .argument('[file]', 'a draft so far; - is standard input')
    .option('--description <text>', 'what is about to happen, in your own words')
    .option('--preset <id>', 'the pattern to take, whatever is recommended')
    .option('--out <file>', 'file for the draft; it must not exist');
  addSelfServiceFlags(command, false).action((file: string | undefined, options: ComposeOptions) =>
    run(() => composeDraft(context, file, options))(),
  );
}

function addPreview(draft: Command, context: CliContext, run: Run): void {
  const command = describe(draft, 'preview', {
    summary: 'what a draft would decide, unsigned',
    description:
      'Shows rules as sentences, the verdict for each amount, and how the typed cases come out. ' +
      'Needs no key and keeps nothing.',
    examples: ['craton draft preview draft.json', 'craton draft preview - --json < draft.json'],
  }).argument('<file>', 'the draft; - is standard input');
  addSelfServiceFlags(command, false).action((file: string, options: SelfServiceOptions) =>
    run(() => previewDraft(context, file, options))(),
  );
}

function addSave(draft: Command, context: CliContext, run: Run): void {
  const command = describe(draft, 'save', {
    summary: 'save a version, which stays as it is',
    description:
      'Saves a new draft, or with --draft and --revision another version of one. If somebody ' +
      'changed the draft since that revision, nothing is saved.',
    examples: [
      'craton draft save draft.json',
      'craton draft save draft.json --draft drf_0199... --revision 1',
    ],
  })
    .argument('<file>', 'the draft; - is standard input')
    .option('--draft <id>', 'save another version of this draft')
    .option('--revision <number>', 'the revision that you have read');
  addSelfServiceFlags(command, true).action((file: string, options: SaveOptions) =>
    run(() => saveDraft(context, file, options))(),
  );
}

const REVIEW_TEXTS = {
  'request-review': {
    summary: 'ask the operator side to review the newest version',
    description:
      'Puts the newest version under review, as it was saved. This stores intent and nothing else.',
    examples: ['craton draft request-review drf_0199...'],
  },
  withdraw: {
    summary: 'take a version back from review',
    description: 'Takes the version under review back. Approvals of it do not count any more.',
    examples: ['craton draft withdraw drf_0199...'],
  },
} as const;

function addReview(draft: Command, context: CliContext, run: Run): void {
  for (const verb of ['request-review', 'withdraw'] as const) {
    const command = describe(draft, verb, REVIEW_TEXTS[verb])
      .argument('<draft-id>', 'the draft')
      .option('--draft-version <number>', 'the version that is meant')
      .option('--revision <number>', 'the revision that you have read (the newest)');
    addSelfServiceFlags(command, true).action((draftId: string, options: ReviewOptions) =>
      run(() => changeReview(context, [verb, draftId], options))(),
    );
  }
}

function addShow(draft: Command, context: CliContext, run: Run): void {
  const command = describe(draft, 'show', {
    summary: 'show a draft, or list those of your organisation',
    description: 'Shows a version and its state; with --json its whole packet.',
    examples: ['craton draft show', 'craton draft show drf_0199... --draft-version 1 --json'],
  })
    .argument('[draft-id]', 'the draft')
    .option('--draft-version <number>', 'another version than the newest');
  addSelfServiceFlags(command, true).action((draftId: string | undefined, options: ShowOptions) =>
    run(() => showDraft(context, draftId, options))(),
  );
}

function addExport(draft: Command, context: CliContext, run: Run): void {
  const command = describe(draft, 'export', {
    summary: 'write the plan as one file to circulate',
    description: 'Writes one version as one file that opens without any server: JSON or HTML.',
    examples: ['craton draft export drf_0199... --format html --out plan.html'],
  })
    .argument('<draft-id>', 'the draft')
    .addOption(
      new Option('--format <name>', 'json or html').choices(['json', 'html']).default('json'),
    )
    .option('--draft-version <number>', 'another version than the newest')
    .option('--out <file>', 'file for the plan; it must not exist');
  addSelfServiceFlags(command, true).action((draftId: string, options: ExportOptions) =>
    run(() => exportDraft(context, draftId, options))(),
  );
}
