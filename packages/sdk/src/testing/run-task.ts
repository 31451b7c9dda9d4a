import assert from 'node:assert/strict';
import { MaintenanceTask } from '../contracts/maintenance.ts';
import type { JsonObject } from '../json.ts';
import type { TestKernel } from './boot-test-kernel.ts';
import { silentLog } from './silent-log.ts';

/** Carries out the maintenance task of that name, and gives what it reports. */
export async function runTask(
  kernel: Pick<TestKernel, 'all'>,
  name: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<JsonObject> {
  const task = kernel.all(MaintenanceTask).find(({ value }) => value.name === name);
  assert.ok(task, `no task ${name}`);
  return task.value.run({ signal, log: silentLog });
}
