import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import { defaultTenant, readMigrations, type Knowledge } from '@agent-factory/sdk/contracts';
import { createKnowledgeContext, type VectorKnowledgeParts } from './knowledge-context.ts';
import { tenantKnowledge } from './tenant-knowledge.ts';

/** Creates the tables in every tenant, and knowledge bases on them and the vector store. */
export async function createVectorKnowledge(parts: VectorKnowledgeParts): Promise<
  Knowledge & {
    refreshShared(signal: AbortSignal): Promise<JsonObject>;
    outdated(): Promise<readonly string[]>;
  }
> {
  const { tenants, shared } = parts;
  const folder = new URL('../migrations', import.meta.url);
  const { dialect } = await tenants.tenant(defaultTenant);
  await tenants.migrate('knowledge-vector', readMigrations(folder, dialect, 'tenant'));
  const context = createKnowledgeContext(parts);

  return {
    tenant: (id) => tenantKnowledge(id, context),
    shared: () => [...shared.keys()].sort(),
    async outdated() {
      const all = await context.all(defaultTenant);
      return all.flatMap(({ owner, base, row, madeOf }) =>
        owner === 'platform' && row?.madeOf !== madeOf ? base.name : [],
      );
    },
    async refreshShared(signal) {
      let [ingested, removed, failed] = [0, 0, 0];
      for (const name of shared.keys()) {
        const look = tenantKnowledge(defaultTenant, context).ingest(name, { signal });
        const report = await look.catch((error: unknown) => {
          if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_BUSY')) throw error;
        });
        ingested += report?.ingested ?? 0;
        removed += report?.removed ?? 0;
        failed += report?.failed ?? 0;
      }
      return { ingested, removed, failed };
    },
  };
}
