// What runs leave in memory: node bench/agent/kept-memory.ts [--finished 20000] [--suspended 1000]
// Runs that have ended, and runs that wait for a person, with memory, guardrails and a router, on a journal in a SQLite
// file. Each is a conversation of its own. Exits with 1 when a bar is missed.
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { definePlugin, type InMemoryPlugin, type JsonObject } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel, functionModel } from '@agent-factory/sdk/testing';
import { extraParts, extraPlugins } from './platform-config.ts';

const { values } = parseArgs({
  options: {
    finished: { type: 'string', default: '20000' },
    suspended: { type: 'string', default: '1000' },
  },
});
const bars = { bytesPerFinishedRun: 500, megabytesSuspended: 50 };

const parts: InMemoryPlugin = {
  manifest: {
    id: 'parts',
    name: 'parts',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { 'language-model': '1.1.0', tool: '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(
        LanguageModel,
        functionModel('test', ({ messages }) =>
          messages.at(-1)?.role === 'tool' ? 'Done.' : [{ id: 'c', name: 'look', input: { city: 'Oslo' } }],
        ),
      );
      ctx.contribute(Tool, {
        name: 'look',
        description: 'Looks.',
        input: { type: 'object' },
        effect: 'read',
        run: async () => 'fine',
      });
    },
  }),
};

const base = {
  instructions: 'Look.',
  model: 'test/any',
  tools: ['look'],
  ...extraParts(['input', 'output']),
};
const router = (entry: string): JsonObject => ({
  name: entry,
  version: '1.0.0',
  entry,
  agents: { [entry]: [{ target: 'storms', condition: 'output.contains("storm")' }], storms: [] },
});
const kernel = await bootTestKernel({
  baseDir: import.meta.dirname,
  plugins: [
    '@agent-factory/plugin-storage-sqlite',
    '@agent-factory/plugin-journal-sql',
    ...extraPlugins,
    parts,
    {
      use: '@agent-factory/plugin-agent-runtime',
      config: {
        agents: [
          { ...base, name: 'quick' },
          { ...base, name: 'careful', approvals: { look: 'always' } },
          { ...base, name: 'storms' },
        ],
        routers: [router('quick'), router('careful')],
      },
    },
  ],
});
const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);

let session = 0;

async function runAll(router: string, count: number, end: 'succeeded' | 'waiting'): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const { id } = await runtime.start({ router, input: 'How is it?', session: `visitor-${session++}` });
      const { status } = await runtime.wait(id);
      if (status !== end) throw new Error(`a run of ${router} is ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void; // what the flag adds

async function heap(): Promise<number> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

await runAll('quick', 3000, 'succeeded');
const before = await heap();
const finished = Number(values.finished);
await runAll('quick', finished, 'succeeded');
const perRun = (await heap()) - before;
const suspended = Number(values.suspended);
const awake = await heap();
await runAll('careful', suspended, 'waiting');
const asleep = (await heap()) - awake;
await kernel.close();

const bytes = perRun / finished;
const megabytes = asleep / 1_000_000;
console.log(
  `${finished} finished runs: ${bytes.toFixed(1)} bytes of heap kept for each (bar ${bars.bytesPerFinishedRun})`,
);
console.log(
  `${suspended} suspended runs: ${megabytes.toFixed(2)} MB of heap together (bar ${bars.megabytesSuspended})`,
);
if (bytes > bars.bytesPerFinishedRun || megabytes > bars.megabytesSuspended) process.exitCode = 1;
