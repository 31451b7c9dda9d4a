import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { InMemoryPlugin, Json, PluginContext, PluginEntry } from '@agent-factory/sdk';
import { LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import type { ToolEffect, Workflow } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';

/** Where state is kept: SQLite without a URL, else PostgreSQL. */
export interface PositionPlatform {
  readonly dataDir: string;
  readonly postgres?: string;
}

/** The key of the one run there is. */
export const runKey = 'the-run';

/** Branches at the same time, a run of its own in one and a person's answer in the other, then a write. */
const workflow: Workflow = {
  name: 'refund',
  version: '1.0.0',
  start: 'both',
  nodes: [
    { id: 'both', type: 'parallel', branches: ['look', 'ask'] },
    { id: 'look', type: 'tool', tool: 'look' },
    { id: 'judge', type: 'agent', agent: 'clerk' },
    { id: 'ask', type: 'approval', prompt: 'Pay it back?' },
    { id: 'pay', type: 'tool', tool: 'pay' },
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
  const { dataDir, postgres } = platform;
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
    memory: [offering(join(dataDir, 'effects'))],
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

/** A model that answers at once, and tools that write what they do into a file. */
function offering(effects: string): InMemoryPlugin {
  appendFileSync(effects, '');
  const tool = (name: string, effect: ToolEffect): Tool => ({
    name,
    description: `Does what is called ${name}.`,
    input: { type: 'object' },
    effect,
    async run() {
      appendFileSync(effects, `${name}\n`);
      return `${name} done`;
    },
  });
  return {
    manifest: {
      id: 'positions',
      name: 'positions',
      version: '1.0.0',
      kernel: '^0.1.0',
      contributes: { 'language-model': '1.0.0', tool: '1.0.0' },
    },
    plugin: {
      setup(ctx: PluginContext) {
        ctx.contribute(
          LanguageModel,
          functionModel('positions', () => 'Fine.'),
        );
        for (const one of [tool('look', 'read'), tool('pay', 'write'), tool('tell', 'idempotent-write')])
          ctx.contribute(Tool, one);
      },
    },
  };
}
