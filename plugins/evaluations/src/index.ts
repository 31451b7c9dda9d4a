import { randomUUID } from 'node:crypto';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  Blueprints,
  createUseTenant,
  defaultTenant,
  Embedder,
  Evaluations,
  HttpRoute,
  Jobs,
  LanguageModel,
  Permission,
  readMigrations,
  Scorer,
  TenantAnalytics,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { evaluationSuiteSchema } from '@agent-factory/sdk/domain';
import type { EvaluationsConfig } from './config.ts';
import { createEvaluations } from './evaluations.ts';
import { evaluationRoutes } from './routes/evaluation-routes.ts';
import { evaluationPermissions, suiteRoutes } from './routes/suite-routes.ts';
import { createWorkers } from './work/workers.ts';

const plugin: Plugin<EvaluationsConfig> = definePlugin<EvaluationsConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('evaluations', readMigrations(folder, dialect, 'tenant'));
    const parts = {
      config: ctx.config,
      log: ctx.log,
      useTenant: createUseTenant(tenants),
      runtime: ctx.use(AgentRuntime),
      scorers: new Map(ctx.all(Scorer).map(({ value }) => [value.name, value])),
      models: ctx.all(LanguageModel).map(({ value }) => value),
      embedders: ctx.all(Embedder).map(({ value }) => value),
    };
    const workers = createWorkers({
      ...parts,
      role: ctx.platform.role,
      owner: `${ctx.platform.name}.${randomUUID()}`,
      jobs: ctx.tryUse(Jobs),
      analytics: ctx.use(TenantAnalytics),
      dialect,
    });
    ctx.own(() => workers.close());
    const evaluations = createEvaluations({
      ...parts,
      workers,
      blueprints: ctx.tryUse(Blueprints),
      schema: ctx.validator(evaluationSuiteSchema),
    });
    ctx.provide(Evaluations, evaluations);
    for (const permission of evaluationPermissions) ctx.contribute(Permission, permission);
    for (const route of [...suiteRoutes(evaluations), ...evaluationRoutes(evaluations)])
      ctx.contribute(HttpRoute, route);
    ctx.serve(async () => workers.serve());
  },
});

export default plugin;
