import type { JsonObject } from '@agent-factory/sdk';
import { MaintenanceTask, type VectorStore } from '@agent-factory/sdk/contracts';
import type { TestKernel } from '@agent-factory/sdk/testing';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };

/** Brings the indexes up to date, as the maintenance does; `signal` breaks that off. */
export async function indexNow(
  kernel: TestKernel,
  signal: AbortSignal = new AbortController().signal,
): Promise<JsonObject> {
  const task = kernel.all(MaintenanceTask).find(({ value }) => value.name === 'vector-sql-indexes');
  if (!task) throw new Error('nothing keeps indexes here');
  return task.value.run({ signal, log });
}

/** A store that brings its indexes up to date before each search. */
export function indexedStore(store: VectorStore, keep: () => Promise<unknown>): VectorStore {
  return {
    ...store,
    tenant: (id) => {
      const vectors = store.tenant(id);
      return {
        ...vectors,
        collection: (name) => {
          const collection = vectors.collection(name);
          return {
            ...collection,
            async search(query) {
              await keep();
              return collection.search(query);
            },
          };
        },
      };
    },
  };
}
