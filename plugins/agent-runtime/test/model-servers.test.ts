import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  failing,
  fakeModels,
  openStream,
  startModelServer,
  type Behaviour,
  type ModelServer,
} from '@agent-factory/model-kit/testing';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type RunRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { dataOf, tool } from './support/run-workflow.ts';
import { withoutSockets } from './support/socket-guard.ts';

/** Servers of the three protocols, all at one address; they answer by the name of the model. */
const providers = ['openai', 'anthropic', 'ollama'] as const;
const weather = fakeModels();
const down = failing(500, { error: { message: 'It is down.' } });
const behave: Behaviour = (request, response, n) => {
  const { model, stream } = request.body;
  if (model === 'down') return down(request, response, n);
  if (model !== 'hanging') return weather(request, response, n);
  // It is asked and says nothing, or nothing more.
  if (stream === true) openStream(response);
};

describe('a run that asks a model server', () => {
  let server: ModelServer;
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let called = 0;
  let isClosed = false;

  before(async () => {
    server = await startModelServer(behave);
    const { origin, baseUrl } = server;
    const given = { apiKey: 'sk-test', retry: { times: 0 } };
    const kinds = ['fake', 'hanging', 'down'].flatMap((model) =>
      providers.map((provider) => ({
        name: `${model}-${provider}`,
        instructions: 'Be brief.',
        model: `${provider}/${model}`,
      })),
    );
    kernel = await bootRuntime({
      agents: [
        ...kinds,
        ...providers.map((provider) => ({
          name: `caller-${provider}`,
          instructions: 'Use your tools.',
          model: `${provider}/fake`,
          tools: ['get_weather'],
        })),
        { name: 'spared', instructions: 'Be brief.', model: ['openai/down', 'anthropic/fake'] },
      ],
      tools: [tool('get_weather', ({ city }) => ((called += 1), { city: city ?? null, degrees: 7 }))],
      plugins: [
        { use: '@agent-factory/plugin-llm-openai', config: { baseUrl, ...given } },
        { use: '@agent-factory/plugin-llm-anthropic', config: { baseUrl: origin, ...given } },
        {
          use: '@agent-factory/plugin-llm-compatible',
          config: { servers: { ollama: { baseUrl, ...given } } },
        },
      ],
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(async () => {
    await kernel?.close();
    if (!isClosed) await server?.close();
  });
  const eventsOf = (id: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);

  for (const provider of providers) {
    for (const stream of [true, false]) {
      const how = stream ? 'streams' : 'answers as a whole';
      it(`closes the connection to ${provider}, which ${how}, when it is cancelled`, async () => {
        server.seen.length = 0;
        const { id } = await runs.start({ agent: `hanging-${provider}`, input: 'Hello?', stream });
        await waitFor('the question', () => server.seen.length === 1);
        const [{ socket }] = server.seen as [ModelServer['seen'][0]]; // the one request there was
        assert.equal(socket.destroyed, false);
        const closed = once(socket, 'close');
        assert.equal((await runs.cancel(id, 'Enough.')).status, 'cancelled');
        await closed;
        assert.equal(server.seen.length, 1, 'it was asked again');
      });
    }
  }

  it('is replayed to equal events when the server is gone, with no socket opened', async () => {
    const recorded: Run[] = [];
    const record = async (request: RunRequest, ends: Run['status']): Promise<readonly RunEvent[]> => {
      const run = await runs.wait((await runs.start(request)).id);
      assert.equal(run.status, ends, JSON.stringify(run.error));
      recorded.push(run);
      return eventsOf(run.id);
    };
    for (const provider of providers) {
      for (const stream of [true, false]) {
        const input = 'How is the weather in Oslo?';
        const plain = await record({ agent: `fake-${provider}`, input, stream }, 'succeeded');
        assert.equal(dataOf(plain, 'message.delta').length > 0, stream);
        const tooled = await record({ agent: `caller-${provider}`, input, stream }, 'succeeded');
        assert.equal(dataOf(tooled, 'tool.finished').length, 1);
        const failed = await record({ agent: `down-${provider}`, input, stream }, 'failed');
        assert.equal(dataOf(failed, 'model.failed')[0]?.error.code, 'AF_MODEL_OVERLOADED');
      }
    }
    const spared = await record({ agent: 'spared', input: 'Hello?', stream: true }, 'succeeded');
    assert.equal(dataOf(spared, 'model.failed').length, 1);

    const before = { asked: server.seen.length, called };
    await server.close();
    isClosed = true;
    const replay = kernel.use(RunReplay).tenant(defaultTenant);
    const { tried } = await withoutSockets(async () => {
      for (const { id, status, lastSeq } of recorded) {
        const report = await replay.replay(id);
        assert.deepEqual([report.status, report.events], [status, lastSeq]);
      }
    });
    assert.deepEqual(tried, []);
    assert.deepEqual({ asked: server.seen.length, called }, before);
    assert.equal(recorded.length, 19);
  });
});
