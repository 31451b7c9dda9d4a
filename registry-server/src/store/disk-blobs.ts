import { constants } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from './blobs.ts';

/** Keeps blobs as files below a folder: written beside, flushed, then renamed, so that a file is whole or not there. */
export function createDiskBlobs(folder: string): BlobStore {
  const made = new Set<string>();
  let count = 0;
  const fileOf = (key: string): string => join(folder, key.slice(0, 2), key);

  return {
    async put(key, bytes) {
      const file = fileOf(key);
      if ((await sizeOf(file)) === bytes.length) return;
      const parent = dirname(file);
      if (!made.has(parent)) {
        await mkdir(parent, { recursive: true });
        await flushFolder(folder);
        made.add(parent);
      }
      const fresh = `${file}.${process.pid}.${count++}`;
      try {
        await write(fresh, bytes);
        await rename(fresh, file);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
      await flushFolder(parent);
    },
    has: async (key) => (await sizeOf(fileOf(key))) !== undefined,
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

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on the disk when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // has no such call
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
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
