/** `/verify`, and the same verifier as one file that works from a disk. */
import { renderToString } from 'preact-render-to-string';
import { assetPath, assetText, sourceHash } from '../assets.ts';
import { singleFilePolicy } from '../csp.ts';
import { EXAMPLE_BUNDLE, EXAMPLE_TRUST_POLICY, exampleDecision } from '../example.ts';
import type { VerifyModel } from '../models.ts';
import { Mark } from '../parts/brand.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Section } from '../parts/section.tsx';
import { Verifier, type VerifierData } from '../verifier/verifier.tsx';

const DESCRIPTION =
  'Check a Craton receipt in your browser, line by line. Nothing is uploaded; it works offline.';

const example: VerifierData['example'] = {
  subject: EXAMPLE_BUNDLE,
  trust: EXAMPLE_TRUST_POLICY,
  at: exampleDecision().issued_at,
};

/** `/verify`. Full HTML document. */
export function verifyPage({ site, offlineBundle }: VerifyModel): string {
  return renderDocument({
    site,
    path: '/verify',
    title: 'Verify',
    description: DESCRIPTION,
    scripts: [assetPath('verify.js')],
    children: (
      <>
        <Content data={{ keys: JSON.stringify(offlineBundle), example }} />
        <WithoutUs />
      </>
    ),
  });
}

/** Four ways that need less and less of what we made. */
function WithoutUs() {
  return (
    <Section id="without-us" title="Check without us">
      <p class="lede">
        This page came from the server whose receipts you doubt. You need not believe it.
      </p>
      <dl class="columns points">
        <div>
          <dt>From your disk</dt>
          <dd>
            The same verifier is{' '}
            <a href="/verify.html" download>
              one file to keep
            </a>
            . It asks nobody, and it works when this server is gone.
          </dd>
        </div>
        <div>
          <dt>In your terminal</dt>
          <dd>
            <code>./craton verify bundle.json --trust trust-policy.txt</code> prints the same report
            and ends with a code that a script can read.
          </dd>
        </div>
        <div>
          <dt>With another program</dt>
          <dd>
            <code>verifiers/python</code> in the repository shares no code with this page and
            reaches the same lines.
          </dd>
        </div>
        <div>
          <dt>With OpenSSL alone</dt>
          <dd>
            The commands for your receipt stand below its report; those for{' '}
            <a href="/protocol#check-the-example">the published example</a> need nothing but a
            shell.
          </dd>
        </div>
      </dl>
      <p>
        What you need for it, beside the receipt: a trust policy that you keep, the{' '}
        <a href="/self-service/verify-keys/offline-bundle">keys and attestations</a>, and for a
        place in the log <a href="/log">its checkpoints</a>.
      </p>
    </Section>
  );
}

/** The verifier as one self-contained file: no server, no other file, no network. */
export function verifyHtmlFile(): string {
  const script = assetText('verify.js');
  const style = assetText('site.css');
  const policy = singleFilePolicy(sourceHash(script), sourceHash(style));
  const body = renderToString(
    <body>
      <a class="skip-link" href="#content">
        Skip to content
      </a>
      <header class="site-header">
        <p class="brand">
          <Mark />
          Craton
        </p>
      </header>
      <main id="content">
        <Content data={{ example }} />
      </main>
      <footer class="site-footer">
        <p>A single file: keep it with your receipts. It needs no server and no network.</p>
      </footer>
      <script dangerouslySetInnerHTML={{ __html: script }} />
    </body>,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>Verify · Craton</title>',
    `<meta name="description" content="${DESCRIPTION}">`,
    '<link rel="icon" href="data:,">',
    `<style>${style}</style>`,
    '</head>',
    body,
    '</html>',
    '',
  ].join('\n');
}

function Content({ data }: { readonly data: VerifierData }) {
  return (
    <>
      <div class="page-head">
        <h1>Verify a receipt</h1>
        <p class="lede">
          The check runs in this browser. Nothing is uploaded: the page’s own security policy
          forbids every connection. Each line of the report says what holds and whose word it is.
        </p>
        <noscript>
          <p class="notice">
            Checking a signature here needs JavaScript. Without it, use{' '}
            <code>./craton verify bundle.json --trust trust-policy.txt</code>, or OpenSSL as the
            protocol page shows.
          </p>
        </noscript>
      </div>
      <div id="verifier">
        <Verifier data={data} />
      </div>
      <script
        type="application/json"
        id="verifier-data"
        dangerouslySetInnerHTML={{ __html: dataText(data) }}
      />
    </>
  );
}

/** JSON for a data block: `<` is escaped, so that no text can end the element. */
function dataText(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
