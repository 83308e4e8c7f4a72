/** A status or a verdict as icon, word and colour. */
import type { CheckStatus, Verdict } from '@craton/protocol';
import { Icon } from './icon.tsx';

/** Status of one line of a verification report. */
export function Status({ status }: { readonly status: CheckStatus }) {
  return (
    <span class={`status is-${status}`}>
      <Icon name={status} />
      {status.replace('_', ' ')}
    </span>
  );
}

export function VerdictMark({ verdict }: { readonly verdict: Verdict }) {
  return (
    <span class={`verdict is-${verdict}`}>
      <Icon name={verdict} />
      {verdict}
    </span>
  );
}
