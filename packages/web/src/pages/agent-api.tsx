/** `/agent-api`: the boundary check for whoever calls it from a program. */
import { API_KEY_LINE } from '../examples.ts';
import type { AgentApiModel, ErrorCodeRow, SiteModel } from '../models.ts';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { PageHead, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { curlExample, pythonExample, typescriptExample } from './api-examples.ts';
import { ANSWER_NOTES, REQUEST_NOTES } from './member-notes.ts';
import { answerRows, errorCodesOf, requestRows, type SchemaRow } from './schema-rows.ts';

const CHECK_PATH = '/v1/boundary/check';

const SECTIONS = {
  ask: { id: 'ask', title: 'Ask for a verdict' },
  request: { id: 'request', title: 'What you send' },
  answer: { id: 'answer', title: 'What you get' },
  errors: { id: 'errors', title: 'When there is no verdict' },
  repeats: { id: 'repeats', title: 'Asking twice' },
  programs: { id: 'programs', title: 'In a program' },
} as const;

/** `/agent-api`. Full HTML document. */
export function agentApiPage({ site, openapi, errors }: AgentApiModel): string {
  return renderDocument({
    site,
    path: '/agent-api',
    title: 'Agent API',
    description:
      'Ask for a verdict with one POST: members, answers, errors and idempotency, with examples.',
    children: (
      <>
        <PageHead title="Agent API" sections={Object.values(SECTIONS)}>
          <p class="lede">
            One request before the action, one signed answer. Everything that a program must branch
            on is a code: verdicts, reasons, obligations and errors.
          </p>
          <p>
            For machines: <a href="/openapi.json">the OpenAPI document</a> has every route of this
            server.
          </p>
        </PageHead>
        <Section {...SECTIONS.ask}>
          <Ask site={site} />
        </Section>
        <Section {...SECTIONS.request}>
          <Request rows={requestRows(openapi, CHECK_PATH)} />
        </Section>
        <Section {...SECTIONS.answer}>
          <Answer rows={answerRows(openapi, CHECK_PATH)} />
        </Section>
        <Section {...SECTIONS.errors}>
          <Errors codes={errorCodesOf(openapi, CHECK_PATH)} errors={errors} />
        </Section>
        <Section {...SECTIONS.repeats}>
          <Repeats />
        </Section>
        <Section {...SECTIONS.programs}>
          <Programs site={site} />
        </Section>
      </>
    ),
  });
}

function Ask({ site }: { site: SiteModel }) {
  return (
    <>
      <p>
        <code>POST {CHECK_PATH}</code> with <code>Authorization: Bearer &lt;key&gt;</code> and a
        JSON body of at most 16 KiB.
      </p>
      {site.environment === 'development' && (
        <Code caption="The key of this development server" text={API_KEY_LINE} />
      )}
      <Code caption="curl" text={curlExample(site)} />
    </>
  );
}

function Request({ rows }: { rows: readonly SchemaRow[] }) {
  return (
    <>
      <p>
        Send the boundary, never the payload. Members without a value are left out: null, empty
        strings and unknown members are refused by name. So are private keys, tokens and card
        numbers, without being stored or logged.
      </p>
      <Table
        caption="Members of the request"
        columns={['Member', 'Required', 'Meaning']}
        rows={membersOf(rows, REQUEST_NOTES).map(({ name, required, meaning }) => [
          <code key={name}>{name}</code>,
          required,
          meaning,
        ])}
      />
      <p>
        The approval is what you say about it, and the receipt says so too, unless you send evidence
        that a configured issuer signed.
      </p>
    </>
  );
}

function Answer({ rows }: { rows: readonly SchemaRow[] }) {
  return (
    <>
      <p>
        Status 200 means that there is a verdict, whichever it is. Read the verdict from the signed
        payload, never from the status.
      </p>
      <Table
        caption="Members of the answer"
        columns={['Member', 'Always there', 'Meaning']}
        rows={membersOf(rows, ANSWER_NOTES).map(({ name, required, meaning }) => [
          <code key={name}>{name}</code>,
          required,
          meaning,
        ])}
      />
      <p>
        How to check the receipt is on the page <a href="/protocol#rule">Protocol</a>. A decision is
        used once, and only before <code>expires_at</code>.
      </p>
      <p>
        Later, <code>GET /v1/receipts/&lt;request_id&gt;</code> gives the receipt again, and{' '}
        <code>GET /v1/receipts/&lt;request_id&gt;/bundle?form=full</code> everything that is needed
        to verify it offline: the key, the root’s attestation, the opening and the path document.
      </p>
    </>
  );
}

interface MemberRow {
  readonly name: string;
  readonly required: string;
  readonly meaning: string;
}

/** The document's members, with what we say about them. */
function membersOf(
  rows: readonly SchemaRow[],
  notes: Readonly<Record<string, string>>,
): MemberRow[] {
  return rows.map(({ name, required, rule, description }) => ({
    name,
    required: required ? 'yes' : 'no',
    meaning: notes[name] ?? (description || rule),
  }));
}

const FIXERS = { caller: 'you', operator: 'the operator', us: 'the makers' } as const;

function Errors(props: { codes: readonly string[]; errors: readonly ErrorCodeRow[] }) {
  const { codes, errors } = props;
  const named = codes.flatMap((code) => errors.filter((row) => row.code === code));
  return (
    <>
      <p>
        Every status but 200 means: no verdict, no receipt, do not act. The body is{' '}
        <code>application/problem+json</code> with a <code>code</code>, a <code>request_id</code>{' '}
        and, where it helps, the name of the <code>field</code>; it never repeats a value that you
        sent. With 503, wait as long as <code>Retry-After</code> says.
      </p>
      <Table
        caption="Codes of the check, and who can do something about them"
        columns={['Code', 'Status', 'What it says', 'Who can fix it', 'Try again']}
        rows={named.map(({ code, status, fix_by, retry, sentence }) => [
          <code key={code}>{code}</code>,
          status,
          sentence,
          FIXERS[fix_by],
          retry ? 'yes' : 'no',
        ])}
      />
      <p>
        The codes of all routes: <a href="/protocol/v1/errors">/protocol/v1/errors</a>. A missing,
        unknown, expired or revoked key looks the same in every case.
      </p>
    </>
  );
}

function Repeats() {
  return (
    <ul class="list">
      <li>
        Send <code>Idempotency-Key</code>, 1 to 128 printable ASCII characters. The same key with
        the same request gives the first answer again, with <code>Idempotency-Replayed: true</code>;
        with another request it is refused (409). A key is kept for 7 days.
      </li>
      <li>
        A replayed answer can have expired. Treat it as a refusal and ask anew with a new key.
      </li>
      <li>Errors are not kept: after a 503 or a lost connection, repeat with the same key.</li>
      <li>
        Without the header every call is a decision of its own. An <code>external_reference</code>{' '}
        that was used before is flagged in the reasons, or refused, as the path says.
      </li>
    </ul>
  );
}

function Programs({ site }: { site: SiteModel }) {
  return (
    <>
      <p>
        <code>request</code> is the JSON object from above. <code>pinnedKey</code> is the key that
        you accept, as a JWK, from a file of your own.
      </p>
      <Code caption="TypeScript" text={typescriptExample(site)} />
      <Code caption="Python" text={pythonExample(site)} />
      <p>
        Both stop on constrain. A program that can meet an obligation looks at its <code>type</code>{' '}
        first and stops at every type that it does not know.
      </p>
    </>
  );
}
