import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { JobControl, Jobs, JobSchedules, Storage, TenantEraser } from '@agent-factory/sdk/contracts';
import { checkSameDatabase, openBossLink } from './boss-link.ts';
import type { PgbossJobsConfig } from './config.ts';
import { createPgbossJobs } from './pgboss-jobs.ts';

const plugin: Plugin<PgbossJobsConfig> = definePlugin<PgbossJobsConfig>({
  async setup(ctx) {
    const { url, poolSize, heartbeatSeconds, pollMs, keepDays } = ctx.config;
    const storage = ctx.use(Storage);
    const link = await openBossLink({ url, poolSize, keepDays, log: ctx.log });
    ctx.own(() => link.close());
    await checkSameDatabase(link, storage);
    const engine = createPgbossJobs({
      storage,
      link,
      heartbeatSeconds,
      pollMs,
      role: ctx.platform.role,
      log: ctx.log,
      lease: () => ctx.lease(),
    });
    ctx.own(() => engine.close());
    ctx.provide(Jobs, engine.jobs);
    ctx.provide(JobControl, engine.control);
    ctx.provide(JobSchedules, engine.schedules);
    ctx.contribute(TenantEraser, engine.eraser);
    ctx.health(async () => {
      await link.query('SELECT 1');
    });
    ctx.serve(() => engine.start());
  },
});

export default plugin;
