import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  HttpServer,
  Journal,
  RunReplay,
  type LanguageModel,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { Message, Run, RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { fakeModels, startModelServer, type ModelServer } from '@agent-factory/model-kit/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { assertFailed, dataOf } from './support/run-workflow.ts';

const inline = 'data:image/png;base64,iVBORw0KGgo=';
const address = 'https://example.com/cat.jpg';

const withImages = (...urls: readonly string[]): readonly Message[] => [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is on it?' },
      ...urls.map((url) => ({ type: 'image' as const, mediaType: 'image/png', url })),
    ],
  },
];

/** How each protocol writes the two images, in the message of the user. */
const chatParts = [
  { type: 'image_url', image_url: { url: inline } },
  { type: 'image_url', image_url: { url: address } },
];
const wires: readonly {
  readonly model: string;
  readonly path: string;
  readonly field: string;
  readonly parts: readonly JsonObject[];
}[] = [
  { model: 'openai/gpt-4o-mini', path: '/v1/chat/completions', field: 'messages', parts: chatParts },
  {
    model: 'openai/gpt-5-mini',
    path: '/v1/responses',
    field: 'input',
    parts: [
      { type: 'input_image', image_url: inline, detail: 'auto' },
      { type: 'input_image', image_url: address, detail: 'auto' },
    ],
  },
  {
    model: 'anthropic/claude-haiku-4-5',
    path: '/v1/messages',
    field: 'messages',
    parts: [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
      { type: 'image', source: { type: 'url', url: address } },
    ],
  },
  { model: 'ollama/llava', path: '/v1/chat/completions', field: 'messages', parts: chatParts },
];

/** A model that says it takes no images, and what it was asked. */
function blind(asked: string[]): LanguageModel {
  const model = functionModel('blind', () => {
    asked.push('blind');
    return 'I see nothing.';
  });
  return { ...model, capabilities: async () => ({ images: false }) };
}

describe('images in a run', () => {
  let server: ModelServer;
  let kernel: TestKernel;
  /** The same, with OpenAI asked through Responses. */
  let another: TestKernel;
  let runs: TenantRuntime;
  const asked: string[] = [];

  const boot = (api: string): Promise<TestKernel> => {
    const { origin, baseUrl } = server;
    const apiKey = 'sk-test';
    const agent = (name: string, model: string | readonly string[]): JsonObject => ({
      name,
      model: typeof model === 'string' ? model : [...model],
      instructions: 'Say what you see.',
    });
    return bootRuntime({
      agents: [
        ...wires.map(({ model }, n) => agent(`seeing-${n}`, model)),
        agent('blind', 'blind/any'),
        agent('local', 'local/tools'),
        agent('spared', ['blind/any', 'openai/gpt-4o-mini']),
      ],
      models: [blind(asked)],
      plugins: [
        { use: '@agent-factory/plugin-llm-openai', config: { api, baseUrl, apiKey } },
        { use: '@agent-factory/plugin-llm-anthropic', config: { baseUrl: origin, apiKey } },
        { use: '@agent-factory/plugin-llm-compatible', config: { servers: { ollama: { baseUrl } } } },
        '@agent-factory/plugin-llm-local',
      ],
    });
  };
  before(async () => {
    server = await startModelServer(fakeModels());
    kernel = await boot('chat');
    another = await boot('responses');
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(async () => {
    await kernel?.close();
    await another?.close();
    await server?.close();
  });
  beforeEach(() => {
    server.seen.length = 0;
    asked.length = 0;
  });
  const eventsOf = (id: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);

  for (const [n, { model, path, field, parts }] of wires.entries()) {
    it(`reach ${model} as they were given, inline and by address, whole and streamed`, async () => {
      const asking = path === '/v1/responses' ? another : kernel;
      const runs = asking.use(AgentRuntime).tenant(defaultTenant);
      for (const stream of [false, true]) {
        server.seen.length = 0;
        const { id } = await runs.start({
          agent: `seeing-${n}`,
          input: withImages(inline, address),
          stream,
        });
        const run = await runs.wait(id);
        assert.equal(run.status, 'succeeded', JSON.stringify(run.error));
        assert.match(JSON.stringify(run.output), /7 degrees/);
        const [{ url, body }] = server.seen as [ModelServer['seen'][0]];
        assert.equal(url, path);
        const said = body[field] as readonly { readonly role: string; readonly content: readonly object[] }[];
        assert.deepEqual(said.at(-1)?.content.slice(1), parts);
        const report = await asking.use(RunReplay).tenant(defaultTenant).replay(id);
        assert.equal(report.events, run.lastSeq);
      }
    });
  }

  for (const name of ['blind', 'local']) {
    it(`are not shown to the model of ${name}, which takes none: the run fails and says so`, async () => {
      const run = await runs.wait((await runs.start({ agent: name, input: withImages(inline) })).id);
      assertFailed(run, 'AF_MODEL_UNSUPPORTED');
      assert.match(run.error?.message ?? '', /takes no images/);
      assert.deepEqual(asked, [], 'it was asked all the same');
      const words = await runs.wait((await runs.start({ agent: name, input: withImages() })).id);
      assert.equal(words.status, 'succeeded', 'a message of parts without an image is no image');
    });
  }

  it('go to the next model of an agent whose first takes none', async () => {
    const { id } = await runs.start({ agent: 'spared', input: withImages(address), stream: true });
    assert.match(JSON.stringify((await runs.wait(id)).output), /7 degrees/);
    assert.deepEqual(asked, []);
    const [failed] = dataOf(await eventsOf(id), 'model.failed');
    assert.deepEqual([failed?.error.code, failed?.willRetry], ['AF_MODEL_UNSUPPORTED', true]);
  });

  for (const url of [
    'file:///etc/passwd',
    '/tmp/a.png',
    'data:text/html;base64,AA==',
    'data:image/svg+xml,<svg/>',
  ]) {
    it(`are refused where their address is ${url}`, () =>
      assert.rejects(runs.start({ agent: 'seeing-0', input: withImages(url) }), {
        code: 'AF_RUN_INPUT_INVALID',
        message: /the url of an image/,
      }));
  }

  it('may be as large as the configuration says, over HTTP too', async () => {
    const image = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
    await assert.rejects(runs.start({ agent: 'seeing-0', input: withImages(image) }), {
      code: 'AF_RUN_INPUT_INVALID',
      message: /longer than 1000000 characters/,
    });
    const wide = await bootRuntime({
      agents: [{ name: 'seeing', instructions: 'Look.', model: 'test/any' }],
      models: [functionModel('test', ({ messages }) => String(JSON.stringify(messages).length > 1_000_000))],
      config: { maxInputChars: 2_000_000 },
      plugins: [
        {
          use: '@agent-factory/plugin-http-api',
          config: { port: 0, maxBodyBytes: 4_000_000, rateLimits: [] },
        },
      ],
    });
    try {
      const response = await fetch(`${wide.use(HttpServer).url() ?? ''}/api/v1/runs?wait=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ agent: 'seeing', input: withImages(image) }),
      });
      const run = (await response.json()) as Run;
      assert.equal(run.output, 'true', JSON.stringify(run).slice(0, 500));
    } finally {
      await wide.close();
    }
  });
});
