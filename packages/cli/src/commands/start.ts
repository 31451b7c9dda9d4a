import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel, Plan } from '@agent-factory/kernel';
import { createKernel } from '@agent-factory/kernel';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { greeting } from '../boot-tree.ts';
import type { CommonOptions } from '../boot.ts';
import { askPlatform, openControlSocket, type ControlRequest } from '../control-socket.ts';
import { errors } from '../errors.ts';
import { paint, print, printError } from '../terminal.ts';
import { watchPlatform } from '../watch.ts';

/** Options of `start`. */
export interface StartOptions extends CommonOptions {
  /** Apply changes of the configuration and of local plugins as they are saved. */
  readonly watch?: boolean;
  /** Refuse to start when the lock file would change. */
  readonly frozenLock?: boolean;
}

/** `agent-factory start`: runs the platform until it is told to stop. */
export async function start(options: StartOptions, command: string): Promise<void> {
  const kernel = createKernel({
    ...(options.config && { configFile: options.config }),
    ...(options.frozenLock && { lock: 'frozen' }),
    ...(options.verbose && { env: { ...process.env, AF_LOG__LEVEL: 'debug' } }),
  });
  await kernel.plan();
  await refuseSecond(kernel.sources().dataDir);
  await kernel.start();
  writeConfigSchema(kernel);
  const control = await openControlSocket(kernel.sources().dataDir, (request) => answer(kernel, request));
  const watcher = options.watch ? watchPlatform(kernel, (change) => reloadLoudly(kernel, change)) : undefined;
  for (const line of greeting(kernel, command)) print(line);

  process.on('SIGHUP', () => void reloadLoudly(kernel, 'SIGHUP'));
  const blame = guardProcess(kernel);
  await new Promise<void>((resolve) => {
    let asked = false;
    const stop = (signal: string): void => {
      if (asked) process.exit(130);
      asked = true;
      print(`\n${signal}: finishing what is in flight; once more to stop at once.`);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
  watcher?.close();
  control.close();
  await kernel.close();
  blame();
}

/** Two platforms on one state folder would do each other's work. */
async function refuseSecond(dataDir: string): Promise<void> {
  try {
    const { pid } = await askPlatform<{ pid: number }>(dataDir, { do: 'ping' });
    throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid });
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) throw error;
  }
}

async function answer(kernel: Kernel, request: ControlRequest): Promise<unknown> {
  switch (request.do) {
    case 'ping':
      return { pid: process.pid };
    case 'inspect':
      return kernel.inspect();
    case 'explain':
      return kernel.explain(String(request.name));
    case 'reload': {
      const plan = await kernel.apply();
      writeConfigSchema(kernel);
      return summaryOf(plan);
    }
  }
}

/** What a reload did, as lines. */
export function summaryOf(plan: Plan): string[] {
  const lines = (sign: string, steps: Plan['start']): string[] =>
    steps.map(({ plugin, version, why }) => `${sign} ${plugin} ${version}: ${why}`);
  const changes = [...lines('+', plan.start), ...lines('-', plan.stop)];
  if (changes.length === 0) return [`Nothing to change; ${plan.generation} goes on serving.`];
  return [`Generation ${plan.generation} serves.`, ...changes];
}

async function reloadLoudly(kernel: Kernel, cause: string): Promise<void> {
  try {
    const lines = summaryOf(await kernel.apply());
    print(`${paint('green', '↻')} ${cause}: ${lines.join('\n    ')}`);
  } catch (error) {
    print(`${paint('red', '↻')} ${cause}: refused; what was serving goes on serving.`);
    printError(error);
  }
}

/** For editors: the schema of the configuration with every plugin's part. */
function writeConfigSchema(kernel: Kernel): void {
  writeFileSync(join(kernel.sources().dataDir, 'config.schema.json'), `${JSON.stringify(kernel.configSchema(), null, 2)}\n`);
}

/** Errors of code that a plugin left running are blamed on it and do not end the platform; others do. */
function guardProcess(kernel: Kernel): () => void {
  const onError = (error: unknown): void => {
    if (kernel.blame(error)) return;
    printError(error);
    process.exitCode = 70; // EX_SOFTWARE
    process.kill(process.pid, 'SIGTERM');
  };
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return () => {
    process.removeListener('uncaughtException', onError).removeListener('unhandledRejection', onError);
  };
}
