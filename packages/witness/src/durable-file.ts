/** Files that survive a crash: whole, and the old one or the new one. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Owner may read and write, nobody else anything. */
export const PRIVATE_MODE = 0o600;

/** Writes a file that must not exist yet, and its name in the folder, to the disk. */
export async function createDurably(path: string, text: string): Promise<void> {
  await writeAndSync(path, text, 'wx');
  await syncFolder(path);
}

/**
 * Replaces a file in one step. After it resolves, the new content survives a power cut. If it
 * rejects, either content may be there after a restart. One call per path at a time.
 */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await writeAndSync(temporary, text, 'w');
  await rename(temporary, path);
  await syncFolder(path);
}

async function writeAndSync(path: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flags, PRIVATE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name is on the disk only after the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
