/** `/`: what Craton is, in one picture, two commands and one request. */
import { API_KEY_LINE, checkCommand, verifyCommands } from '../examples.ts';
import type { HomeModel, SiteModel } from '../models.ts';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { VerdictMark } from '../parts/status.tsx';
import { ExamplePicture } from './example-picture.tsx';

/** `/`: what Craton is. Full HTML document. */
export function homePage({ site }: HomeModel): string {
  return renderDocument({
    site,
    path: '/',
    title: 'Craton: a signed answer before the action that cannot be undone',
    description:
      'Ask before an irreversible action, get allow, constrain or reject, and keep a signed receipt that anyone can check offline.',
    children: (
      <>
        <Hero />
        <Verdicts />
        <Fields />
        <FirstReceipt site={site} />
        <Checking />
      </>
    ),
  });
}

function Hero() {
  return (
    <section class="hero" aria-labelledby="title">
      <div class="stack">
        <h1 id="title">A signed answer before the action that cannot be undone</h1>
        <p class="lede">
          A system is about to release a payment, grant access, export data, or let an agent act. It
          asks Craton first. The answer is <strong>allow</strong>, <strong>constrain</strong> or{' '}
          <strong>reject</strong>, and it comes as a signed receipt.
        </p>
        <p class="lede">
          Whoever doubts the receipt later checks it offline: without an account, and without asking
          us.
        </p>
        <p class="actions">
          <a class="button primary" href="#first-receipt">
            Get a first receipt
          </a>
          <a class="button" href="/verify">
            Verify a receipt
          </a>
        </p>
      </div>
      <ExamplePicture />
    </section>
  );
}

function Verdicts() {
  return (
    <section class="section" aria-labelledby="verdicts">
      <h2 id="verdicts">Three answers, each of them signed</h2>
      <ul class="plain columns verdicts">
        <li class="stack-tight">
          <h3>
            <VerdictMark verdict="allow" />
          </h3>
          <p>
            The action may run once, until the time that the receipt names. After that the record
            stands and the permission has ended.
          </p>
        </li>
        <li class="stack-tight">
          <h3>
            <VerdictMark verdict="constrain" />
          </h3>
          <p>
            The action may run if the obligations in the receipt are met, such as the approval of
            two people. A system that does not know an obligation must not act.
          </p>
        </li>
        <li class="stack-tight">
          <h3>
            <VerdictMark verdict="reject" />
          </h3>
          <p>
            The action must not run. The reasons are codes that a program can branch on. A request
            that no rule covers is rejected too.
          </p>
        </li>
      </ul>
    </section>
  );
}

function Fields() {
  return (
    <section class="section" aria-labelledby="fields">
      <h2 id="fields">You keep the payload and the control</h2>
      <div class="columns">
        <div class="stack-tight">
          <h3>Craton gets the minimum boundary fields</h3>
          <ul class="list">
            <li>which gate, in which system, and what kind of decision</li>
            <li>the amount, and the role that decides</li>
            <li>the status, the reference and the source of the approval</li>
            <li>your own reference, and on request a digest of the exact action</li>
          </ul>
        </div>
        <div class="stack-tight">
          <h3>What stays with you</h3>
          <ul class="list">
            <li>documents, account numbers, names, and the content of the action</li>
            <li>keys, tokens and card numbers: a request that holds one is refused</li>
            <li>carrying out the action, or not</li>
          </ul>
        </div>
      </div>
    </section>
  );
}

function FirstReceipt({ site }: { site: SiteModel }) {
  return (
    <section class="section" aria-labelledby="first-receipt">
      <div class="stack-tight">
        <h2 id="first-receipt">Your first receipt in three minutes</h2>
        <p class="soft">
          Two commands in a clone of the repository start a development server with a sample path
          and keys of its own. Everything stays on your machine.
        </p>
      </div>
      <ol class="steps wide">
        <li>
          <Code caption="Install and start" text={'npm ci\nnpm start'} />
        </li>
        <li>
          <Code
            caption="In another terminal: ask, and keep the answer"
            text={`${API_KEY_LINE}\n${checkCommand(site)}`}
          />
        </li>
        <li>
          <Code
            caption="Fetch the bundle, then verify it; the last line needs no server"
            text={verifyCommands(site)}
          />
        </li>
      </ol>
      <p>
        The sample path allows 500 000 USD, constrains up to 1 000 000 USD and rejects more. Change
        the amount and look at the answers. All members and errors are on the page{' '}
        <a href="/agent-api">Agent API</a>.
      </p>
    </section>
  );
}

function Checking() {
  return (
    <section class="section" aria-labelledby="checking">
      <h2 id="checking">Believe the bytes, not this page</h2>
      <div class="columns">
        <div class="stack-tight">
          <h3>
            <a href="/verify">Verify in your browser</a>
          </h3>
          <p>
            Each line of the report says what holds and whose word it is. Nothing is uploaded, and
            the page also works as a file from your disk.
          </p>
        </div>
        <div class="stack-tight">
          <h3>
            <a href="/protocol">Read the protocol</a>
          </h3>
          <p>
            Five minutes of reading and one example with every byte, which you can recompute with
            openssl alone. It also says what a receipt does not show.
          </p>
        </div>
        <div class="stack-tight">
          <h3>
            <a href="/self-service/verify-keys/offline-bundle">Take the keys with you</a>
          </h3>
          <p>
            The public keys and the root’s statement about them, as one file. Whom you trust stays
            in a file of your own: the trust policy.
          </p>
        </div>
      </div>
    </section>
  );
}
