/** Programs that ask for a verdict, act on what was signed, and stop in every other case. */
import { exampleRequestText } from '../examples.ts';
import type { SiteModel } from '../models.ts';

/** Stands for a key in every example. */
export const PLACEHOLDER_KEY = 'craton_bnd_development_replace_this_with_your_key';

export function curlExample({ baseUrl }: SiteModel): string {
  return [
    `curl -s ${baseUrl}/v1/boundary/check \\`,
    `  -H 'Authorization: Bearer ${PLACEHOLDER_KEY}' \\`,
    "  -H 'Content-Type: application/json' \\",
    "  -H 'Idempotency-Key: payment-4711' \\",
    `  -d '${exampleRequestText()}'`,
  ].join('\n');
}

/** Runs on Node, Deno and Bun. The signature is checked with a key that was pinned before. */
export function typescriptExample({ baseUrl }: SiteModel): string {
  return `const response = await fetch('${baseUrl}/v1/boundary/check', {
  method: 'POST',
  headers: {
    Authorization: 'Bearer ${PLACEHOLDER_KEY}',
    'Content-Type': 'application/json',
    'Idempotency-Key': 'payment-4711',
  },
  body: JSON.stringify(request),
  signal: AbortSignal.timeout(2_000),
});
if (response.status !== 200) throw new Error(\`No verdict: HTTP \${response.status}\`);

// Read what was signed, and only after the signature holds.
const { receipt } = await response.json();
const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const payload = bytes(receipt.payload_b64);
const key = await crypto.subtle.importKey('jwk', pinnedKey, 'Ed25519', false, ['verify']);
const holds = await crypto.subtle.verify('Ed25519', key, bytes(receipt.signature), payload);
if (!holds || receipt.kid !== pinnedKey.kid) throw new Error('The receipt is not signed.');

const decision = JSON.parse(new TextDecoder().decode(payload));
const mayRun =
  decision.verdict === 'allow' &&
  decision.enforcement === 'enforce' &&
  Date.now() < Date.parse(decision.expires_at);
if (!mayRun) throw new Error(\`Stopped: \${decision.verdict} \${decision.reasons.join(', ')}\`);`;
}

/** The standard library has no Ed25519: the receipt is stored for the verifier. */
export function pythonExample({ baseUrl }: SiteModel): string {
  return `import base64, json, urllib.request

call = urllib.request.Request(
    "${baseUrl}/v1/boundary/check",
    data=json.dumps(request).encode(),
    headers={
        "Authorization": "Bearer ${PLACEHOLDER_KEY}",
        "Content-Type": "application/json",
        "Idempotency-Key": "payment-4711",
    },
)
with urllib.request.urlopen(call, timeout=2) as response:  # raises unless the status is 200
    answer = json.load(response)

# Keep the whole answer, and verify it before anything relies on it.
with open("response.json", "w") as file:
    json.dump(answer, file)

decision = json.loads(base64.b64decode(answer["receipt"]["payload_b64"], validate=True))
if decision["verdict"] != "allow" or decision["enforcement"] != "enforce":
    raise SystemExit(f"Stopped: {decision['verdict']} {decision['reasons']}")`;
}
