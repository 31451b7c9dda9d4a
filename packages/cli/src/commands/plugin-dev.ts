import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Kernel } from '@agent-factory/kernel';
import { Isolation, type PlatformConfig, type PluginEntry } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, Tool } from '@agent-factory/sdk/contracts';
import { answerOf } from '@agent-factory/sdk/domain';
import { build, canBeIsolated, deskConfig, deskKernel, readDesk, type DeskPlugin } from '../desk/desk.ts';
import { paint, print, printError } from '../terminal.ts';

/** Options of `plugin dev`. */
export interface DevOptions {
  /** Run it inside the platform's process. */
  readonly trusted?: boolean;
}

const quietMs = 150;
const lookMs = 250;

/** `agent-factory plugin dev [folder]`: runs a plugin until it is told to stop, and again after each change. */
export async function developPlugin(folder: string, { trusted = false }: DevOptions): Promise<void> {
  let desk = readDesk(folder);
  await build(desk);
  const isolation = trusted || !canBeIsolated(desk) ? 'trusted' : 'L1';
  const config = (): PlatformConfig => withAgent(desk, deskConfig(desk, isolation));
  const kernel = deskKernel(desk, config(), {
    dataDir: join(desk.folder, '.agent-factory'),
    except: ['http-api'],
    amend: (given) => ({ ...given, ...config(), dataDir: given.dataDir ?? '' }), // its manifest may have changed
  });
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const again = async (cause: string): Promise<void> => {
    try {
      desk = readDesk(folder);
      await build(desk);
      const { start } = await kernel.apply();
      print(
        start.length === 0
          ? `↻ ${cause}: nothing changes.`
          : `${paint('green', '↻')} ${cause}: a new generation serves.`,
      );
      await printState(kernel, desk);
    } catch (error) {
      print(`${paint('red', '↻')} ${cause}: refused; what was serving goes on serving.`);
      printError(error);
    }
  };
  const ends: (() => void)[] = [];
  try {
    await kernel.start();
    ends.push(watchFolder(desk.folder, again), followPermissions(kernel, desk.manifest.id));
    await printState(kernel, desk);
    print('Changes are taken up as they are saved. Ask the agent by writing a line; Ctrl-C stops it.');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
    ends.push(askByLine(kernel));
    await stopped;
  } finally {
    for (const end of ends) end();
    await kernel.close();
  }
}

/** Beside the plugin an agent that has its tools, on a model that needs no key. */
function withAgent({ manifest, examples }: DeskPlugin, config: PlatformConfig): PlatformConfig {
  if (manifest.contributes?.['tool'] === undefined) return config;
  const usual: PluginEntry[] = [
    { use: '@agent-factory/plugin-storage-sqlite' },
    { use: '@agent-factory/plugin-journal-sql' },
    { use: '@agent-factory/plugin-llm-local' },
    {
      use: '@agent-factory/plugin-agent-runtime',
      config: { agents: [agentOf(manifest.id, Object.keys(examples.tools ?? {}))] },
    },
  ];
  const names = new Set(usual.map(({ use }) => use));
  const others = config.plugins.filter((entry) => !names.has(typeof entry === 'string' ? entry : entry.use));
  return { ...config, plugins: [...usual, ...others] };
}

function agentOf(
  id: string,
  tools: readonly string[],
): {
  name: string;
  instructions: string;
  model: string;
  tools: readonly string[];
} {
  return { name: 'desk', instructions: `Use the tools of ${id}.`, model: 'local/tools', tools };
}

async function printState(kernel: Kernel, { manifest }: DeskPlugin): Promise<void> {
  const own = kernel.inspect().contracts[Isolation.id]
    ? (await kernel.use(Isolation).plugins()).find(({ id }) => id === manifest.id)
    : undefined;
  print(`  ${manifest.id} runs ${own ? `isolated at ${own.level}` : "in the platform's process"}.`);
  const tools = kernel.all(Tool).filter(({ plugin }) => plugin === manifest.id);
  for (const { value } of tools) print(`  tool ${value.name}: ${value.description}`);
}

/** Prints each permission when it is first used, and all that is refused. */
function followPermissions(kernel: Kernel, plugin: string): () => void {
  if (!kernel.inspect().contracts[Isolation.id]) return () => {};
  let seen = new Set<string>();
  const look = async (): Promise<void> => {
    const own = (await kernel.use(Isolation).plugins()).find(({ id }) => id === plugin);
    if (!own) return;
    const now = [
      ...own.used.map((name) => paint('dim', `  permission used: ${name}`)),
      ...own.refused.map((what) => paint('yellow', `  refused: it may not ${what}`)),
    ];
    for (const line of now) if (!seen.has(line)) print(line);
    seen = new Set(now);
  };
  // What is asked while a generation changes is asked again.
  const timer = setInterval(() => void look().catch(() => {}), lookMs);
  return () => clearInterval(timer);
}

/** Each line of standard input goes to the agent, and its answer to standard output. */
function askByLine(kernel: Kernel): () => void {
  if (!kernel.inspect().contracts[AgentRuntime.id]) return () => {};
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (input) => {
    if (input.trim() === '') return;
    const ask = async (): Promise<void> => {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      print(answerOf(await runs.wait((await runs.start({ agent: 'desk', input })).id)));
    };
    ask().catch(printError);
  });
  return () => lines.close();
}

/** Calls back once a burst of changes is over; what a build writes is none. */
function watchFolder(folder: string, changed: (what: string) => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const built = existsSync(join(folder, 'tsconfig.json')) ? 'node_modules|dist' : 'node_modules';
  const ignored = new RegExp(`(^|[/\\\\])(${built}|\\.[^/\\\\]*)([/\\\\]|$)`);
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (!file || ignored.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = (running ?? Promise.resolve()).then(() => changed(`${file} changed`));
    }, quietMs);
  });
  watcher.on('error', () => watcher.close());
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
