/** The verifier: what the reader gives, and what the page says about it. */
import {
  CratonError,
  decodeUtf8,
  isTime,
  parseTime,
  type RecomputeVerdict,
} from '@craton/protocol';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { check, type Checked } from './check.ts';
import { type Found, findOut, KIND_NAMES } from './found.ts';
import { gather } from './gather.ts';
import { DropZone, FILE_BYTES_MAX, type GivenFile, Paste } from './inputs.tsx';
import { Result } from './result.tsx';
import { Settings, type SettingsTexts, SETTINGS_DEFAULT } from './settings.tsx';

/** What the page brings with it, as data and not as script. */
export interface VerifierData {
  /** Text of the offline bundle of the server; absent in the single file. */
  readonly keys?: string;
  /** A test vector, and a time of checking at which its permission lasts. */
  readonly example: { readonly subject: string; readonly trust: string; readonly at: string };
}

export interface VerifierProps {
  readonly data: VerifierData;
  readonly recompute?: RecomputeVerdict;
}

type Answer =
  | { readonly state: 'waiting' | 'keys_missing' }
  | { readonly state: 'unreadable'; readonly message: string }
  | { readonly state: 'checked'; readonly checked: Checked };

interface Inputs {
  readonly subject: string;
  readonly trust: string;
  readonly others: readonly GivenFile[];
  readonly settings: SettingsTexts;
  /** Counts presses of the button: the time of checking is then taken anew. */
  readonly round: number;
}

const EMPTY: Inputs = {
  subject: '',
  trust: '',
  others: [],
  settings: SETTINGS_DEFAULT,
  round: 0,
};

export function Verifier({ data, recompute }: VerifierProps) {
  const [inputs, setInputs] = useState(EMPTY);
  const [problem, setProblem] = useState<string>();
  const answer = useAnswer(inputs, data.keys, recompute);
  useFocusOnAnswer(answer, inputs.round);
  const change = (changed: Partial<Inputs>) => setInputs((now) => ({ ...now, ...changed }));
  const reset = (to: Inputs) => {
    setInputs(to);
    setProblem(undefined);
  };
  const takeFiles = (files: readonly File[]) => {
    void readFiles(files).then(({ texts, message }) => {
      setProblem(message);
      setInputs((now) => texts.reduce(place, now));
    });
  };
  return (
    <form
      class="verifier"
      onSubmit={(event) => {
        event.preventDefault();
        change({ round: inputs.round + 1 });
      }}
    >
      <DropZone onFiles={takeFiles}>
        Drop a receipt, an answer or a bundle here, and your trust policy
      </DropZone>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <Fields inputs={inputs} change={change} />
      <p class="actions">
        <button class="button primary" type="submit">
          Verify
        </button>
        <button class="button" type="button" onClick={() => reset(EMPTY)}>
          Clear
        </button>
        <button class="button" type="button" onClick={() => reset(exampleInputs(data))}>
          Try the published example
        </button>
      </p>
      <AnswerView answer={answer} isAsked={inputs.round > 0} />
    </form>
  );
}

function exampleInputs({ example }: VerifierData): Inputs {
  const { subject, trust, at } = example;
  return { ...EMPTY, subject, trust, settings: { ...SETTINGS_DEFAULT, at } };
}

function Fields(props: { inputs: Inputs; change: (changed: Partial<Inputs>) => void }) {
  const { inputs, change } = props;
  return (
    <>
      <div class="columns">
        <Paste
          id="subject"
          label="Receipt, answer or bundle"
          hint="JSON, as you got it. The page finds out which of the three it is."
          text={inputs.subject}
          found={foundOrNothing(inputs.subject)}
          onText={(subject) => change({ subject })}
        />
        <Paste
          id="trust"
          label="Trust policy"
          hint={
            <>
              Your own file, which begins with <code>craton-policy v1</code>. It never comes from
              whoever sent the receipt.
            </>
          }
          text={inputs.trust}
          found={foundOrNothing(inputs.trust)}
          onText={(trust) => change({ trust })}
        />
      </div>
      {inputs.others.length > 0 && (
        <ul class="list" aria-label="Other files in use">
          {inputs.others.map(({ name, text }) => (
            <li key={name}>
              <span class="mono">{name}</span>: {describe(findOut(text))}
            </li>
          ))}
        </ul>
      )}
      <Settings texts={inputs.settings} onChange={(settings) => change({ settings })} />
    </>
  );
}

