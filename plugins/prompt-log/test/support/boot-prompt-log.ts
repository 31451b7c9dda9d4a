import { dirname, join } from 'node:path';
import type { InMemoryPlugin, JsonObject, PluginEntry } from '@agent-factory/sdk';
import { LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import { textOf, type AgentDefinition } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  functionModel,
  testPlugin,
  testTool,
  type TestKernel,
} from '@agent-factory/sdk/testing';

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** Looks like a key, and is none. */
export const secretKey: string = ['sk', 'test', '0123456789abcdefABCDEF'].join('-');

const folder = dirname(dirname(import.meta.dirname));

const base = { instructions: 'Be brief.', model: 'test/small' } as const;
const agents: readonly AgentDefinition[] = [
  { ...base, name: 'caller', tools: ['look'] },
  { ...base, name: 'careful', tools: ['look'], approvals: { look: 'always' } },
  { ...base, name: 'failing', model: 'test/broken' },
  { ...base, name: 'spy', tools: ['look'] },
  { ...base, name: 'long', model: 'test/long' },
];

/** Asks for one call of a tool, then says what came of it. */
const model = functionModel('test', ({ model: name, messages }) => {
  if (name === 'broken') throw new Error('it is broken');
  if (name === 'long') return `${'x'.repeat(256)} `.repeat(1100);
  const last = messages.at(-1);
  const said = last ? textOf(last) : '';
  if (last?.role === 'tool') return `There is ${said}`;
  const at = said.includes('key') ? said : (said.match(/(\w+)\??$/)?.[1] ?? '');
  return [{ id: 'c1', name: 'look', input: { at, ...(said.includes('key') && { pin: '1234' }) } }];
});

const offering = testPlugin('offering', [LanguageModel, Tool], (ctx) => {
  ctx.contribute(LanguageModel, model);
  ctx.contribute(
    Tool,
    testTool('look', async ({ at }) => ({ seen: `a lighthouse at ${JSON.stringify(at).slice(1, -1)}` })),
  );
});

/** Boots a platform with a prompt log, or without. */
export function bootPromptLog({
  storage,
  dataDir,
  config,
  settings = false,
  more = [],
}: {
  readonly storage: string | PluginEntry;
  readonly dataDir?: string;
  readonly config?: JsonObject | 'off' | undefined;
  /** Whether tenants may set for how long it is kept. Default false. */
  readonly settings?: boolean;
  /** Other plugins. */
  readonly more?: readonly InMemoryPlugin[];
}): Promise<TestKernel> {
  return bootTestKernel({
    baseDir: folder,
    plugins: [
      storage,
      '@agent-factory/plugin-journal-sql',
      offering,
      '@agent-factory/plugin-memory-sql',
      '@agent-factory/plugin-routing-expression',
      {
        use: join(dirname(folder), 'agent-runtime'),
        config: { agents: JSON.parse(JSON.stringify(agents)) as JsonObject[] },
      },
      ...(settings ? ['@agent-factory/plugin-settings-sql'] : []),
      ...more,
      ...(config === 'off' ? [] : [{ use: folder, ...(config && { config }) }]),
    ],
    ...(dataDir !== undefined && { dataDir }),
  });
}
