/** Entry file of the witness: one process, one key, one state file. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { CratonError, formatVerifierKey, type VerifierKey } from '@craton/protocol';
import { createWitnessServer } from './http.ts';
import { openWitness, trustPolicyLine } from './open-witness.ts';
import { parseOptions, type WitnessOptions } from './options.ts';
import { RateLimit } from './rate-limit.ts';
import type { WitnessEvent } from './witness.ts';

/** Exit codes of the command line (PROTOCOL section 9). */
const EXIT = { done: 0, failed: 1, usage: 64, internal: 70 } as const;
/** Requests that take longer than this after the end was asked for are cut off. */
const STOP_MS_MAX = 5_000;

async function main(): Promise<number> {
  let options: WitnessOptions;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    return tell(error, EXIT.usage);
  }
  try {
    return await serve(options);
  } catch (error) {
    return tell(error, EXIT.failed);
  }
}

/** Serves until it is asked to stop, or the state cannot be written any more. */
async function serve(options: WitnessOptions): Promise<number> {
  const ending = Promise.withResolvers<number>();
  const { witness, key, close } = await openWitness(options, writeEvent);
  const server = createWitnessServer({
    witness,
    rateLimit: new RateLimit(options.requestsPerSecond),
    isBehindProxy: options.isBehindProxy,
    onError: (error) => {
      const exit = tell(error, EXIT.failed);
      const isOver = error instanceof CratonError && error.code === 'ERR_STORE_UNAVAILABLE';
      if (isOver) ending.resolve(exit);
    },
  });
  server.on('error', (cause) => ending.reject(unableToListen(cause)));
  server.listen(options.port, options.host, () => showReady(server, key, options));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => ending.resolve(EXIT.done));
  }
  // Whoever started it has died.
  process.once('disconnect', () => ending.resolve(EXIT.done));
  try {
    return await ending.promise;
  } finally {
    await stopListening(server);
    close();
  }
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const deadline = setTimeout(() => server.closeAllConnections(), STOP_MS_MAX);
  await closed;
  clearTimeout(deadline);
}

function showReady(server: Server, key: VerifierKey, { json }: WitnessOptions): void {
  const address = server.address();
  if (address === null || typeof address === 'string') return;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const url = `http://${host}:${address.port}`;
  const vkey = formatVerifierKey(key);
  const line = trustPolicyLine(key);
  if (json) {
    write({ event: 'ready', url, vkey, trust_policy_line: line });
    return;
  }
  console.log(`craton-witness ready ${url}`);
  console.log(`Verifier key:      ${vkey}`);
  console.log(`Trust policy line: ${line}`);
}

function writeEvent({ event, ...details }: WitnessEvent): void {
  const { treeSize, ...others } = { treeSize: undefined, ...details };
  write({ event, ...others, size: treeSize });
}

/** One JSON document per line; a member without a value is left out. */
function write(document: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...document }));
}

function unableToListen(cause: unknown): CratonError {
  const message = 'The address of --listen cannot be used; is something else listening there?';
  return new CratonError('ERR_CONFIG', message, { field: '--listen', cause });
}

/** Prints a failure; answers `exit`, or 70 for a fault of the witness itself. */
function tell(error: unknown, exit: number): number {
  const isExpected = error instanceof CratonError;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(`craton-witness: ${isExpected ? `${error.message} (${error.code})` : text}`);
  return isExpected ? exit : EXIT.internal;
}

process.exitCode = await main();
// The channel to whoever started it would keep the process.
if (process.connected) process.disconnect();
