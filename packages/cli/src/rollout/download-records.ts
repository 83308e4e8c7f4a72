/** Fetches the bundles of a path's deployment records, with what the operator side says of them. */
import { OPERATIONS_PARTNER } from '@craton/policy';
import { type JsonObject, Members } from '@craton/protocol';
import { getBundle } from '../check/boundary-client.ts';
import type { CliContext } from '../context.ts';
import { historyPath } from '../commands/rollout-review.ts';
import { OperatorClient, operatorAccess } from '../operator/operator-client.ts';
import { issueTemporaryKey, revokeTemporaryKey } from '../operator/temporary-key.ts';
import { type RolloutOptions } from './rollout-client.ts';
import { understood } from './rollout-view.ts';
import type { HistoryEntry } from './verify-records.ts';

export interface DownloadedRecords {
  /** The answer as it came: the file `history.json`. */
  readonly answer: JsonObject;
  readonly bundles: readonly { readonly requestId: string; readonly bytes: Uint8Array }[];
}

/**
 * Reads the history and each bundle. The receipts are of the partner for operations, so a key of it is
 * issued for this run alone: the token needs the scope admin.
 */
export async function downloadRecords(
  context: CliContext,
  path: string,
  options: RolloutOptions,
): Promise<DownloadedRecords> {
  const client = OperatorClient.of(context, options);
  const answer = await client.get(historyPath(path));
  const history = parseHistory(answer);
  if (history.length === 0) return { answer, bundles: [] };
  const { baseUrl } = operatorAccess(context, options);
  const terms = { kind: 'bnd', partnerId: OPERATIONS_PARTNER, scopes: ['read'] } as const;
  const key = await issueTemporaryKey(client, terms);
  try {
    const bundles: { requestId: string; bytes: Uint8Array }[] = [];
    for (const { requestId } of history) {
      const bytes = await getBundle({ baseUrl, apiKey: key.text }, requestId);
      bundles.push({ requestId, bytes });
    }
    return { answer, bundles };
  } finally {
    await revokeTemporaryKey(context, client, key);
  }
}

/** Reads the deployments of a history. Fails if it is not what a boundary answers. */
export function parseHistory(answer: JsonObject): readonly HistoryEntry[] {
  return understood(() =>
    Members.of(answer, '', 'ERR_FORMAT')
      .membersList('records')
      .filter((record) => record.text('kind') === 'deployment_recorded')
      .map((record) => record.members('body'))
      .map((body) => ({
        requestId: body.text('request_id'),
        recordDigest: body.text('record_digest'),
        actionSalt: body.text('action_salt'),
      })),
  );
}
