/** `craton export`: keeps everything that an auditor needs in one file. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { progressOf } from '../audit/progress.ts';
import { writeExport } from '../audit/write-export.ts';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import {
  addOperatorFlags,
  operatorAccess,
  type OperatorOptions,
} from '../operator/operator-client.ts';
import { grouped } from '../text.ts';
import { timeOf } from './audit.ts';

export interface ExportOptions extends OperatorOptions {
  readonly out: string;
  readonly partner?: string;
  readonly path?: string;
  readonly from?: string;
  readonly to?: string;
}

export function addExportCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'export', {
    summary: 'save every receipt of an environment for an auditor',
    description:
      'Fetches the export of a boundary into a file, which is there only when it is whole. It ' +
      'holds openings (what was asked) and the keys of the streams: keep it as confidential as ' +
      'the record itself. The token needs no more than the scope read.',
    examples: [
      'craton export --out export.jsonl --token-file auditor-key.txt',
      'craton export --out january.jsonl --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z',
    ],
    needs: [['--out <file>', 'where it is written; an existing file is replaced']],
  })
    .option('--partner <label>', 'only this partner’s streams')
    .option('--path <id>', 'only streams of paths with this id')
    .option('--from <time>', 'receipts issued at this time or later')
    .option('--to <time>', 'receipts issued before this time');
  addOperatorFlags(command);
  command.action((options: ExportOptions) => run(() => exportReceipts(context, options))());
}

/** Fetches and writes the file, and says what is in it. */
export async function exportReceipts(context: CliContext, options: ExportOptions): Promise<void> {
  const file = resolve(context.cwd, options.out);
  const access = operatorAccess(context, options);
  const progress = progressOf(context);
  const written = await writeExport(access, {
    file,
    query: queryOf(options),
    hash: createHash('sha256'),
    onProgress: (bytes) => {
      progress.show('bytes', bytes, 0);
    },
  }).finally(progress.end);
  const { receipts, streams, digest, bytes } = written;
  if (options.json === true) {
    const document = { object: 'craton.export.written.v1', file, receipts, streams, digest, bytes };
    context.out(JSON.stringify(document));
    return;
  }
  context.out(`${grouped(receipts)} receipts of ${grouped(streams)} streams: ${file}`);
  context.out(digest);
}

function queryOf({ partner, path, from, to }: ExportOptions): string {
  const query = new URLSearchParams();
  if (partner !== undefined) query.set('partner', partner);
  if (path !== undefined) query.set('path', path);
  const fromMs = from === undefined ? undefined : timeOf('--from', from);
  const toMs = to === undefined ? undefined : timeOf('--to', to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw usageFailure('--to must be after --from.');
  }
  if (fromMs !== undefined) query.set('from', new Date(fromMs).toISOString());
  if (toMs !== undefined) query.set('to', new Date(toMs).toISOString());
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
