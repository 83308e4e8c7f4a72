/**
 * A server whose behaviour its environment says: how it starts, and what it does when asked to stop.
 * It counts its starts in a file, so that each start can be another one.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const { FAKE_LOG: log = '', FAKE_PLAN: plan = '', PORT: port = '0' } = process.env;
appendFileSync(log, 'start\n');
const starts = readFileSync(log, 'utf8')
  .split('\n')
  .filter((line) => line === 'start').length;
/** What each start does, with commas between them; the last one stands for all further ones. */
const steps = plan.split(',');
const step = steps[Math.min(starts, steps.length) - 1] ?? '';

if (step === 'refuse') {
  console.error('FAKE_SETTING is not set.');
  process.exit(3);
}
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(9);
  response.writeHead(request.url === '/readyz' && step !== 'unready' ? 200 : 503).end();
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address() as AddressInfo;
  console.log('a line of the log');
  console.log(`craton-fake ready http://127.0.0.1:${address.port}`);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    appendFileSync(log, `${signal}\n`);
    server.closeAllConnections();
    server.close();
    process.disconnect();
  });
}
