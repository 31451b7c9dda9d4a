import {
  closeSync,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeFile,
  writeFileSync,
} from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BlobStore } from './blobs.ts';

// Only what waits for the disk goes to another thread: to hand over the rest takes longer than to do it.
const flush = promisify(fsync);
const writeLarge = promisify(writeFile);
const largeFrom = 2 ** 17;

/** Keeps blobs as files below a folder: written beside, flushed, then renamed, so that a file is whole or not there. */
export function createDiskBlobs(folder: string): BlobStore {
  let made: Promise<void> | undefined;
  let count = 0;
  const fileOf = (key: string): string => join(folder, key.slice(0, 2), key);

  return {
    async put(key, bytes) {
      const file = fileOf(key);
      if (sizeOf(file) === bytes.length) return;
      await (made ??= makeFolders(folder).catch((error: unknown) => {
        made = undefined;
        throw error;
      }));
      const fresh = `${file}.${process.pid}.${count++}`;
      try {
        await write(fresh, bytes);
        renameSync(fresh, file);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
      await flushFolder(dirname(file));
    },
    has: async (key) => sizeOf(fileOf(key)) !== undefined,
    async read(key) {
      const handle = await find(fileOf(key));
      try {
        return await handle?.readFile();
      } finally {
        await handle?.close();
      }
    },
    async stream(key) {
      const handle = await find(fileOf(key));
      if (!handle) return undefined;
      const { size } = await handle.stat();
      return { bytes: size, stream: handle.createReadStream() };
    },
  };
}

/** All at once, so that most blobs need no folder to be made and flushed before them. */
async function makeFolders(folder: string): Promise<void> {
  for (let number = 0; number < 256; number += 1)
    mkdirSync(join(folder, number.toString(16).padStart(2, '0')), { recursive: true });
  await flushFolder(folder);
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const opened = openSync(file, 'wx', 0o644);
  try {
    if (bytes.length < largeFrom) writeFileSync(opened, bytes);
    else await writeLarge(opened, bytes);
    await flush(opened);
  } finally {
    closeSync(opened);
  }
}

/** A rename is on the disk when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // has no such call
  const opened = openSync(folder, 'r');
  try {
    await flush(opened);
  } finally {
    closeSync(opened);
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size;
  } catch {
    return undefined;
  }
}

async function find(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
