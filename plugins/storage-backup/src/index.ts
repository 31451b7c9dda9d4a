import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { MaintenanceTask, StorageBackup, StorageTransfer } from '@agent-factory/sdk/contracts';
import type { StorageBackupConfig } from './config.ts';
import { scheduledArchives } from './scheduled-archives.ts';
import { createStorageBackup } from './storage-backup.ts';

const plugin: Plugin<StorageBackupConfig> = definePlugin<StorageBackupConfig>({
  setup(ctx) {
    const { folder, everyMs, keep } = ctx.config;
    const backup = createStorageBackup(ctx.use(StorageTransfer));
    ctx.provide(StorageBackup, backup);
    if (folder !== undefined)
      ctx.contribute(MaintenanceTask, scheduledArchives(backup, { folder, everyMs, keep }));
  },
});

export default plugin;
