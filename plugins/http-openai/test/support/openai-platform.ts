import { once } from 'node:events';
import { dirname } from 'node:path';
import OpenAI from 'openai';
import type { JsonObject } from '@agent-factory/sdk';
import { HttpServer, LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import { textOf, type Message } from '@agent-factory/sdk/domain';
import {
  addMember,
  bootTestKernel,
  functionModel,
  testPlugin,
  testTool,
  type TestKernel,
} from '@agent-factory/sdk/testing';

/** A platform with the door, and clients that come through it. */
export interface OpenaiPlatform {
  readonly kernel: TestKernel;
  /** The official client, with a key of a new program in these roles. */
  keyOf(tenant: string, ...roles: string[]): Promise<OpenAI>;
}

/** Schema of what the caller's function takes. */
const parameters: Record<string, unknown> = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
};
/** A function of the caller. */
export const weather: {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: Record<string, unknown>;
  };
} = {
  type: 'function',
  function: { name: 'weather', description: 'The weather in a city.', parameters },
};

function askedIn(messages: readonly Message[]): string {
  const last = messages.findLast(({ role }) => role === 'user');
  return last ? textOf(last) : '';
}

/** A model that does what the last message says, with the platform's tool and the caller's. */
const offering = testPlugin('offering', [LanguageModel, Tool], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages, tools = [] }) => {
      const asked = messages.findLastIndex(({ role }) => role === 'user');
      const results = messages
        .slice(asked)
        .filter(({ role }) => role === 'tool')
        .map(textOf);
      if (results.length > 0) {
        const isBack = /^(?!ask ).*back/.test(askedIn(messages)) && results.length === 1;
        return isBack
          ? [{ id: 'again', name: 'weather', input: { city: results[0] ?? '' } }]
          : `It is ${results.join(' and ')}.`;
      }
      const other = tools.find(({ name }) => name.startsWith('ask_'));
      if (askedIn(messages).startsWith('ask ') && other)
        return [{ id: 'a', name: other.name, input: { message: askedIn(messages).slice(4) } }];
      const last = messages[asked];
      const question = last ? textOf(last) : '';
      if (question.includes('weather')) {
        const cities = question.includes('both') ? ['Oslo', 'Rome'] : ['Oslo'];
        const wanted = cities.map((city, at) => ({ id: `c${at}`, name: 'weather', input: { city } }));
        return tools.some(({ name }) => name === 'look')
          ? [...wanted, { id: 'l', name: 'look', input: {} }]
          : wanted;
      }
      if (question.includes('mood')) return '{"mood":"good"}';
      if (question.includes('sleep')) return [{ id: 's', name: 'sleep', input: {} }];
      if (question.includes('fail')) throw new Error('it fell over');
      const said = messages.map((message) => textOf(message)).slice(1);
      return `Heard: ${said.join(' | ')}`;
    }),
  );
  ctx.contribute(
    Tool,
    testTool('sleep', async (_input, { signal }) => {
      await once(signal, 'abort');
      return 'stopped';
    }),
  );
  ctx.contribute(
    Tool,
    testTool('look', async () => 'seen'),
  );
});

/** Boots it. */
export async function bootOpenai(): Promise<OpenaiPlatform> {
  const guide = { name: 'guide', description: 'Guides.', instructions: 'Help.', model: 'test/any' };
  const kernel = await bootTestKernel({
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-accounts-sql',
      '@agent-factory/plugin-auth-api-key',
      '@agent-factory/plugin-guardrails-builtin',
      offering,
      {
        use: '@agent-factory/plugin-agent-runtime',
        config: {
          agentsDir: 'none',
          agents: [
            guide,
            { ...guide, name: 'looker', tools: ['look'] },
            { ...guide, name: 'private', guardrails: [{ use: 'pii', stages: ['input', 'toolResult'] }] },
            { ...guide, name: 'sleeper', tools: ['sleep'] },
            { ...guide, name: 'asker', agents: ['forecaster'] },
            { ...guide, name: 'chief', agents: ['asker'] },
            {
              ...guide,
              name: 'forecaster',
              callerTools: [
                { name: 'weather', description: 'The weather in a city.', input: parameters as JsonObject },
              ],
            },
            {
              ...guide,
              name: 'shaped',
              output: { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] },
            },
          ],
          routers: [
            {
              name: 'desk',
              version: '1.0.0',
              description: 'Routes.',
              entry: 'guide',
              agents: { guide: [] },
            },
          ],
          workflows: [
            {
              name: 'ask-first',
              version: '1.0.0',
              start: 'ask',
              nodes: [{ id: 'ask', type: 'approval', prompt: 'May I?' }],
              edges: [],
            },
            {
              name: 'look',
              version: '1.0.0',
              start: 'look',
              nodes: [{ id: 'look', type: 'tool', tool: 'look' }],
              edges: [],
            },
          ],
        },
      },
      dirname(dirname(import.meta.dirname)),
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  });
  const keyOf = async (tenant: string, ...roles: string[]): Promise<OpenAI> => {
    const { key } = await addMember(kernel, tenant, roles);
    return new OpenAI({ apiKey: key, baseURL: `${kernel.use(HttpServer).url()}/v1`, maxRetries: 0 });
  };
  return { kernel, keyOf };
}
