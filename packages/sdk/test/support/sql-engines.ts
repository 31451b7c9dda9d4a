import { fileURLToPath } from 'node:url';
import { freshPostgres } from '@agent-factory/test-servers';
import { Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

/** The storage of one database. */
export interface SqlEngine {
  readonly storage: Storage;
  close(): Promise<void>;
}

const plugin = (name: string): string =>
  fileURLToPath(new URL(`../../../../plugins/storage-${name}`, import.meta.url));

/** Ways to open an empty database, by the name of the engine. */
export const sqlEngines: readonly (readonly [name: string, open: () => Promise<SqlEngine>])[] = [
  ['SQLite', () => boot(plugin('sqlite'))],
  [
    'PostgreSQL',
    async () => {
      const { url, close } = await freshPostgres();
      return boot({ use: plugin('postgres'), config: { url } }, close);
    },
  ],
];

async function boot(
  entry: string | { readonly use: string; readonly config: { readonly url: string } },
  after: () => Promise<void> = async () => undefined,
): Promise<SqlEngine> {
  const kernel = await bootTestKernel({ plugins: [entry] });
  return {
    storage: kernel.use(Storage),
    async close() {
      await kernel.close();
      await after();
    },
  };
}
