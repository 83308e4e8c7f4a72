/** Everything that the page says after a check. */
import type { VerificationReport } from '@craton/protocol';
import { ShellSteps } from '../parts/shell-steps.tsx';
import type { Checked } from './check.ts';
import { CopyButton } from './copy-button.tsx';
import { InclusionTree } from './inclusion-tree.tsx';
import { Lines, Outcome } from './report-view.tsx';
import { shellScript } from './shell-commands.ts';
import { SignedContent } from './signed-view.tsx';

export function Result({ checked }: { readonly checked: Checked }) {
  const { report } = checked;
  return (
    <div class="result">
      <Outcome report={report} />
      <Remarks checked={checked} />
      <section class="stack" aria-labelledby="lines">
        <h2 id="lines">Line by line</h2>
        <Lines report={report} />
      </section>
      {checked.inclusion && (
        <section class="stack" aria-labelledby="tree">
          <h2 id="tree">Where it stands in the log</h2>
          <InclusionTree {...checked.inclusion} />
        </section>
      )}
      <section class="stack" aria-labelledby="signed">
        <h2 id="signed">What was signed</h2>
        <SignedContent checked={checked} />
      </section>
      <CheckWithoutUs checked={checked} />
    </div>
  );
}

function Remarks({ checked }: { checked: Checked }) {
  return (
    <>
      {!checked.hasTrustPolicy && (
        <p class="notice">
          No trust policy was given. A signature alone says that some key signed; only a policy of
          your own says whose key you accept.
        </p>
      )}
      {checked.usesKeysOfPage && (
        <p class="notice">
          The keys are those that this server put into the page. That is enough to check the
          signature, and no reason to trust them.
        </p>
      )}
    </>
  );
}

function CheckWithoutUs({ checked }: { checked: Checked }) {
  const { steps, report } = checked;
  if (steps.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="without-us">
      <h2 id="without-us">Check without us</h2>
      <p>
        The same receipt with a shell, coreutils and OpenSSL 3, in an empty folder. Take the root
        key from a place that you trust before you compare.
      </p>
      <p class="actions">
        <Download name="check.sh" type="text/x-shellscript" text={shellScript(steps)} />
        <Download name="report.json" type="application/json" text={reportText(report)} />
      </p>
      <ShellSteps steps={steps} action={({ command }) => <CopyButton text={command} />} />
    </section>
  );
}

/** Saves a text that is in the page already; nothing is fetched. */
function Download({ name, type, text }: { name: string; type: string; text: string }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        const link = document.createElement('a');
        link.href = URL.createObjectURL(new Blob([text], { type }));
        link.download = name;
        link.click();
        URL.revokeObjectURL(link.href);
      }}
    >
      Save {name}
    </button>
  );
}

function reportText(report: VerificationReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
