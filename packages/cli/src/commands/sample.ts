/** `craton sample`: draws receipts of an export that anybody else draws again. */
import { resolve } from 'node:path';
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { progressOf } from '../audit/progress.ts';
import { drawSample, SAMPLE_MAX, sampleDocument } from '../audit/sample.ts';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { grouped, table } from '../text.ts';

export interface SampleOptions {
  readonly seed: string;
  readonly size: string;
  readonly json?: boolean;
}

const SEED_CHARS_MAX = 256;

export function addSampleCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'sample', {
    summary: 'draw receipts of an export to compare with your own books',
    description:
      'Orders the receipts of an export by the SHA-256 of "craton.sample.v1", the seed and the ' +
      'digest of the payload, and takes the first. Nobody who fixed the export before the seed ' +
      'could choose what is drawn. Verifies nothing: craton audit does.',
    examples: ['craton sample export.jsonl --seed 2026-01-31-17 --size 25'],
    needs: [
      ['--seed <text>', 'chosen after the export was made, for example by dice'],
      ['--size <number>', `how many, at most ${SAMPLE_MAX}`],
    ],
  }).argument('<export>', 'a file that craton export wrote');
  command.action((file: string, options: SampleOptions) =>
    run(() => sample(context, file, options))(),
  );
}

/** Prints the sample. */
export async function sample(
  context: CliContext,
  name: string,
  options: SampleOptions,
): Promise<void> {
  const file = resolve(context.cwd, name);
  const size = sizeOf(options);
  const { seed } = options;
  if (seed === '' || seed.length > SEED_CHARS_MAX || /[\r\n]/.test(seed)) {
    throw usageFailure(`--seed takes one line of 1 to ${SEED_CHARS_MAX} characters.`);
  }
  const progress = progressOf(context);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const onProgress = (end: number): void => {
    progress.show('sample', end, bytes);
  };
  const order = { file, seed, size, onProgress };
  const drawn = await drawSample(order).finally(progress.end);
  if (options.json === true) {
    context.out(JSON.stringify(sampleDocument(drawn, order)));
    return;
  }
  const rows = drawn.receipts.map(({ requestId, digest, issuedAt, receiptType, verdict }) => [
    requestId ?? digest,
    issuedAt,
    receiptType,
    verdict ?? '',
  ]);
  for (const line of table(['RECEIPT', 'ISSUED', 'TYPE', 'VERDICT'], rows)) context.out(line);
  context.err(`${rows.length} of ${grouped(drawn.population)} receipts, seed ${seed}`);
}

function sizeOf({ size }: SampleOptions): number {
  const count = /^[1-9][0-9]{0,5}$/.test(size) ? Number(size) : 0;
  if (count >= 1 && count <= SAMPLE_MAX) return count;
  throw usageFailure(`--size takes a whole number from 1 to ${SAMPLE_MAX}.`);
}
