import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Journal, Storage } from '@agent-factory/sdk/contracts';
import type { SqlJournalConfig } from './config.ts';
import { createSqlJournal } from './sql-journal.ts';

const plugin: Plugin<SqlJournalConfig> = definePlugin<SqlJournalConfig>({
  async setup(ctx) {
    const journal = await createSqlJournal(ctx.use(Storage), ctx.config);
    ctx.own(() => journal.close());
    ctx.provide(Journal, journal);
    ctx.health(async () => {
      await journal.runs({ limit: 1 });
    });
  },
});

export default plugin;
