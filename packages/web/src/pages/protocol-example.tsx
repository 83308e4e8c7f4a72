/** The example of the page `/protocol`: request, opening, payload, and the commands to check it. */
import {
  canonicalize,
  decodeBase64,
  decodeBase64url,
  encodeHex,
  sha256,
  thumbprint,
  utf8,
} from '@craton/protocol';
import {
  EXAMPLE_KEY_X,
  EXAMPLE_OPENING,
  EXAMPLE_PAYLOAD,
  EXAMPLE_REQUEST,
  EXAMPLE_SIGNATURE,
  exampleDecision,
} from '../example.ts';
import { Code } from '../parts/code.tsx';
import { ShellSteps } from '../parts/shell-steps.tsx';
import { shellSteps } from '../verifier/shell-commands.ts';

export function Example() {
  const publicKey = decodeBase64url(EXAMPLE_KEY_X);
  const payload = utf8(EXAMPLE_PAYLOAD);
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
          caption={`What was signed: ${payload.length} bytes, one line, no final newline`}
          text={EXAMPLE_PAYLOAD}
        />
        <Code
          caption="Public key (x of the JWK), its id, and the signature"
          text={[
            `x          ${EXAMPLE_KEY_X}`,
            `kid        ${thumbprint(publicKey)}`,
            `signature  ${EXAMPLE_SIGNATURE}`,
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
    payload: utf8(EXAMPLE_PAYLOAD),
    signature: decodeBase64(EXAMPLE_SIGNATURE),
    publicKey: decodeBase64url(EXAMPLE_KEY_X),
    commitment: {
      opening: utf8(EXAMPLE_OPENING),
      commitmentId: exampleDecision().commitment_id,
    },
  });
}

function requestHash(): string {
  const canonical = canonicalize(JSON.parse(EXAMPLE_REQUEST));
  return `sha256:${encodeHex(sha256(utf8(`craton.request.v1\n${canonical}`)))}`;
}
