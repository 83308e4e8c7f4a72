/** What the pages of paths show: what is live, how it came, and who may take it back. */
import {
  admitRollback,
  type BodyOf,
  foldPath,
  type PathRecord,
  pathChain,
  readRecords,
} from '@craton/policy';
import { formatTime } from '@craton/protocol';
import type { PathListModel, PathPageModel } from '@craton/web';
import { intact, listRolloutIds, loadRollout } from '../rollout/read-rollout.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import { type Looking, pathAction } from './operator-page-models.ts';

interface Place {
  readonly partner_id: string;
  readonly path_id: string;
}

async function readPath({ operatorRecords }: RolloutPorts, { partner_id, path_id }: Place) {
  const stored = await operatorRecords.readChain(pathChain(partner_id, path_id));
  return readRecords('path', intact(stored));
}

function actionsOf(records: readonly PathRecord[], { nameOf }: Looking) {
  return records.flatMap((record) =>
    record.kind === 'deployment_recorded'
      ? [pathAction(record.body, formatTime(record.atMs), nameOf(record.actor))]
      : [],
  );
}

/** `/operator/paths/:partner/:path`. Throws `ERR_RECORDS_BROKEN`. */
export async function pathPageModel(
  ports: RolloutPorts,
  looking: Looking,
  place: Place,
): Promise<PathPageModel> {
  const { site, viewer } = looking;
  const records = await readPath(ports, place);
  const history = actionsOf(records, looking);
  const { live: body, isReviewOpen } = foldPath(records);
  const live = history.findLast(({ recordDigest }) => recordDigest === body?.record_digest);
  return {
    ...{ site, viewer, at: formatTime(ports.sources.nowMs()) },
    ...{ partnerId: place.partner_id, pathId: place.path_id, history, isReviewOpen },
    ...(live && { live }),
    ...(body && { rollback: await wayBack(ports, looking, body) }),
  };
}

async function wayBack(
  ports: RolloutPorts,
  { person, mayDeploy, nameOf }: Looking,
  { rollout_id: rolloutId }: BodyOf<'path', 'deployment_recorded'>,
) {
  const { inputs, rollout } = await loadRollout(ports, rolloutId);
  const admission = admitRollback(inputs, person);
  const codes = admission.admitted ? [] : admission.codes;
  const refusals = [...new Set([...(mayDeploy ? [] : ['role_not_held']), ...codes])];
  const owners = (rollout.opened.role_holders.rollback_owner ?? []).map(nameOf);
  return { action: 'rollback', rolloutId, owners, refusals };
}

/** `/operator/paths` */
export async function pathListModel(ports: RolloutPorts, looking: Looking): Promise<PathListModel> {
  const ids = await listRolloutIds(ports);
  const loaded = await Promise.all(ids.map((id) => loadRollout(ports, id)));
  const places = new Map<string, Place>(
    loaded.map(({ rollout: { opened } }) => [`${opened.partner_id}/${opened.path_id}`, opened]),
  );
  const sorted = [...places].toSorted(([one], [other]) => one.localeCompare(other));
  const paths = await Promise.all(
    sorted.map(async ([, place]) => {
      const { partnerId, pathId, live } = await pathPageModel(ports, looking, place);
      return { partnerId, pathId, ...(live && { live }) };
    }),
  );
  const { site, viewer } = looking;
  return { site, viewer, at: formatTime(ports.sources.nowMs()), paths };
}
