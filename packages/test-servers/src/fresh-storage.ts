import { fileURLToPath } from 'node:url';
import { freshPostgres } from './fresh-postgres.ts';

/** An empty storage for kernels under test. */
export interface FreshStorage {
  /** The plugin that provides it, for the list of plugins; on SQLite the files lie in the kernel's data folder. */
  readonly plugin: { readonly use: string; readonly config?: { readonly url: string } };
  /** Removes what is not in the kernel's data folder. Close the kernels first. */
  close(): Promise<void>;
}

/** The engines on which plugins that keep something in SQL must do the same; each gives an empty storage. */
export const sqlEngines: Readonly<Record<string, () => Promise<FreshStorage>>> = {
  SQLite: async () => ({ plugin: { use: folderOf('storage-sqlite') }, close: async () => {} }),
  PostgreSQL: async () => {
    const { url, close } = await freshPostgres();
    return { plugin: { use: folderOf('storage-postgres'), config: { url } }, close };
  },
};

function folderOf(plugin: string): string {
  return fileURLToPath(new URL(`../../../plugins/${plugin}`, import.meta.url));
}
