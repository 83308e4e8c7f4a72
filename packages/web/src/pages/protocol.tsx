/** `/protocol`: the receipt explained, with an example of which every byte can be recomputed. */
import type { ProtocolModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';
import { PageHead, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { Example } from './protocol-example.tsx';
import { PAYLOAD_MEMBERS, RESOURCES, VERIFICATION_RULE } from './protocol-facts.tsx';

const SECTIONS = {
  short: { id: 'short', title: 'In five minutes' },
  example: { id: 'example', title: 'An example, byte by byte' },
  rule: { id: 'rule', title: 'The rule for verifying' },
  members: { id: 'members', title: 'What is signed' },
  limits: { id: 'limits', title: 'What a receipt does not show' },
  resources: { id: 'resources', title: 'Stable resources' },
  versions: { id: 'versions', title: 'What will not change' },
} as const;

/** `/protocol`. Full HTML document. */
export function protocolPage({ site }: ProtocolModel): string {
  return renderDocument({
    site,
    path: '/protocol',
    title: 'The receipt protocol',
    description:
      'How a Craton receipt is made, one example to recompute byte by byte, and the rule for verifying.',
    children: (
      <>
        <PageHead title="The receipt protocol" sections={Object.values(SECTIONS)}>
          <p class="lede">
            A receipt is a few hundred bytes of JSON and an Ed25519 signature over exactly these
            bytes. This page explains both, so that you can check a receipt with tools of your own.
          </p>
        </PageHead>
        <Section {...SECTIONS.short}>
          <InShort />
        </Section>
        <Section {...SECTIONS.example}>
          <Example />
        </Section>
        <Section {...SECTIONS.rule}>
          <p class="soft">
            The result is a report with one line for each question, never a single yes. What cannot
            be checked is reported as such.
          </p>
          <ol class="steps">
            {VERIFICATION_RULE.map((rule, index) => (
              <li key={index}>
                <p>{rule}</p>
              </li>
            ))}
          </ol>
        </Section>
        <Section {...SECTIONS.members}>
          <Table
            caption="Members of the signed payload of a decision, in the order of the canonical form"
            columns={['Member', 'Meaning']}
            rows={PAYLOAD_MEMBERS.map(([name, meaning]) => [
              <code key={name}>{name}</code>,
              meaning,
            ])}
          />
        </Section>
        <Section {...SECTIONS.limits}>
          <Limits />
        </Section>
        <Section {...SECTIONS.resources}>
          <Table
            caption="These addresses stay"
            columns={['Address', 'What is there']}
            rows={RESOURCES.map(({ path, meaning }) => [
              <a key={path} class="mono" href={path}>
                {path}
              </a>,
              meaning,
            ])}
          />
        </Section>
        <Section {...SECTIONS.versions}>
          <Versions />
        </Section>
      </>
    ),
  });
}

function InShort() {
  return (
    <ol class="steps">
      <li>
        <p>
          <strong>The host asks.</strong> It sends the fields that describe the boundary: the gate,
          the system, the amount, and what is known about the approval. The content of the action
          stays with the host.
        </p>
      </li>
      <li>
        <p>
          <strong>Craton decides.</strong> It looks for the one live path that fits and evaluates
          every rule of its document. The most severe verdict of all matching rules wins. No path,
          no matching rule, or an error in a rule: reject.
        </p>
      </li>
      <li>
        <p>
          <strong>What was evaluated is sealed.</strong> It is written down as the <em>opening</em>,
          with a random nonce, and its hash becomes the <code>commitment_id</code>. The opening
          travels beside the receipt and is not part of it: it can be handed over, held back or
          erased, and the signature holds in each case.
        </p>
      </li>
      <li>
        <p>
          <strong>The decision is signed.</strong> Verdict, reasons, obligations, expiry and place
          in the stream become one canonical JSON object (RFC 8785), and an Ed25519 key signs its
          bytes once. The receipt is on the disk before the host gets it.
        </p>
      </li>
      <li>
        <p>
          <strong>Somebody else says whose key that is.</strong> A root key that no server ever
          holds attests the signing key. Your own trust policy names the root, the issuer and the
          environment that it may speak for. Keys that arrive with a receipt are never trusted for
          arriving with it.
        </p>
      </li>
      <li>
        <p>
          <strong>The receipt takes its place in line.</strong> Each receipt has a number without
          gaps in its stream, and promises a place in an append-only log until a stated time. A
          receipt that misses it is evidence against whoever issued it.
        </p>
      </li>
    </ol>
  );
}

function Limits() {
  return (
    <div class="columns">
      <div class="stack">
        <h3>A verified receipt shows</h3>
        <ul class="list">
          <li>which key signed this verdict, for which issuer and environment</li>
          <li>that not one bit of it has changed since</li>
          <li>which version of which path document was applied</li>
          <li>with opening and path document: that the verdict follows from them</li>
          <li>its number in its stream, so that a missing one can be noticed</li>
        </ul>
      </div>
      <div class="stack">
        <h3>It does not show</h3>
        <ul class="list">
          <li>
            that the approval is genuine: unless evidence was checked, its status is what the host
            said
          </li>
          <li>
            that the action was carried out; a confirmation says so, with the name of who says it
          </li>
          <li>
            that the action was the one asked about, unless the receipt binds the digest of the
            action
          </li>
          <li>that the clock was right: the times are those of the issuer</li>
          <li>that no other receipt is missing; that takes an audit of the whole stream</li>
          <li>that the rule was a good one</li>
        </ul>
      </div>
    </div>
  );
}

function Versions() {
  return (
    <ul class="list">
      <li>
        What is signed and hashed under <code>craton.receipt.protocol.v1</code> never changes. A
        change of meaning gets a new protocol id, and receipts of the old one keep verifying.
      </li>
      <li>
        Members may be added. A verifier ignores those that it does not know, except the ones that
        the signed list <code>crit</code> names: then it must refuse.
      </li>
      <li>
        Reason codes, report codes and error codes are never renamed and never get another meaning.
      </li>
      <li>
        Test vectors, valid and tampered, are kept for every release, so that old verifiers and old
        receipts can be tried against each other.
      </li>
    </ul>
  );
}
