import { once } from 'node:events';
import { dirname } from 'node:path';
import {
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  type Client,
} from '@a2a-js/sdk/client';
import { Role, type Message, type Part, type Task } from '@a2a-js/sdk';
import type { InMemoryPlugin, Json, JsonObject } from '@agent-factory/sdk';
import { HttpServer, TenantStorage, Tool } from '@agent-factory/sdk/contracts';
import { addMember, bootTestKernel, testPlugin, testTool, type TestKernel } from '@agent-factory/sdk/testing';

/** A platform with the door, and clients that come through it. */
export interface A2aPlatform {
  readonly kernel: TestKernel;
  /** Lets one call of the tool `hold` go, the next where there is none. */
  release(): void;
  /** A key of a new program or person in these roles. */
  keyOf(tenant: string, ...roles: string[]): Promise<string>;
  /** The official client of an agent, that finds it by its card. */
  clientOf(agent: string, key: string): Promise<Client>;
  /** Sends a body as it is. */
  post(agent: string, key: string, body: Json | string, headers?: Record<string, string>): Promise<Response>;
}

const scripts = {
  guide: ['You said: {{input}}'],
  pays: [
    { reply: { text: 'Let me see. ', toolCalls: [{ name: 'pay', input: { amount: 5 } }] } },
    'The tool says: {{toolResult}}',
  ],
  holds: [{ reply: { text: 'Wait. ', toolCalls: [{ name: 'hold' }] } }, 'Held: {{toolResult}}'],
  shaped: [{ reply: { json: { mood: 'good' } } }],
  fails: [{ reply: { error: { message: 'it fell over' } } }],
  calls: [{ reply: { toolCalls: [{ name: 'weather', input: { city: 'Oslo' } }] } }, 'It is {{toolResult}}.'],
  asks: [
    { reply: { toolCalls: [{ name: 'ask_pays', input: { message: 'Pay' } }] } },
    'They say: {{toolResult}}',
  ],
};

/** Holds calls until they are let go, whether they came before that or come later. */
class Gate {
  #letGo = 0;
  readonly #inside = new Set<AbortController>();

  release(): void {
    const [first] = this.#inside;
    if (first) first.abort();
    else this.#letGo += 1;
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (this.#letGo > 0) {
      this.#letGo -= 1;
      return;
    }
    const own = new AbortController();
    this.#inside.add(own);
    await once(AbortSignal.any([signal, own.signal]), 'abort');
    this.#inside.delete(own);
  }
}

const offering = (held: Gate): InMemoryPlugin =>
  testPlugin('offering', [Tool], (ctx) => {
    const input = { type: 'object', properties: { amount: { type: 'integer' } } };
    ctx.contribute(
      Tool,
      testTool('pay', async ({ amount }) => `paid ${JSON.stringify(amount)}`, {
        input,
        effect: 'write',
        approval: 'always',
      }),
    );
    ctx.contribute(
      Tool,
      testTool('hold', async (_input, { signal }) => {
        await held.wait(signal);
        return 'let go';
      }),
    );
  });

/** Boots it, with the tenants `acme` and `globex` beside the first. */
export async function bootA2a(): Promise<A2aPlatform> {
  const held = new Gate();
  const agent = (name: string, more: JsonObject = {}): JsonObject => ({
    name,
    description: `Does what ${name} does.`,
    instructions: 'A secret of the house.',
    model: `scripted/${name}`,
    ...more,
  });
  const kernel = await bootTestKernel({
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-accounts-sql',
      '@agent-factory/plugin-auth-api-key',
      '@agent-factory/plugin-memory-sql',
      { use: '@agent-factory/plugin-llm-scripted', config: { scripts } },
      offering(held),
      {
        use: '@agent-factory/plugin-agent-runtime',
        config: {
          agentsDir: 'none',
          agents: [
            agent('guide', { examples: ['Who are you?'], memory: {} }),
            agent('pays', { tools: ['pay'] }),
            agent('holds', { tools: ['hold'] }),
            agent('shaped', {
              output: { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] },
            }),
            agent('fails'),
            agent('calls', {
              callerTools: [{ name: 'weather', description: 'The weather.', input: { type: 'object' } }],
            }),
            agent('asks', { agents: ['pays'] }),
            agent('hidden'),
          ],
        },
      },
      {
        use: dirname(dirname(import.meta.dirname)),
        config: { agents: ['guide', 'pays', 'holds', 'shaped', 'fails', 'calls', 'asks', 'later'] },
      },
      { use: '@agent-factory/plugin-http-api', config: { port: 0, rateLimits: [] } },
    ],
  });
  for (const tenant of ['acme', 'globex']) await kernel.use(TenantStorage).create(tenant);
  const url = kernel.use(HttpServer).url() ?? '';
  return {
    kernel,
    release: () => held.release(),
    keyOf: async (tenant, ...roles) => (await addMember(kernel, tenant, roles)).key,
    async clientOf(name, key) {
      const fetchImpl: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        headers.set('authorization', `Bearer ${key}`);
        return fetch(input, { ...init, headers });
      };
      const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
        transports: [new JsonRpcTransportFactory({ fetchImpl })],
        // Cards are read by whoever comes.
        cardResolver: new DefaultAgentCardResolver(),
      });
      return new ClientFactory(options).createFromUrl(`${url}/a2a/${name}/`);
    },
    post: (name, key, body, headers = {}) =>
      fetch(`${url}/a2a/${name}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'a2a-version': '1.0',
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** A part with a text. */
export function text(value: string): Part {
  return { content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: 'text/plain' };
}

/** A part with data. */
export function data(value: Json): Part {
  return { content: { $case: 'data', value }, metadata: undefined, filename: '', mediaType: '' };
}

/** A message as the client sends it. */
export function message(parts: string | readonly Part[], more: Partial<Message> = {}): Message {
  return {
    messageId: crypto.randomUUID(),
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: typeof parts === 'string' ? [text(parts)] : [...parts],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...more,
  };
}

/** A request that sends a message. */
export function sending(
  given: Message,
  configuration: { readonly returnImmediately?: boolean; readonly historyLength?: number } = {},
) {
  return {
    tenant: '',
    message: given,
    configuration: {
      acceptedOutputModes: [],
      taskPushNotificationConfig: undefined,
      returnImmediately: false,
      ...configuration,
    },
    metadata: undefined,
  };
}

/** The text of an answer. */
export function answerIn({ artifacts }: Pick<Task, 'artifacts'>): string {
  return textIn(artifacts.flatMap(({ parts }) => parts));
}

/** The text of parts. */
export function textIn(parts: readonly Part[]): string {
  return parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
}
