import { MigrationLedger } from '../contracts/migration.ts';
import type { TestKernel } from './boot-test-kernel.ts';

/** Takes back all migrations of a plugin, and gives the names of the steps that were undone, in that order. */
export async function rollBack(
  kernel: Pick<TestKernel, 'use'>,
  plugin: string,
  scope: 'platform' | 'tenant',
): Promise<readonly string[]> {
  const undone = await kernel.use(MigrationLedger).rollback(plugin, { scope, to: 0 });
  return undone.map(({ name }) => name);
}
