/** What is left behind, and that it holds without the ones who made it. */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT, runProgram } from '../runners/process.ts';
import { PARTNER, PATH_ID } from './draft.ts';
import { same } from './expect.ts';
import type { Step } from './run-steps.ts';
import type { DemoWorld } from './story.ts';

/** A receipt is in the log about a second after it was issued; a busy machine needs longer. */
const LOG_MS_MAX = 120_000;
const LOOK_AGAIN_MS = 250;
const VERIFY_MS_MAX = 120_000;
/** Characters of what a failed verification wrote. */
const OUTPUT_SHOWN = 600;

export function exportSteps(world: DemoWorld): Step[] {
  return [...keepSteps(world), ...verifySteps(world)];
}

function keepSteps(world: DemoWorld): Step[] {
  const { craton, kept, artefactsDir } = world;
  const keep = (name: string, text: string): string => {
    writeFileSync(join(artefactsDir, name), text);
    return name;
  };
  return [
    {
      id: 'timeline',
      title: 'The timeline of the rollout is kept',
      work: async () => {
        const timeline = await craton.craton('rollout', 'timeline', kept('rollout'), '--as', 'bo');
        return keep('timeline.json', JSON.stringify(timeline));
      },
    },
    {
      id: 'bundles',
      title: 'Each bundle is fetched again, with its place in the log',
      work: async () => {
        for (const name of bundlesIn(artefactsDir)) await fetchLogged(world, name);
        return bundlesIn(artefactsDir).join(' ');
      },
    },
    {
      id: 'deployment_records',
      title: 'The deployment records are fetched: one for the deployment, one for the way back',
      work: async () => {
        const report = await untilLogged(() => downloadRecords(world));
        same('records', (report['records'] as unknown[]).length, 2);
        return 'records';
      },
    },
    {
      id: 'trust',
      title: 'The trust policy and the newest checkpoint of the log are kept',
      work: async () => {
        copyFileSync(craton.trustPolicy, join(artefactsDir, 'trust-policy.txt'));
        const answer = await fetch(`${craton.credentials.base_url}/log/checkpoint`);
        same('status', answer.status, 200);
        keep('checkpoint.txt', await answer.text());
        return 'trust-policy.txt checkpoint.txt';
      },
    },
  ];
}

const bundlesIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /^(?:check-.+|claim|confirm)\.json$/.test(name));

/** Replaces a bundle by the one that the boundary gives once the receipt is in the log. */
async function fetchLogged({ craton, kept, artefactsDir }: DemoWorld, name: string): Promise<void> {
  const path = join(artefactsDir, name);
  const { receipt } = JSON.parse(readFileSync(path, 'utf8')) as { receipt: Receipt };
  const payload = Buffer.from(receipt.payload_b64, 'base64').toString();
  const { request_id: id } = JSON.parse(payload) as { request_id: string };
  const authorization = `Bearer ${readFileSync(kept('key'), 'utf8').trim()}`;
  const url = `${craton.credentials.base_url}/v1/receipts/${id}/bundle?form=full`;
  const text = await untilLogged(async () => {
    const answer = await fetch(url, { headers: { authorization } });
    const bundle = await answer.text();
    return answer.status === 200 && 'log_proof' in (JSON.parse(bundle) as object)
      ? bundle
      : undefined;
  });
  writeFileSync(path, text);
}

interface Receipt {
  readonly payload_b64: string;
}

/** Looks again until it is there. */
async function untilLogged<T>(look: () => Promise<T | undefined>): Promise<T> {
  const endMs = Date.now() + LOG_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error('The log does not have the receipts in time.');
    await delay(LOOK_AGAIN_MS);
  }
}

