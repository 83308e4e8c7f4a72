/** `/log`: how the transparency log stands, and how to check it without asking us. */
import type { LogFacts, LogModel } from '../models.ts';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { PageHead, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

const SECTIONS = {
  state: { id: 'state', title: 'Now' },
  witnesses: { id: 'witnesses', title: 'Witnesses' },
  check: { id: 'check', title: 'Check it without us' },
  limits: { id: 'limits', title: 'What the log does not show' },
} as const;

const STATUS_WORDS: Readonly<Record<LogFacts['status'], string>> = {
  off: 'No log key is configured here: receipts are issued and nothing is published.',
  starting: 'The publisher is starting.',
  publishing: 'This server publishes.',
  standby: 'Another server of this issuer publishes.',
  failed:
    'The publisher has stopped: what is stored contradicts what was signed. An operator must look.',
};

/** `/log`. Full HTML document. */
export function logPage({ site, log }: LogModel): string {
  return renderDocument({
    site,
    path: '/log',
    title: 'The transparency log',
    description: 'Size, newest checkpoint and witnesses of the log, and how to check it yourself.',
    children: (
      <>
        <PageHead title="The transparency log" sections={Object.values(SECTIONS)}>
          <p class="lede">
            Every receipt leaves one entry in this log. It only grows: whoever keeps an earlier
            checkpoint can show if something was changed or taken away since.
          </p>
        </PageHead>
        <Section {...SECTIONS.state}>
          <p>{STATUS_WORDS[log.status]}</p>
          <Table
            caption="The newest published checkpoint"
            columns={['What', 'Value']}
            rows={stateRows(log)}
          />
        </Section>
        <Section {...SECTIONS.witnesses}>
          <Witnesses log={log} />
        </Section>
        <Section {...SECTIONS.check}>
          <HowToCheck baseUrl={site.baseUrl} log={log} />
        </Section>
        <Section {...SECTIONS.limits}>
          <p>
            An entry holds digests and no content. That a receipt is in the log says nothing about
            the action itself, nor whether the clock was right. The times in checkpoints of
            witnesses are theirs; all other times are the issuer’s own.
          </p>
        </Section>
      </>
    ),
  });
}

function stateRows({ origin, published, verifierKey }: LogFacts) {
  return [
    ['Origin', <span class="mono">{origin}</span>],
    ['Entries', published === undefined ? 'none yet' : String(published.treeSize)],
    ...(published === undefined
      ? []
      : [
          ['Root', <span class="mono">{published.root}</span>],
          ['Signed at', <time dateTime={published.signedAt}>{published.signedAt}</time>],
        ]),
    ...(verifierKey === undefined
      ? []
      : [['Verifier key', <span class="mono">{verifierKey}</span>]]),
  ];
}

function Witnesses({ log: { witnesses, published } }: { readonly log: LogFacts }) {
  const others = witnesses.filter(({ isIssuers }) => !isIssuers).length;
  if (witnesses.length === 0) {
    return (
      <p>
        <strong>Not witnessed.</strong> Nobody else signs these checkpoints, so you take the
        issuer’s word for it that everybody is shown the same log.
      </p>
    );
  }
  return (
    <>
      <p>
        {`${witnesses.length} asked, ${others} of them not run by the issuer.`} A witness signs a
        checkpoint only if it extends the one that it signed before.
      </p>
      <Table
        caption="Who is asked to cosign"
        columns={['Witness', 'Run by', 'Newest checkpoint']}
        rows={witnesses.map(({ name, isIssuers }) => [
          name,
          isIssuers ? 'the issuer' : 'somebody else, as the issuer says',
          published?.cosignedBy.includes(name) === true ? 'cosigned' : 'not cosigned',
        ])}
      />
    </>
  );
}

function HowToCheck({ baseUrl, log }: { readonly baseUrl: string; readonly log: LogFacts }) {
  const key = log.hasOpenTiles ? '' : ' (tiles and entries need an auditor’s key)';
  return (
    <>
      <p>
        The formats are public (C2SP tlog-tiles, tlog-checkpoint, tlog-proof), so any tool that
        reads them will do{key}. Take the verifier key from your trust policy, never from this page.
      </p>
      <Code
        text={`./craton monitor ${baseUrl}/log --trust trust-policy.txt --state monitor.json`}
        caption="Follow the log"
      />
      <Code text={`curl -s ${baseUrl}/log/checkpoint`} caption="The newest checkpoint" />
      <p>
        A bundle carries what shows its receipt in the log: <a href="/verify">verify</a> checks it
        offline.
      </p>
    </>
  );
}
