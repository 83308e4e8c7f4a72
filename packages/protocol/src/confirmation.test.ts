/** Claims and confirmations: the golden ones byte for byte, and what flags say in any order. */
import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listJson, readJson, specVectors } from '../test/files.ts';
import { encodeBase64url } from './base64.ts';
import { decodeHex, decodeUtf8, utf8 } from './bytes.ts';
import {
  composeClaim,
  composeConfirmation,
  confirmationFlags,
  type SignedDecision,
} from './confirmation.ts';
import { type Digest, digestBytes } from './digest.ts';
import { encodePayload, sealReceipt } from './issue.ts';
import { publicJwk } from './jwk.ts';
import { readPayload } from './payload.ts';
import {
  CONFIRMATION_FLAGS,
  type ConfirmationFlag,
  type ConfirmerClass,
  type DecisionPayload,
  type ExecutionOutcome,
  OUTCOMES,
} from './receipt.ts';
import { encodeLogEntry, logOrigin, streamDigest, streamTag } from './stream.ts';
import { formatTime, parseTime } from './time.ts';

interface Golden {
  readonly name: string;
  readonly input: {
    readonly receipt_type: string;
    readonly issuer: string;
    readonly environment: string;
    readonly seeds_hex: { readonly signing: string };
    readonly stream_key_hex: string;
    readonly request_id: string;
    readonly issued_at: string;
    readonly epoch: number;
    readonly seq: number;
    /** The name of the case of the decision. */
    readonly decision: string;
    readonly outcome: ExecutionOutcome;
    readonly executed_at?: string;
    readonly action_digest?: Digest;
    readonly confirmer: { readonly key_id: string; readonly class: ConfirmerClass };
    readonly flags: readonly ConfirmationFlag[];
  };
  readonly expected: Readonly<Record<string, string>>;
}

const golden = listJson(new URL('golden/', specVectors)).map((file) => readJson<Golden>(file));
const ofType = (type: string) => golden.filter(({ input }) => input.receipt_type === type);
const confirmations = ofType('execution_confirmation');
const claims = ofType('execution_claim');

function decisionOf({ input }: Golden): SignedDecision {
  const text = golden.find(({ name }) => name === input.decision)?.expected['payload'] ?? '';
  const payloadBytes = utf8(text);
  const reading = readPayload(payloadBytes);
  if (!('payload' in reading) || reading.payload.receipt_type !== 'boundary_decision') {
    throw new Error(`${input.decision} is no decision.`);
  }
  return { payload: reading.payload, payloadBytes };
}

/** The payload as our code composes it from what the case was made of. */
function composed(given: Golden) {
  const { input } = given;
  const decision = decisionOf(given);
  const { partner_id, path_id } = decision.payload.boundary_snapshot;
  const { issuer, environment, epoch, seq, receipt_type } = input;
  const stream = streamDigest({
    origin: logOrigin(issuer, environment),
    partner_id,
    path_id,
    receipt_type,
    stream_key: encodeBase64url(decodeHex(input.stream_key_hex)),
  });
  const issuedAtMs = parseTime(input.issued_at);
  const issuance = { issuer, environment, stream, epoch, seq, issuedAtMs };
  const claim = {
    requestId: input.request_id,
    confirmer: { keyId: input.confirmer.key_id, class: input.confirmer.class },
    ...(input.action_digest && { actionDigest: input.action_digest }),
    // Handed over in another order than they are signed in.
    flags: input.flags.toReversed(),
  };
  if (receipt_type === 'execution_claim') return composeClaim(decision, claim, issuance);
  const { outcome, executed_at } = input;
  const confirmation = { ...claim, outcome, ...(executed_at && { executedAt: executed_at }) };
  return composeConfirmation(decision, confirmation, issuance);
}