function AnswerView({ answer, isAsked }: { answer: Answer; isAsked: boolean }) {
  return (
    <>
      <div role="status" class="status-line">
        {answer.state === 'waiting' && isAsked && (
          <p class="notice">
            There is nothing to check yet. Drop or paste a receipt, an answer or a bundle first.
          </p>
        )}
        {answer.state === 'keys_missing' && (
          <p class="notice">
            A receipt alone has no key to check it with. Add the issuer’s keys too: drop the offline
            bundle or a JWKS, or use a verification bundle.
          </p>
        )}
        {answer.state === 'unreadable' && <p class="notice">{answer.message}</p>}
        {answer.state === 'checked' && (
          <p class="visually-hidden">Checked: {answer.checked.report.outcome}.</p>
        )}
      </div>
      {answer.state === 'checked' && <Result checked={answer.checked} />}
    </>
  );
}

/** Verifies whenever an input changes; the answer of an input that is gone is dropped. */
function useAnswer(inputs: Inputs, keysOfPage?: string, recompute?: RecomputeVerdict): Answer {
  const [answer, setAnswer] = useState<Answer>({ state: 'waiting' });
  const keys = useMemo(() => foundOrNothing(keysOfPage ?? ''), [keysOfPage]);
  useEffect(() => {
    let isCurrent = true;
    void answerOf(inputs, keys, recompute).then((next) => {
      if (isCurrent) setAnswer(next);
    });
    return () => {
      isCurrent = false;
    };
  }, [inputs, keys, recompute]);
  return answer;
}

/** After a press of the button the headline gets the focus, once; typing never loses it. */
function useFocusOnAnswer(answer: Answer, round: number): void {
  const lastRound = useRef(0);
  useEffect(() => {
    if (answer.state !== 'checked' || round === lastRound.current) return;
    lastRound.current = round;
    if (round > 0) document.getElementById('outcome')?.focus();
  }, [answer, round]);
}

async function answerOf(
  inputs: Inputs,
  keysOfPage: Found | undefined,
  recompute: RecomputeVerdict | undefined,
): Promise<Answer> {
  const texts = [...inputs.others.map(({ text }) => text), inputs.subject, inputs.trust];
  const found = texts.filter((text) => text.trim() !== '').map(findOut);
  const gathered = gather(found, keysOfPage);
  if (gathered.state === 'nothing') return { state: 'waiting' };
  if (gathered.state === 'keys_missing') return { state: 'keys_missing' };
  try {
    const atMs = timeOfChecking(inputs.settings.at);
    const { require } = inputs.settings;
    const settings = { atMs, require, ...(recompute && { recompute }) };
    return { state: 'checked', checked: await check(gathered, settings) };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    return { state: 'unreadable', message: error.message };
  }
}

function timeOfChecking(text: string): number {
  if (text === '') return Date.now();
  if (isTime(text)) return parseTime(text);
  throw new CratonError(
    'ERR_FORMAT',
    'The time of checking must look like 2026-11-21T18:00:00.000Z, or be empty.',
  );
}

/** Each file goes where its kind belongs. */
function place(inputs: Inputs, file: GivenFile): Inputs {
  const { kind } = findOut(file.text);
  if (kind === 'trust_policy') return { ...inputs, trust: file.text };
  if (kind === 'keys' || kind === 'path_document') {
    const others = inputs.others.filter(({ name }) => name !== file.name);
    return { ...inputs, others: [...others, file] };
  }
  return { ...inputs, subject: file.text };
}

async function readFiles(
  files: readonly File[],
): Promise<{ texts: GivenFile[]; message: string | undefined }> {
  const texts: GivenFile[] = [];
  let message: string | undefined;
  for (const file of files) {
    if (file.size > FILE_BYTES_MAX) {
      message = `${file.name} is larger than 4 MiB. Use the command: ./craton verify.`;
      continue;
    }
    try {
      texts.push({ name: file.name, text: decodeUtf8(new Uint8Array(await file.arrayBuffer())) });
    } catch {
      message = `${file.name} is not valid UTF-8 text.`;
    }
  }
  return { texts, message };
}

function foundOrNothing(text: string): Found | undefined {
  return text.trim() === '' ? undefined : findOut(text);
}

function describe(found: Found): string {
  return found.kind === 'unknown' ? found.why : KIND_NAMES[found.kind];
}
