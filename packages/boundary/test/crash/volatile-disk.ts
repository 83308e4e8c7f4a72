/**
 * A disk that forgets, when its power is cut, every write that was not followed by a flush. A file
 * system in an image, which is a file on an outer file system: a flush of the inner device is a sync
 * of that file, and to shut the outer file system down without a flush drops what was not synced.
 * Needs root, loop devices and ext4.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OUTER_MIB = 512;
/** Room for the longest run: a full disk ends the issuing, and no crash is tested any more. */
const INNER_MIB = 384;
const MIB = 1024 * 1024;

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, which drops what waits to be written. */
const SHUT_DOWN = `open(my $folder, "<", $ARGV[0]) or die "$!"; my $flags = pack("L", 2);
  ioctl($folder, 0x8004587d, $flags) or die "$!"`;
const PROGRAMS = ['losetup', 'mkfs.ext4', 'mount', 'umount', 'perl'];

/** Why there can be no such disk on this machine, if there cannot. */
export function whyNoVolatileDisk(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices';
  const missing = PROGRAMS.filter((program) => !isThere(program));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  try {
    const disk = new VolatileDisk();
    try {
      disk.cutPower();
    } finally {
      disk.remove();
    }
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'no reason given';
    return `such a disk cannot be made here: ${message.trimEnd()}`;
  }
}

export class VolatileDisk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'craton-disk-'));
  readonly #image = join(this.#folder, 'outer.img');
  readonly #outer = join(this.#folder, 'outer');
  /** Where the disk's files are. */
  readonly files = join(this.#folder, 'files');

  constructor() {
    try {
      mkdirSync(this.#outer);
      mkdirSync(this.files);
      run('truncate', '-s', String(OUTER_MIB * MIB), this.#image);
      run('mkfs.ext4', '-q', '-F', this.#image);
      run('mount', '-o', 'loop', this.#image, this.#outer);
      // Written in full, so that later writes change no metadata of the outer file system.
      writeFileSync(this.#inner, Buffer.alloc(INNER_MIB * MIB), { flush: true });
      run('mkfs.ext4', '-q', '-F', '-E', 'nodiscard', this.#inner);
      run('sync', '-f', this.#outer);
      run('mount', '-o', 'loop', this.#inner, this.files);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** From here on nothing reaches the disk, and what was not flushed is gone. */
  cutPower(): void {
    run('perl', '-e', SHUT_DOWN, this.#outer);
  }

  /** The disk as it is found after the cut; its users must have ended. */
  restorePower(): void {
    run('umount', this.files);
    run('umount', this.#outer);
    run('mount', '-o', 'loop', this.#image, this.#outer);
    run('mount', '-o', 'loop', this.#inner, this.files);
  }

  remove(): void {
    for (const folder of [this.files, this.#outer]) {
      try {
        run('umount', folder);
      } catch {
        // It was not mounted.
      }
    }
    rmSync(this.#folder, { recursive: true });
  }

  get #inner(): string {
    return join(this.#outer, 'inner.img');
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function isThere(program: string): boolean {
  try {
    run('sh', '-c', 'command -v "$0"', program);
    return true;
  } catch {
    return false;
  }
}
