import { isAgentFactoryError } from '@agent-factory/sdk';
import { Maintenance } from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';

/** `agent-factory maintenance list`: every task, when it comes next, and how the last time went. */
export async function listMaintenance(options: CommonOptions & { readonly json?: boolean }): Promise<void> {
  const tasks = await withMaintenance(options, (maintenance) => maintenance.list());
  if (options.json) return print(JSON.stringify(tasks, null, 2));
  if (tasks.length === 0) return print('No plugin contributes a task.');
  const rows = tasks.map(({ name, running, nextAt, lastError, lastResult, description }) => [
    name,
    running ? 'running' : new Date(nextAt).toISOString(),
    lastError !== undefined ? `failed: ${lastError}` : lastResult ? JSON.stringify(lastResult) : '',
    description,
  ]);
  for (const line of table([['TASK', 'NEXT', 'LAST', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory maintenance run <task>`: does a task now. */
export async function runMaintenance(name: string, options: CommonOptions): Promise<void> {
  const result = await withMaintenance(options, (maintenance) => maintenance.run(name));
  print(`${paint('green', 'Done.')} ${JSON.stringify(result)}`);
}

/** Boots the platform for the question; no task begins by itself here. */
async function withMaintenance<T>(
  options: CommonOptions,
  job: (maintenance: Maintenance) => Promise<T>,
): Promise<T> {
  return withPlatform(options, async (kernel) => {
    try {
      return await job(kernel.use(Maintenance));
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      throw errors.AF_CLI_NO_STORAGE(
        { contract: Maintenance.id, plugin: '@agent-factory/plugin-maintenance' },
        { cause: error },
      );
    }
  });
}
