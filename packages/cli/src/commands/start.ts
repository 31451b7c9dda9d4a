import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel, Plan } from '@agent-factory/kernel';
import { createKernel } from '@agent-factory/kernel';
import { amendInstalled, readInstalled } from '@agent-factory/plugin-install/installed';
import { Isolation, type PlatformRole } from '@agent-factory/sdk';
import { greeting } from '../boot-tree.ts';
import { watchBlocks } from '../block-watch.ts';
import type { CommonOptions } from '../boot.ts';
import { commandName } from '../command-name.ts';
import { explanation } from './lists.ts';
import type { ControlRequest } from '../ask-platform.ts';
import { openControlSocket } from '../control-socket.ts';
import { duration } from '../duration.ts';
import { isolationOf, type IsolationView } from '../isolation-view.ts';
import { paint, print, printError, startProgress } from '../terminal.ts';
import { watchPlatform } from '../watch.ts';

/** Options of `start`. */
export interface StartOptions extends CommonOptions {
  /** What the process is for. Default `all`. */
  readonly role?: PlatformRole;
  /** Apply changes of the configuration and of local plugins as they are saved. */
  readonly watch?: boolean;
  /** Refuse to start when the lock file would change. */
  readonly frozenLock?: boolean;
  /** How often registries are asked which plugins are blocked. Default `1h`. */
  readonly checkBlocks?: string;
}

/** `agent-factory start`: runs the platform until it is told to stop. */
export async function start(options: StartOptions): Promise<void> {
  const { role = 'all', checkBlocks = '1h' } = options;
  const checkMs = duration(checkBlocks, '--check-blocks', 1_000);
  const kernel = createKernel({
    role,
    amend: amendInstalled,
    ...(options.config && { configFile: options.config }),
    ...(options.frozenLock && { lock: 'frozen' }),
    ...(options.verbose && { env: { ...process.env, AF_LOG__LEVEL: 'debug' } }),
  });
  await kernel.plan();
  // First of all, so that of two that may not share a state folder only one opens its databases.
  const control = await openControlSocket(kernel.sources().dataDir, role, (request) =>
    answer(kernel, request),
  );
  const signals = listenToSignals(kernel);
  const watchers: { close(): void }[] = [];
  try {
    await checkInstalled(kernel.sources().dataDir);
    const blocks = await watchBlocks(kernel.sources().dataDir, checkMs);
    watchers.push(blocks);
    await startShown(kernel);
    blocks.serve(() => reload(kernel));
    if (options.watch) watchers.push(watchPlatform(kernel, (change) => reloadLoudly(kernel, change)));
    const isolation = await isolatedNow(kernel);
    for (const line of greeting(kernel, role, commandName(), options.config, isolation)) print(line);
    await signals.stop;
  } finally {
    for (const watcher of watchers) watcher.close();
    await kernel.close();
    control.close();
    signals.remove();
  }
}

/** Where nothing runs isolated, nobody waits for the levels to be tried. */
async function isolatedNow(kernel: Kernel): Promise<IsolationView | undefined> {
  const isAny = kernel
    .inspect()
    .plugins.some(({ isolation, state }) => isolation !== 'trusted' && state === 'active');
  return isAny ? isolationOf(kernel) : undefined;
}

/** Refuses to start with installed files that are not what their authors signed. */
async function checkInstalled(dataDir: string): Promise<void> {
  if (Object.keys(readInstalled(dataDir).plugins).length === 0) return;
  const { refuseChanged } = await import('@agent-factory/plugin-install');
  refuseChanged(dataDir);
}

async function startShown(kernel: Kernel): Promise<void> {
  const progress = startProgress();
  progress.say('starting the plugins');
  try {
    await kernel.start();
    writeConfigSchema(kernel);
  } finally {
    progress.done();
  }
}

interface Signals {
  /** Resolves when the platform is asked to stop. */
  readonly stop: Promise<void>;
  remove(): void;
}

/**
 * SIGINT and SIGTERM end the platform, a second one at once; SIGHUP reloads. Errors of code that a plugin or a piece
 * of work left running are blamed there and end nothing; others end the platform.
 */
function listenToSignals(kernel: Kernel): Signals {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const stop = (signal: string): void => {
    if (asked) process.exit(130);
    asked = true;
    print(`\n${signal}: finishing what is in flight; once more to stop at once.`);
    resolve();
  };
  const reload = (): void => void reloadLoudly(kernel, 'SIGHUP');
  const fail = (error: unknown): void => {
    if (kernel.blame(error)) return;
    printError(error);
    process.exitCode = 70; // EX_SOFTWARE
    asked = true;
    resolve();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', reload);
  process.on('uncaughtException', fail).on('unhandledRejection', fail);
  return {
    stop: promise,
    remove: () => {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop).removeListener('SIGHUP', reload);
      process.removeListener('uncaughtException', fail).removeListener('unhandledRejection', fail);
    },
  };
}

async function answer(kernel: Kernel, request: ControlRequest): Promise<unknown> {
  switch (request.do) {
    case 'ping':
      return { pid: process.pid };
    case 'inspect':
      return kernel.inspect();
    case 'explain':
      return explanation(kernel, request.name);
    case 'reload':
      return reload(kernel);
    case 'revoke':
      return kernel.inspect().contracts[Isolation.id] !== undefined
        ? kernel.use(Isolation).revoke(request.plugin, request.permission)
        : false;
    default:
      throw new Error('it does not know that request; it may be another version');
  }
}

async function reload(kernel: Kernel): Promise<string[]> {
  const plan = await kernel.apply();
  writeConfigSchema(kernel);
  return summaryOf(plan);
}

/** What a reload did, as lines. */
function summaryOf(plan: Plan): string[] {
  const lines = (sign: string, steps: Plan['start']): string[] =>
    steps.map(({ plugin, version, why }) => `${sign} ${plugin} ${version}: ${why}`);
  const changes = [...lines('+', plan.start), ...lines('-', plan.stop)];
  if (changes.length === 0) return [`No plugin changes; generation ${plan.generation} goes on serving.`];
  return [`Generation ${plan.generation} serves.`, ...changes];
}

async function reloadLoudly(kernel: Kernel, cause: string): Promise<void> {
  try {
    print(`${paint('green', '↻')} ${cause}: ${(await reload(kernel)).join('\n    ')}`);
  } catch (error) {
    print(`${paint('red', '↻')} ${cause}: refused; what was serving goes on serving.`);
    printError(error);
  }
}

/** For editors: the schema of the configuration with every plugin's part. */
function writeConfigSchema(kernel: Kernel): void {
  const file = join(kernel.sources().dataDir, 'config.schema.json');
  writeFileSync(file, `${JSON.stringify(kernel.configSchema(), null, 2)}\n`);
}