describe('golden claims and confirmations come out byte for byte', () => {
  it('there are as many as were made', () => {
    expect([confirmations.length, claims.length]).toEqual([11, 3]);
  });

  it.each([...confirmations, ...claims])('$name', (given) => {
    const { input, expected } = given;
    const payload = composed(given);
    const bytes = encodePayload(payload);
    expect(payload.stream).toBe(expected['stream']);
    expect(decodeUtf8(bytes)).toBe(expected['payload']);
    const key = signingKey(input.seeds_hex.signing);
    const signature = new Uint8Array(sign(null, bytes, key.privateKey));
    expect(sealReceipt(bytes, signature, key.kid)).toEqual(expected['receipt']);
    const tag = streamTag(decodeHex(input.stream_key_hex), payload);
    expect(tag).toBe(expected['tag']);
    const entry = encodeLogEntry({ v: 1, digest: digestBytes(bytes), kid: key.kid, tag });
    expect(decodeUtf8(entry)).toBe(expected['log_entry']);
  });

  it.each(confirmations)('$name has the flags that its decision gives it', (given) => {
    const { outcome, executed_at, issued_at, action_digest, flags } = given.input;
    const at = executed_at ?? issued_at;
    const earlier: ExecutionOutcome[] = flags.includes('conflicts_with_earlier')
      ? [outcome === 'unknown' ? 'executed' : 'unknown']
      : [];
    const statement = { outcome, at, actionDigest: action_digest };
    expect(confirmationFlags(decisionOf(given).payload, statement, earlier)).toEqual(flags);
  });
});

function signingKey(seedHex: string) {
  const der = Buffer.from(`302e020100300506032b657004220420${seedHex}`, 'hex');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = privateKey.export({ format: 'jwk' });
  const { kid } = publicJwk(new Uint8Array(Buffer.from(x, 'base64url')));
  return { privateKey, kid };
}

describe('flags', () => {
  const [first] = confirmations;
  if (first === undefined) throw new Error('There is no golden confirmation.');
  const { payload } = decisionOf(first);
  const expiresAtMs = parseTime(payload.expires_at);
  const digests = [digestBytes(utf8('one')), digestBytes(utf8('two')), undefined];

  const statements = fc.record({
    outcome: fc.constantFrom(...OUTCOMES),
    at: fc.integer({ min: -2, max: 2 }).map((offset) => formatTime(expiresAtMs + offset)),
    actionDigest: fc.constantFrom(...digests),
  });
  const decisions = fc
    .record({
      verdict: fc.constantFrom('allow', 'constrain', 'reject'),
      action_digest: fc.constantFrom(...digests),
    })
    .map((members): DecisionPayload => ({ ...payload, ...members }) as DecisionPayload);

  it('say of each confirmation what holds, sorted and once', () => {
    fc.assert(
      fc.property(
        decisions,
        statements,
        fc.array(fc.constantFrom(...OUTCOMES)),
        (decision, statement, earlier) => {
          const flags = confirmationFlags(decision, statement, earlier);
          expect(flags).toEqual(CONFIRMATION_FLAGS.filter((flag) => flags.includes(flag)));
          const bound = decision.action_digest;
          const isMismatch = bound !== undefined && statement.actionDigest !== bound;
          expect(flags.includes('action_mismatch')).toBe(isMismatch);
          expect(flags.includes('after_expiry')).toBe(parseTime(statement.at) >= expiresAtMs);
          expect(flags.includes('after_reject')).toBe(decision.verdict === 'reject');
          const others = earlier.filter((outcome) => outcome !== statement.outcome);
          expect(flags.includes('conflicts_with_earlier')).toBe(others.length > 0);
        },
      ),
    );
  });

  it('are the same in any order, but for who contradicts whom', () => {
    const several = fc.array(statements, { minLength: 1, maxLength: 6 });
    const inAnyOrder = several.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(decisions, inAnyOrder, (decision, [one, other]) => {
        const runs = [one, other].map((order) =>
          order.map((statement, index) => {
            const earlier = order.slice(0, index).map(({ outcome }) => outcome);
            return confirmationFlags(decision, statement, earlier);
          }),
        );
        const isDivided = new Set(one.map(({ outcome }) => outcome)).size > 1;
        for (const run of runs) {
          // The first to speak contradicts nobody; somebody does if they are divided.
          expect(run[0]).not.toContain('conflicts_with_earlier');
          expect(run.flat().includes('conflicts_with_earlier')).toBe(isDivided);
        }
        const [ones, others] = runs.map((run) =>
          run
            .flat()
            .filter((flag) => flag !== 'conflicts_with_earlier')
            .toSorted(),
        );
        expect(ones).toEqual(others);
      }),
    );
  });
});
