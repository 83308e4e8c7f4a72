/** A receipt for everybody: with it and the published keys anybody sees that receipts verify. */
import { SAMPLE_RECEIPT_PATH } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { PUBLIC_DOCUMENT_HEADERS, type Route, type RouteDocument } from '@craton/service';
import { type BundlePorts, bundleText } from '../commands/compose-bundle.ts';
import { findSampleReceipt } from '../commands/keep-sample-receipt.ts';
import type { LedgerReader } from '../ledger/port.ts';
import { JSON_TYPE } from './content-types.ts';
import { NoParameters, VerificationBundle } from './schemas.ts';

export interface SampleReceiptRoutePorts extends BundlePorts {
  readonly reader: Pick<LedgerReader, 'listStreams' | 'listReceipts'>;
  readonly environment: string;
}

/** Milliseconds for which an answer is handed out again. */
const FRESH_MS = 1_000;

export const SAMPLE_RECEIPT_DOCUMENT: RouteDocument = {
  method: 'GET',
  path: SAMPLE_RECEIPT_PATH,
  operationId: 'getSampleReceipt',
  summary: 'A receipt that is nobody’s, to verify',
  description:
    'The newest receipt of the partner craton_sample: issued by the server itself under each signing key, a signed reject. Nothing of any other partner is in it.',
  query: NoParameters,
  answer: {
    description: 'Its full verification bundle.',
    contentType: 'application/json',
    schema: VerificationBundle,
  },
  errors: ['ERR_REQUEST_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_READY', 'ERR_STORE_UNAVAILABLE'],
};

export function sampleReceiptRoute(ports: SampleReceiptRoutePorts): Route {
  let last: { readonly readAtMs: number; readonly text: Promise<string> } | undefined;
  return {
    ...SAMPLE_RECEIPT_DOCUMENT,
    handle: async (_request, reply) => {
      const nowMs = ports.nowMs();
      // Nobody who asks often makes the store work more.
      if (last === undefined || Math.abs(nowMs - last.readAtMs) >= FRESH_MS) {
        last = { readAtMs: nowMs, text: readSample(ports) };
      }
      const text = await last.text;
      const headers = { ...PUBLIC_DOCUMENT_HEADERS, 'Cache-Control': 'no-store' };
      return reply.headers(headers).type(JSON_TYPE).send(text);
    },
  };
}

async function readSample(ports: SampleReceiptRoutePorts): Promise<string> {
  const stored = await findSampleReceipt(ports.reader, ports.environment);
  if (stored !== undefined) return bundleText(ports, { stored, linked: [] }, 'full');
  throw new CratonError(
    'ERR_NOT_FOUND',
    'There is no sample receipt: it could not be issued when the server started. See its log.',
  );
}
