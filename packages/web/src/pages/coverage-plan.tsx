/** A coverage plan as one file: it opens anywhere, loads nothing, runs nothing. */
import { renderToString } from 'preact-render-to-string';
import type { CoveragePlanModel } from '../models.ts';
import { ExampleRequestList, Reading, VerdictMapTable } from '../parts/boundary-preview.tsx';
import { Code } from '../parts/code.tsx';
import { Table } from '../parts/table.tsx';
import { ExpectedCases, headRows, Moves, peopleRows, scopeRows } from './plan-sections.tsx';

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'";

/** Full HTML document. */
export function coveragePlanFile(model: CoveragePlanModel): string {
  return `<!doctype html>\n${renderToString(<PlanFile {...model} />)}\n`;
}

function PlanFile({ site, draftId, packet }: CoveragePlanModel) {
  const { draft, version, preview } = packet;
  const title = draft.title ?? 'Coverage plan';
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title}, version ${version} · Craton`}</title>
      </head>
      <body>
        <header>
          <p>
            Draft, production_write=false. Nothing in this file is signed, and nothing in it is
            live.
          </p>
        </header>
        <main>
          <h1>{title}</h1>
          <Table
            caption="What this is"
            columns={['What', 'Value']}
            rows={headRows(draftId, packet)}
          />
          <h2>Path and authority</h2>
          <Table caption="The scope" columns={['Member', 'Value']} rows={scopeRows(draft)} />
          <h2>What it would decide</h2>
          {preview === undefined ? (
            <p>Not yet: {packet.missing.join(', ')} must be filled in first.</p>
          ) : (
            <>
              <Reading preview={preview} />
              <VerdictMapTable preview={preview} />
              <h2>Expected verdicts</h2>
              <ExpectedCases packet={packet} />
              <h2>Examples</h2>
              <ExampleRequestList preview={preview} />
            </>
          )}
          <h2>Expansion moves</h2>
          <Moves draft={draft} />
          <h2>People, service level, rollback</h2>
          <Table caption="As the plan says" columns={['What', 'Value']} rows={peopleRows(draft)} />
          <h2>The packet</h2>
          <p>
            Whoever reads it derives every digest again and refuses one that differs. The format is
            craton.packet.v1.
          </p>
          <Code
            caption="Without its preview"
            text={JSON.stringify({ ...packet, preview: undefined }, undefined, 2)}
          />
        </main>
        <footer>
          <p>
            Craton {site.version}, environment {site.environment}
          </p>
        </footer>
      </body>
    </html>
  );
}
