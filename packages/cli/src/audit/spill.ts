/**
 * Records that are too many for the memory, in files of a temporary folder, by parts. Written in any
 * order, read part by part: so two large sets are compared in the memory of one part.
 */
import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of one part that wait in memory to be written. */
const BUFFER_BYTES = 32 * 1024;
/** Records that are read at once. */
const READ_RECORDS = 512;

/** One kind of record, all of one length. */
export interface RecordForm<T> {
  readonly bytes: number;
  readonly encode: (record: T, into: Buffer) => void;
  readonly decode: (from: Buffer) => T;
}

interface Part {
  readonly file: string;
  readonly buffer: Buffer;
  used: number;
}

/** Records of one kind. The folder is removed by whoever made it. */
export class Spill<T> {
  readonly #form: RecordForm<T>;
  readonly #folder: string;
  readonly #name: string;
  readonly #parts = new Map<number, Part>();

  constructor(folder: string, name: string, form: RecordForm<T>) {
    this.#folder = folder;
    this.#name = name;
    this.#form = form;
  }

  add(partNo: number, record: T): void {
    const part = this.#parts.get(partNo) ?? this.#open(partNo);
    const { bytes, encode } = this.#form;
    if (part.used + bytes > part.buffer.length) flush(part);
    encode(record, part.buffer.subarray(part.used, part.used + bytes));
    part.used += bytes;
  }

  /** The records of one part, in the order in which they came. */
  *read(partNo: number): Generator<T> {
    const part = this.#parts.get(partNo);
    if (part === undefined) return;
    flush(part);
    const { bytes, decode } = this.#form;
    const buffer = Buffer.alloc(bytes * READ_RECORDS);
    const file = openSync(part.file, 'r');
    try {
      const size = fstatSync(file).size;
      for (let at = 0; at < size;) {
        const length = readSync(file, buffer, 0, buffer.length, at);
        for (let start = 0; start + bytes <= length; start += bytes) {
          yield decode(buffer.subarray(start, start + bytes));
        }
        at += length - (length % bytes);
      }
    } finally {
      closeSync(file);
    }
  }

  #open(partNo: number): Part {
    const file = join(this.#folder, `${this.#name}-${partNo}`);
    const part = { file, buffer: Buffer.alloc(BUFFER_BYTES), used: 0 };
    this.#parts.set(partNo, part);
    return part;
  }
}

function flush(part: Part): void {
  if (part.used === 0) return;
  appendFileSync(part.file, part.buffer.subarray(0, part.used), { mode: 0o600 });
  part.used = 0;
}
