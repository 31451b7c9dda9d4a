import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  JobControl,
  Jobs,
  JobSchedules,
  MaintenanceTask,
  readMigrations,
  Storage,
  TenantEraser,
} from '@agent-factory/sdk/contracts';
import { createBullmqJobs } from './bullmq-jobs.ts';
import type { BullmqJobsConfig } from './config.ts';
import { openRedisLink } from './redis-link.ts';

const plugin: Plugin<BullmqJobsConfig> = definePlugin<BullmqJobsConfig>({
  async setup(ctx) {
    const { url, prefix, leaseMs, checkMs, keepDays } = ctx.config;
    const storage = ctx.use(Storage);
    const link = await openRedisLink(url, ctx.log);
    ctx.own(() => link.close());
    await storage.migrate(
      ctx.plugin.id,
      readMigrations(new URL('../migrations', import.meta.url), storage.dialect, 'platform'),
    );
    const engine = createBullmqJobs({
      storage,
      link,
      prefix,
      leaseMs,
      checkMs,
      keepDays,
      role: ctx.platform.role,
      log: ctx.log,
      lease: () => ctx.lease(),
    });
    ctx.own(() => engine.close());
    ctx.provide(Jobs, engine.jobs);
    ctx.provide(JobControl, engine.control);
    ctx.provide(JobSchedules, engine.schedules);
    for (const task of engine.tasks) ctx.contribute(MaintenanceTask, task);
    ctx.contribute(TenantEraser, engine.eraser);
    ctx.health(async () => {
      await link.ping();
    });
    ctx.serve(() => engine.start());
  },
});

export default plugin;
