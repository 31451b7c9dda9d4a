import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { InMemoryPlugin, Json, PluginEntry } from '@agent-factory/sdk';
import { LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import type { ToolEffect, Workflow } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

/** Where state is kept: SQLite without a URL, else PostgreSQL. */
export interface PositionPlatform {
  readonly dataDir: string;
  readonly postgres?: string;
  /** The last step fails, so that the write is undone. */
  readonly fails?: boolean;
}

/** The key of the one run there is. */
export const runKey = 'the-run';

/**
 * Branches at the same time, a run of its own in one and a person's answer in the other, then a write; another write
 * undoes it when the last step fails.
 */
const workflow: Workflow = {
  name: 'refund',
  version: '1.0.0',
  start: 'both',
  nodes: [
    { id: 'both', type: 'parallel', branches: ['look', 'ask'] },
    { id: 'look', type: 'tool', tool: 'look' },
    { id: 'judge', type: 'agent', agent: 'clerk' },
    { id: 'ask', type: 'approval', prompt: 'Pay it back?' },
    { id: 'pay', type: 'tool', tool: 'pay', compensation: 'unpay' },
    { id: 'unpay', type: 'tool', tool: 'unpay' },
    { id: 'tell', type: 'tool', tool: 'tell' },
  ],
  edges: [
    { from: 'look', to: 'judge' },
    { from: 'ask', to: 'pay' },
    { from: 'both', to: 'tell' },
  ],
};

/** Boots the platform on its state. */
export async function bootPositions(platform: PositionPlatform): Promise<Kernel> {
  const { dataDir, postgres, fails = false } = platform;
  const storage: string | PluginEntry =
    postgres === undefined
      ? '@agent-factory/plugin-storage-sqlite'
      : { use: '@agent-factory/plugin-storage-postgres', config: { url: postgres } };
  const agents = [{ name: 'clerk', instructions: 'Judge.', model: 'positions/any' }];
  const kernel = createKernel({
    config: {
      name: 'positions',
      dataDir,
      log: { level: 'error' },
      plugins: [
        storage,
        '@agent-factory/plugin-journal-sql',
        'positions',
        {
          use: '@agent-factory/plugin-agent-runtime',
          config: { agents, workflows: [workflow] as unknown as Json[], leaseMs: 100 },
        },
      ],
    },
    baseDir: dataDir,
    memory: [offering(join(dataDir, 'effects'), fails)],
    env: {},
    lock: false,
  });
  await kernel.start();
  return kernel;
}

/** What was done, in order: each line the name of a tool. */
export function effectsOf({ dataDir }: PositionPlatform): readonly string[] {
  return readFileSync(join(dataDir, 'effects'), 'utf8').split('\n').filter(Boolean);
}

const effectsByTool: Readonly<Record<string, ToolEffect>> = {
  look: 'read',
  pay: 'write',
  unpay: 'write',
  tell: 'idempotent-write',
};

/** A model that answers at once, and tools that write what they do into a file. */
function offering(effects: string, fails: boolean): InMemoryPlugin {
  appendFileSync(effects, '');
  const tool = (name: string, effect: ToolEffect): Tool => ({
    name,
    description: `Does what is called ${name}.`,
    input: { type: 'object' },
    effect,
    async run() {
      appendFileSync(effects, `${name}\n`);
      if (fails && name === 'tell') throw new Error('nobody listens');
      return `${name} done`;
    },
  });
  return testPlugin('positions', [LanguageModel, Tool], (ctx) => {
    ctx.contribute(
      LanguageModel,
      functionModel('positions', () => 'Fine.'),
    );
    for (const [name, effect] of Object.entries(effectsByTool)) ctx.contribute(Tool, tool(name, effect));
  });
}
