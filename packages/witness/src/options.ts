/** The command line of the witness. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  CratonError,
  formatVerifierKey,
  isKeyName,
  parseVerifierKey,
  SIGNATURE_TYPE,
  splitPolicyLines,
  type VerifierKey,
} from '@craton/protocol';

const LISTEN_DEFAULT = '127.0.0.1:8090';
const REQUESTS_PER_SECOND_DEFAULT = 10;
const REQUESTS_PER_SECOND_MAX = 100_000;
const LOGS_MAX = 1_000;

export interface WitnessOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly name: string;
  readonly keyFile: string;
  readonly stateFile: string;
  /** Make key and state if both are absent. */
  readonly mayCreate: boolean;
  readonly logs: readonly VerifierKey[];
  /** Per client address. */
  readonly requestsPerSecond: number;
  readonly isBehindProxy: boolean;
  readonly json: boolean;
}

/** Reads the arguments; throws `ERR_CONFIG` or `ERR_KEY_FORMAT`, naming the option. */
export function parseOptions(args: readonly string[]): WitnessOptions {
  const values = parseValues(args);
  const name = required('name', values.name);
  if (!isKeyName(name)) throw wrong('name', 'takes a name without spaces and without a plus sign');
  const { host, port } = parseListen(values.listen ?? LISTEN_DEFAULT);
  return {
    host,
    port,
    name,
    keyFile: required('key-file', values['key-file']),
    stateFile: required('state', values.state),
    mayCreate: values.init ?? false,
    logs: readLogs(values.log ?? [], values.logs),
    requestsPerSecond: parseRate(values.rate ?? `${REQUESTS_PER_SECOND_DEFAULT}`),
    isBehindProxy: values['behind-proxy'] ?? false,
    json: values.json ?? false,
  };
}

function parseValues(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        listen: { type: 'string' },
        name: { type: 'string' },
        'key-file': { type: 'string' },
        state: { type: 'string' },
        init: { type: 'boolean' },
        log: { type: 'string', multiple: true },
        logs: { type: 'string' },
        rate: { type: 'string' },
        'behind-proxy': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    return values;
  } catch (cause) {
    const message = 'An option is unknown, or its value is missing.';
    throw new CratonError('ERR_CONFIG', message, { cause });
  }
}

function parseListen(text: string): { host: string; port: number } {
  const [, host = '', digits = ''] = /^(.+):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === '' || port > 65_535) throw wrong('listen', 'takes an address and a port');
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

function parseRate(text: string): number {
  const rate = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : NaN;
  if (rate <= REQUESTS_PER_SECOND_MAX) return rate;
  throw wrong('rate', `takes requests per second, 1 to ${REQUESTS_PER_SECOND_MAX}`);
}

/** One key speaks for one log, so a key must not stand there twice. */
function readLogs(vkeys: readonly string[], file: string | undefined): VerifierKey[] {
  const keys = [...vkeys, ...(file === undefined ? [] : readLogFile(file))].map(parseLogKey);
  if (keys.length === 0) throw wrong('log', 'or --logs must name at least one log');
  if (keys.length > LOGS_MAX) throw wrong('logs', `names more than ${LOGS_MAX} logs`);
  const materials = new Set(keys.map(({ publicKey }) => publicKey.toString()));
  if (materials.size < keys.length) throw wrong('log', 'names one key twice');
  return keys;
}

/** One verifier key per line, or the `log` lines of a policy; `#` begins a comment line. */
function readLogFile(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong('logs', 'names a file that cannot be read', cause);
  }
  return splitPolicyLines(text).map(({ number, words: [first = '', ...rest] }) => {
    const vkey = first === 'log' ? rest[0] : rest.length === 0 ? first : undefined;
    if (vkey !== undefined) return vkey;
    throw wrong('logs', `has a line ${number} that is neither a verifier key nor log KEY`);
  });
}

function parseLogKey(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey);
  if (key.type === SIGNATURE_TYPE.ed25519 && formatVerifierKey(key) === vkey) return key;
  throw wrong('log', 'takes the verifier key of a log: Ed25519, type 0x01');
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw wrong(name, 'is missing');
}

function wrong(name: string, what: string, cause?: unknown): CratonError {
  const field = `--${name}`;
  return new CratonError('ERR_CONFIG', `${field} ${what}.`, { field, cause });
}
