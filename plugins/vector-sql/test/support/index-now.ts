import type { JsonObject } from '@agent-factory/sdk';
import type { VectorStore } from '@agent-factory/sdk/contracts';
import { runTask, type TestKernel } from '@agent-factory/sdk/testing';

/** Brings the indexes up to date, as the maintenance does; `signal` breaks that off. */
export function indexNow(kernel: TestKernel, signal?: AbortSignal): Promise<JsonObject> {
  return runTask(kernel, 'vector-sql-indexes', signal);
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
