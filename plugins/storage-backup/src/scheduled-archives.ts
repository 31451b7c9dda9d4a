import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MaintenanceTask, StorageBackup } from '@agent-factory/sdk/contracts';

const archiveName = /^backup-\d{8}T\d{9}Z\.jsonl\.gz$/;

/** The task that makes an archive, checks it, and removes those that are more than `keep`. */
export function scheduledArchives(
  backup: StorageBackup,
  { folder, everyMs, keep }: { readonly folder: string; readonly everyMs: number; readonly keep: number },
): MaintenanceTask {
  return {
    name: 'storage-backup',
    description: 'Archives the storage, checks the archive, and removes the oldest.',
    everyMs,
    async run({ signal }) {
      const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
      const file = join(folder, `backup-${stamp}.jsonl.gz`);
      const { rows, tables } = await backup.archive(file, { signal });
      await backup.verify(file, { signal });
      const names = (await readdir(folder)).filter((name) => archiveName.test(name)).sort();
      const old = names.slice(0, Math.max(names.length - keep, 0));
      for (const name of old) await rm(join(folder, name), { force: true });
      return { file, rows, tables: tables.length, removed: old.length };
    },
  };
}
