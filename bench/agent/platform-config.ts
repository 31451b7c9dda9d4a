import { join } from 'node:path';
import type { JsonObject, PlatformConfig } from '@agent-factory/sdk';
import { instructions, toolName } from './task.js';

/** Plugins of what an agent may have besides: a memory of the conversation, guardrails, and a router's conditions. */
export const extraPlugins = [
  '@agent-factory/plugin-memory-sql',
  '@agent-factory/plugin-guardrails-builtin',
  '@agent-factory/plugin-routing-expression',
] as const;

/** An agent's memory and guardrails; `shown`: the stages at which texts of people and of the model are looked at. */
export function extraParts(shown: readonly string[]): JsonObject {
  return {
    memory: { last: 20 },
    guardrails: [
      { use: 'length', stages: shown, settings: { maxCharacters: 10_000 } },
      { use: 'pii', stages: shown, settings: { action: 'redact' } },
      {
        use: 'pattern',
        stages: shown,
        settings: { patterns: [{ name: 'key', pattern: 'sk-[a-z0-9]{8}' }] },
      },
      { use: 'prompt-injection', stages: ['toolResult'] },
    ],
  };
}

/**
 * The platform as a user would set it up for this task, the journal in a SQLite file. `full` adds what an agent may
 * have besides: a memory of the conversation, guardrails, and a router that looks where to go on after the answer.
 * With `stream` no guardrail looks at the answer: one that did would hold it back until it is whole.
 */
export function platformConfig(
  modelUrl: string,
  dataDir: string,
  { full = false, stream = false }: { readonly full?: boolean; readonly stream?: boolean } = {},
): PlatformConfig {
  const shown = stream ? ['input'] : ['input', 'output'];
  const agent = {
    name: 'weather',
    instructions,
    model: 'fake/fake',
    tools: [toolName],
    ...(full && extraParts(shown)),
  };
  const router = {
    name: 'desk',
    version: '1.0.0',
    entry: 'weather',
    agents: { weather: [{ target: 'storms', condition: 'output.contains("storm")' }], storms: [] },
  };
  return {
    name: 'bench',
    dataDir,
    log: { level: 'warn', format: 'json' },
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      {
        use: '@agent-factory/plugin-llm-openai',
        config: { provider: 'fake', baseUrl: modelUrl, apiKey: 'not-a-key' },
      },
      join(import.meta.dirname, 'weather-tool'),
      ...(full ? extraPlugins : []),
      {
        use: '@agent-factory/plugin-agent-runtime',
        config: {
          agentsDir: './agents',
          agents: full ? [agent, { ...agent, name: 'storms' }] : [agent],
          ...(full && { routers: [router] }),
        },
      },
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  };
}
