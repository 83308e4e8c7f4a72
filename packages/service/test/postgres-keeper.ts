/**
 * Keeps the server of one test run: `node postgres-keeper.ts FOLDER PID`. Writes its URL into the
 * folder, and ends with the process PID, however that ends.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresServer } from './postgres-server.ts';

const [folder = '', owner = ''] = process.argv.slice(2);
const OWNER_CHECK_MS = 500;

function say(name: string, text: string): void {
  const unfinished = join(folder, `${name}.unfinished`);
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, join(folder, name));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

try {
  const server = await PostgresServer.start();
  const end = async () => {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
  setInterval(() => {
    if (!isAlive(Number(owner))) void end();
  }, OWNER_CHECK_MS);
  say('url', server.url);
} catch (error) {
  say('failure', String(error));
}