/** Undefined while not all of them are in the log. */
async function downloadRecords({ craton, artefactsDir }: DemoWorld) {
  const flags = ['--path', `${PARTNER}/${PATH_ID}`, '--out', join(artefactsDir, 'records')];
  const args = ['rollout', 'record', 'verify', ...flags, '--trust', craton.trustPolicy];
  const { document } = await craton.run({ args });
  const records = document['records'] as readonly { report: { checks: readonly Check[] } }[];
  const isLogged = records.every(({ report }) =>
    report.checks.some(({ id, status }) => id === 'log_inclusion' && status === 'verified'),
  );
  return isLogged ? document : undefined;
}

interface Check {
  readonly id: string;
  readonly status: string;
}

function verifySteps(world: DemoWorld): Step[] {
  const { craton, artefactsDir } = world;
  return [
    {
      id: 'stop',
      title: 'Craton is stopped, and its folder with every key is removed',
      work: async () => {
        await craton.close();
        return undefined;
      },
    },
    {
      id: 'verify_bundles',
      title: 'Each bundle holds, in a process with an empty environment in an empty folder',
      work: async () => {
        for (const name of bundlesIn(artefactsDir)) {
          await verifyAlone(['verify', join(artefactsDir, name), ...REQUIRED(world)]);
        }
        return undefined;
      },
    },
    {
      id: 'verify_records',
      title: 'The deployment records hold: each receipt, its decision, and the chain',
      work: async () => {
        const folder = join(artefactsDir, 'records');
        const files = readdirSync(folder).filter((name) => name.startsWith('record-'));
        const history = ['--history', join(folder, 'history.json')];
        const paths = files.map((name) => join(folder, name));
        const args = ['rollout', 'record', 'verify', ...paths, ...history, ...REQUIRED(world)];
        const report = JSON.parse(await verifyAlone(args)) as RecordsReport;
        for (const { binding } of report.records) same('binding', binding, 'bound');
        writeFileSync(join(artefactsDir, 'records-report.json'), JSON.stringify(report));
        return 'records-report.json';
      },
    },
    {
      id: 'verify_others',
      title: 'Plan, timeline and checkpoint hold, and are about the same packet as the records',
      work: async () => {
        const program = join(ROOT, 'scripts', 'demo', 'verify-artefacts.ts');
        await alone([program, artefactsDir]);
        return undefined;
      },
    },
    {
      id: 'refuse_changed',
      title: 'With one character of its signature changed, a bundle is refused',
      work: async () => {
        const text = readFileSync(join(artefactsDir, 'check-small.json'), 'utf8');
        const changed = text.replace(
          /("signature":")(.)/,
          (_all, name: string, first: string) => `${name}${first === 'A' ? 'B' : 'A'}`,
        );
        const file = join(artefactsDir, 'changed.json');
        writeFileSync(file, changed);
        await verifyAlone(['verify', file, ...REQUIRED(world)], FAILED);
        rmSync(file);
        return undefined;
      },
    },
  ];
}

interface RecordsReport {
  readonly records: readonly { readonly binding: string }[];
}

const REQUIRED = ({ artefactsDir }: DemoWorld): readonly string[] => [
  ...['--trust', join(artefactsDir, 'trust-policy.txt')],
  ...['--require', 'signature,issuer,log_inclusion'],
];

/** Exit code of `craton verify` for a record that does not hold. */
const FAILED = 1;
const CRATON = join(ROOT, 'packages', 'cli', 'src', 'main.ts');

function verifyAlone(args: readonly string[], ends = 0): Promise<string> {
  return alone([CRATON, ...args, '--json'], ends);
}

/** A program with an empty environment, in a folder that it finds empty. */
async function alone(args: readonly string[], ends = 0): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'craton-demo-empty-'));
  try {
    const options = { cwd, env: {}, timeoutMs: VERIFY_MS_MAX };
    const ran = await runProgram(process.execPath, args, options);
    if (ran.code === ends) return ran.stdout;
    const said = ran.output.trim().slice(-OUTPUT_SHOWN);
    throw new Error(`It ended with ${ran.code ?? 'a signal'}, not ${ends}: ${said}`);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
