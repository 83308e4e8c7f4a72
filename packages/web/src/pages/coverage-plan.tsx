/** A coverage plan as one file: it opens anywhere, loads nothing, runs nothing. */
import { renderToString } from 'preact-render-to-string';
import type { CoveragePlanModel } from '../models.ts';
import { ExampleRequestList, Reading, VerdictMapTable } from '../parts/boundary-preview.tsx';
import { assetText, sourceHash } from '../assets.ts';
import { styledFilePolicy } from '../csp.ts';
import type { Packet } from '@craton/policy';
import { Mark } from '../parts/brand.tsx';
import { Badge } from '../parts/notice.tsx';
import { Section } from '../parts/section.tsx';
import { Code } from '../parts/code.tsx';
import { Table } from '../parts/table.tsx';
import { ExpectedCases, headRows, Moves, peopleRows, scopeRows } from './plan-sections.tsx';

/** Full HTML document. */
export function coveragePlanFile(model: CoveragePlanModel): string {
  const style = assetText('site.css');
  const policy = styledFilePolicy(sourceHash(style));
  const html = renderToString(<PlanFile {...model} style={style} policy={policy} />);
  return `<!doctype html>\n${html}\n`;
}

interface PlanFileProps extends CoveragePlanModel {
  readonly style: string;
  readonly policy: string;
}

function PlanFile({ site, draftId, packet, style, policy }: PlanFileProps) {
  const { draft, version } = packet;
  const title = draft.title ?? 'Coverage plan';
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title}, version ${version} · Craton`}</title>
        {/* Our own style sheet, as it is: its hash stands in the policy. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <header class="site-header">
          <p class="brand">
            <Mark /> Craton
          </p>
        </header>
        <main>
          <div class="page-head">
            <h1>{title}</h1>
            <p>
              <Badge>draft · production_write=false</Badge>
            </p>
            <p class="lede">Nothing in this file is signed, and nothing in it is live.</p>
            <Table
              caption="What this is"
              columns={['What', 'Value']}
              rows={headRows(draftId, packet)}
            />
          </div>
          <Section id="path" title="Path and authority">
            <Table caption="The scope" columns={['Member', 'Value']} rows={scopeRows(draft)} />
          </Section>
          <Verdicts packet={packet} />
          <Section id="moves" title="Expansion moves">
            <Moves draft={draft} />
          </Section>
          <Section id="people" title="People, service level, rollback">
            <Table
              caption="As the plan says"
              columns={['What', 'Value']}
              rows={peopleRows(draft)}
            />
          </Section>
          <Section id="packet" title="The packet">
            <p>
              Whoever reads it derives every digest again and refuses one that differs. The format
              is craton.packet.v1.
            </p>
            <Code
              caption="Without its preview"
              text={JSON.stringify({ ...packet, preview: undefined }, undefined, 2)}
            />
          </Section>
        </main>
        <footer class="site-footer">
          <p>
            Craton {site.version}, environment {site.environment}
          </p>
        </footer>
      </body>
    </html>
  );
}

function Verdicts({ packet }: { readonly packet: Packet }) {
  const { preview } = packet;
  if (preview === undefined) {
    return (
      <Section id="decides" title="What it would decide">
        <p>Not yet: {packet.missing.join(', ')} must be filled in first.</p>
      </Section>
    );
  }
  return (
    <>
      <Section id="decides" title="What it would decide">
        <div class="stack">
          <Reading preview={preview} />
        </div>
        <VerdictMapTable preview={preview} />
      </Section>
      <Section id="expected" title="Expected verdicts">
        <ExpectedCases packet={packet} />
      </Section>
      <Section id="examples" title="Examples">
        <ExampleRequestList preview={preview} />
      </Section>
    </>
  );
}
