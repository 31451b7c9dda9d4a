import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InMemoryPlugin, PluginEntry } from '@agent-factory/sdk';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { createTestEmbedder, type TestEmbedder } from './test-embedder.ts';

const plugins = dirname(dirname(dirname(import.meta.dirname)));
const at = (name: string): string => join(plugins, name);

/** A platform with knowledge bases, and a folder of documents. */
export interface KnowledgePlatform {
  readonly embedder: TestEmbedder;
  /** The folder of documents. */
  readonly folder: string;
  /** Writes a document into the folder. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** A process on the same database; `config` of knowledge-vector. */
  boot(config: object, more?: readonly (string | PluginEntry | InMemoryPlugin)[]): Promise<TestKernel>;
  close(): Promise<void>;
}

/** Opens one on an engine. */
export async function openPlatform(engine: 'sqlite' | 'postgres'): Promise<KnowledgePlatform> {
  const root = await mkdtemp(join(tmpdir(), 'agent-factory-knowledge-'));
  const folder = join(root, 'docs');
  await mkdir(folder);
  await mkdir(join(root, 'data'));
  const postgres = engine === 'postgres' ? await freshPostgres() : undefined;
  const storage = postgres
    ? { use: at('storage-postgres'), config: { url: postgres.url } }
    : at('storage-sqlite');
  const embedder = createTestEmbedder();
  const kernels: TestKernel[] = [];
  return {
    embedder,
    folder,
    async write(name, content) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    },
    async boot(config, more = []) {
      const kernel = await bootTestKernel({
        baseDir: root,
        dataDir: join(root, 'data'),
        plugins: [
          storage,
          at('vector-sql'),
          { use: at('documents-builtin'), config: { maxTextBytes: 50_000 } },
          embedder.plugin,
          {
            use: at('knowledge-vector'),
            config: { leaseMs: 1_000, embedding: { model: 'test/small' }, ...config },
          },
          ...more,
        ],
      });
      kernels.push(kernel);
      return kernel;
    },
    async close() {
      for (const kernel of kernels) await kernel.close();
      await postgres?.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
