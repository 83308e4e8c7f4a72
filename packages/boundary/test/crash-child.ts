/**
 * Issues as fast as it can on the file of its first argument, and prints each answer that it got,
 * one a line, until it is killed or the ledger fails for good. Other outcomes are printed as codes.
 */
import { ISSUER, signingKeys, World } from './ledger-world.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/open.ts';

const IN_FLIGHT = 64;
const [file = ''] = process.argv.slice(2);
const world = await World.openThreaded({
  open: () => openSqliteLedger({ file, issuer: ISSUER, signingKeys: signingKeys() }),
});
const run = `${process.pid}-${Date.now()}`;
let serial = 0;
let isFailed = false;

async function caller(): Promise<void> {
  while (!isFailed) {
    const number = serial++;
    const outcome = await world.ask(
      { external_reference: `crash-${run}-${number}` },
      number % 2 === 0 ? { idempotencyKey: `key-${run}-${number}` } : {},
    );
    isFailed = world.ledger.health().state === 'failed';
    process.stdout.write(`${outcome.kind === 'issued' ? outcome.responseText : outcome.code}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
await world.ledger.close();
