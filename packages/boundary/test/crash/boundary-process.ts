/** The real boundary process, started to be ended without a warning. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Attestation,
  encodeBase64,
  parseTrustPolicy,
  type PublicJwk,
  publicJwk,
  type TrustPolicy,
  utf8,
} from '@craton/protocol';
import { createSigner } from '../../src/signing/signer.ts';
import { attest, ENVIRONMENT, ISSUER } from '../harness.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY = /^craton-boundary ready (http:\/\/127\.0\.0\.1:\d+)\n$/;
const ERRORS_MAX = 4_000;

/** Keys, attestation and credentials of one installation: all that is not in its store. */
export class Installation {
  readonly jwk: PublicJwk;
  readonly attestation: Attestation;
  readonly trust: TrustPolicy;
  readonly #folder = mkdtempSync(join(tmpdir(), 'craton-crash-'));
  readonly #seed = randomBytes(32);

  constructor() {
    const { publicKey } = createSigner(this.#seed);
    const rootSeed = randomBytes(32);
    const root = encodeBase64(createSigner(rootSeed).publicKey);
    this.jwk = publicJwk(publicKey);
    this.attestation = attest(publicKey, { rootSeed, rootKeyId: 'crash-root' });
    const lines = ['craton-policy v1', `root crash-root ${root} ${ISSUER} ${ENVIRONMENT}`, ''];
    this.trust = parseTrustPolicy(utf8(lines.join('\n')));
    writeFileSync(this.#path('attestations.json'), JSON.stringify([this.attestation]));
  }

  /** Starts the process on a store and waits until it serves. */
  async start(
    databaseUrl: string,
    nodeFlags: readonly string[] = [],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<BoundaryProcess> {
    const child = spawn(process.execPath, [...nodeFlags, MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PORT: '0',
        CRATON_ENV: ENVIRONMENT,
        CRATON_DATA_DIR: this.#path('data'),
        CRATON_SIGNING_KEY: encodeBase64(this.#seed),
        CRATON_ATTESTATIONS_FILE: this.#path('attestations.json'),
        DATABASE_URL: databaseUrl,
        ...settings,
      },
    });
    const address = await addressOf(child);
    const credentials: unknown = JSON.parse(
      readFileSync(this.#path('data/dev-credentials.json'), 'utf8'),
    );
    const { boundary_api_key: apiKey } = credentials as { boundary_api_key: string };
    return new BoundaryProcess(child, address, apiKey);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

export class BoundaryProcess {
  readonly address: string;
  readonly apiKey: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(child: ChildProcess, address: string, apiKey: string) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.address = address;
    this.apiKey = apiKey;
  }

  /** Ends it between any two instructions; fails if it had ended by itself before. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    if (this.#child.signalCode !== 'SIGKILL')
      throw new Error(`The process ended by itself: ${this.#ending}.`);
  }

  /** Ends it wherever it is; without a disk below it may have ended by itself (EIO, SIGBUS). */
  async endAnyway(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The orderly end. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    if (this.#child.exitCode !== 0)
      throw new Error(`The process did not end in order: ${this.#ending}.`);
  }

  get #ending(): string {
    return `exit code ${String(this.#child.exitCode)}, signal ${String(this.#child.signalCode)}`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.#exited;
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let out = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-ERRORS_MAX);
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const [, address] = READY.exec(out) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('close', () => {
      reject(new Error(`The boundary did not start: ${errors}`));
    });
  });
}
