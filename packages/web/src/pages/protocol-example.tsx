/** The example of the page `/protocol`: request, opening, payload, and the commands to check it. */
import { encodeBase64, encodeBase64url, taggedDigest, thumbprint, utf8 } from '@craton/protocol';
import {
  EXAMPLE_KEY,
  EXAMPLE_OPENING,
  EXAMPLE_PAYLOAD,
  EXAMPLE_REQUEST,
  EXAMPLE_SIGNATURE,
  exampleDecision,
  examplePayloadText,
} from '../example.ts';
import { Code } from '../parts/code.tsx';
import { ShellSteps } from '../parts/shell-steps.tsx';
import { shellSteps } from '../verifier/shell-commands.ts';

export function Example() {
  return (
    <>
      <p>
        This is the first case of the published test vectors. Its keys are test keys whose private
        parts are public: use it to try a verifier, never to trust a receipt.
      </p>
      <div class="stack">
        <h3>The request</h3>
        <Code caption="As the host sent it" text={EXAMPLE_REQUEST} />
        <p>
          <code>request_hash</code> is the hash of the line <code>craton.request.v1</code> and the
          canonical form of the request. The host computes it without us:{' '}
          <samp>{requestHash()}</samp>
        </p>
      </div>
      <div class="stack">
        <h3>The opening</h3>
        <Code caption="What was evaluated, in canonical form, one line" text={EXAMPLE_OPENING} />
      </div>
      <div class="stack">
        <h3>The payload</h3>
        <Code
          caption={`What was signed: ${EXAMPLE_PAYLOAD.length} bytes, one line, no final newline`}
          text={examplePayloadText()}
        />
        <Code
          caption="Public key (x of the JWK), its id, and the signature"
          text={[
            `x          ${encodeBase64url(EXAMPLE_KEY)}`,
            `kid        ${thumbprint(EXAMPLE_KEY)}`,
            `signature  ${encodeBase64(EXAMPLE_SIGNATURE)}`,
          ].join('\n')}
        />
      </div>
      <div class="stack">
        <h3 id="check-the-example">Check it yourself</h3>
        <p>
          With a shell, coreutils and OpenSSL 3. Run the steps in an empty folder; nothing here asks
          a server.
        </p>
        <ShellSteps steps={exampleShellSteps()} />
      </div>
    </>
  );
}

/** The commands that check the example. */
export function exampleShellSteps() {
  return shellSteps({
    payload: EXAMPLE_PAYLOAD,
    signature: EXAMPLE_SIGNATURE,
    publicKey: EXAMPLE_KEY,
    commitment: {
      opening: utf8(EXAMPLE_OPENING),
      commitmentId: exampleDecision().commitment_id,
    },
  });
}

function requestHash(): string {
  return taggedDigest('craton.request.v1', JSON.parse(EXAMPLE_REQUEST));
}
