import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  JobControl,
  Jobs,
  JobSchedules,
  MaintenanceTask,
  readMigrations,
  Signals,
  Storage,
  TenantEraser,
} from '@agent-factory/sdk/contracts';
import type { LocalJobsConfig } from './config.ts';
import { openLocalJobs } from './local-jobs.ts';

const plugin: Plugin<LocalJobsConfig> = definePlugin<LocalJobsConfig>({
  async setup(ctx) {
    const storage = ctx.use(Storage);
    const migrations = readMigrations(new URL('../migrations', import.meta.url), storage.dialect, 'platform');
    await storage.migrate('jobs-local', migrations);
    const engine = await openLocalJobs({
      storage,
      signals: ctx.tryUse(Signals),
      config: ctx.config,
      log: ctx.log,
      role: ctx.platform.role,
      lease: () => ctx.lease(),
    });
    ctx.own(() => engine.close());
    ctx.provide(Jobs, engine.jobs);
    ctx.provide(JobControl, engine.control);
    ctx.provide(JobSchedules, engine.schedules);
    ctx.contribute(MaintenanceTask, engine.sweep);
    ctx.contribute(TenantEraser, engine.eraser);
    ctx.health(async () => {
      await engine.control.get('');
    });
  },
});

export default plugin;
