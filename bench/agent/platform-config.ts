import { join } from 'node:path';
import type { PlatformConfig } from '@agent-factory/sdk';
import { instructions, toolName } from './task.js';

/** The platform as a user would set it up for this task: everything on, the journal in a SQLite file. */
export function platformConfig(modelUrl: string, dataDir: string): PlatformConfig {
  const agent = { name: 'weather', instructions, model: 'fake/fake', tools: [toolName] };
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
      { use: '@agent-factory/plugin-agent-runtime', config: { agents: [agent], agentsDir: './agents' } },
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  };
}
