import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  DocumentLoader,
  Embedder,
  HttpRoute,
  Jobs,
  Knowledge,
  KnowledgePackage,
  MaintenanceTask,
  Permission,
  TenantStorage,
  VectorStore,
} from '@agent-factory/sdk/contracts';
import { knowledgeBaseSchema, knowledgePackSchema } from '@agent-factory/sdk/domain';
import type { VectorKnowledgeConfig } from './config.ts';
import { sharedBases } from './known-bases.ts';
import { knowledgePermissions } from './routes/knowledge-permissions.ts';
import { knowledgeRoutes } from './routes/knowledge-routes.ts';
import { createIngestQueue } from './ingest-queue.ts';
import { createVectorKnowledge } from './vector-knowledge.ts';

const plugin: Plugin<VectorKnowledgeConfig> = definePlugin<VectorKnowledgeConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const check = { base: ctx.validator(knowledgeBaseSchema), pack: ctx.validator(knowledgePackSchema) };
    const packs = ctx.all(KnowledgePackage).map(({ value }) => value);
    const queue = createIngestQueue({ jobs: ctx.tryUse(Jobs), log, signal: ctx.signal });
    const knowledge = await createVectorKnowledge({
      config,
      log,
      check,
      queue,
      signal: ctx.signal,
      shared: await sharedBases(config.bases, packs, check),
      tenants: ctx.use(TenantStorage),
      vectors: ctx.use(VectorStore),
      embedders: ctx.all(Embedder).map(({ value }) => value),
      loaders: ctx.all(DocumentLoader).map(({ value }) => value),
    });
    ctx.own(() => queue.close());
    ctx.provide(Knowledge, knowledge);
    for (const permission of knowledgePermissions) ctx.contribute(Permission, permission);
    for (const route of knowledgeRoutes(knowledge)) ctx.contribute(HttpRoute, route);
    if (config.refreshMs > 0)
      ctx.contribute(MaintenanceTask, {
        name: 'knowledge-refresh',
        description: "Takes what is new or changed into the platform's knowledge bases.",
        everyMs: config.refreshMs,
        run: ({ signal }) => knowledge.refreshShared(signal),
      });
    ctx.serve(async () =>
      queue.serve(knowledge, ctx.platform.role === 'api' ? [] : await knowledge.outdated()),
    );
  },
});

export default plugin;
