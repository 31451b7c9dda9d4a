import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { defineErrors } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, HttpServer, type HttpRequest } from '@agent-factory/sdk/contracts';
import { rejectsWith, waitFor } from '@agent-factory/sdk/testing';
import { chatRoute } from '../src/chat/chat-route.ts';
import { bootOpenai, weather, type OpenaiPlatform } from './support/openai-platform.ts';

describe('the door for clients of OpenAI', function () {
  this.timeout(60_000);
  let platform: OpenaiPlatform;
  let client: OpenAI;
  let other: OpenAI;

  before(async () => {
    platform = await bootOpenai();
    client = await platform.keyOf(defaultTenant, 'service');
    other = await platform.keyOf(defaultTenant, 'service');
  });
  after(() => platform?.kernel.close());

  it('lists agents, routers and workflows as models', async () => {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert.deepEqual(ids, [
      'asker',
      'chief',
      'forecaster',
      'guide',
      'looker',
      'private',
      'shaped',
      'sleeper',
      'routers/desk',
      'workflows/ask-first',
      'workflows/look',
    ]);
    assert.equal((await client.models.retrieve('routers/desk')).id, 'routers/desk');
    await assert.rejects(client.models.retrieve('nobody'), OpenAI.NotFoundError);
  });

  it('answers as responses, and goes on with one before', async () => {
    const first = await client.responses.create({ model: 'guide', input: 'One', instructions: 'Be kind.' });
    assert.equal(first.output_text, 'Heard: Be kind. | One');
    const second = await client.responses.create({
      model: 'guide',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Two' }] }],
      previous_response_id: first.id,
    });
    assert.equal(second.output_text, 'Heard: Be kind. | One | Heard: Be kind. | One | Two');
    assert.ok((second.usage?.total_tokens ?? 0) > 0);
    await assert.rejects(
      other.responses.create({ model: 'guide', input: 'Two', previous_response_id: first.id }),
      OpenAI.NotFoundError,
    );
    const text = { format: { type: 'json_object' } } as const;
    const shaped = await client.responses.create({ model: 'guide', input: 'What mood?', text });
    assert.deepEqual(JSON.parse(shaped.output_text), { mood: 'good' });
  });

  it('takes a key for its sender’s alone', async () => {
    const ask = async (by: OpenAI, content: string) => {
      const messages = [{ role: 'user', content }] as const;
      const headers = { 'idempotency-key': 'k' };
      return (await by.chat.completions.create({ model: 'guide', messages: [...messages] }, { headers })).id;
    };
    const first = await ask(client, 'One');
    assert.notEqual(await ask(other, 'Two'), first);
    assert.equal(await ask(client, 'One'), first);
  });

  it('streams responses, and has the caller call functions there too', async () => {
    const tools: OpenAI.Responses.FunctionTool[] = [{ type: 'function', ...weather.function, strict: false }];
    const stream = client.responses.stream({ model: 'guide', input: 'The weather?', tools });
    const seen: string[] = [];
    for await (const event of stream) seen.push(event.type);
    const first = await stream.finalResponse();
    assert.deepEqual(seen.slice(0, 2), ['response.created', 'response.in_progress']);
    assert.equal(seen.at(-1), 'response.completed');
    const call = first.output.find((item) => item.type === 'function_call');
    assert.equal(call?.arguments, '{"city":"Oslo"}');
    const next = client.responses.stream({
      model: 'guide',
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'cold' }],
      tools,
    });
    assert.equal((await next.finalResponse()).output_text, 'It is cold.');
  });

  it('says what is wrong as the SDK reads it', async () => {
    const wrong = async (
      body: object,
      kind: new (...args: never[]) => Error,
      code: string,
    ): Promise<void> => {
      const messages = [{ role: 'user', content: 'Hi' }];
      const request = { model: 'guide', messages, ...body } as OpenAI.ChatCompletionCreateParamsNonStreaming; // wrong on purpose
      await assert.rejects(
        client.chat.completions.create(request),
        (error: Error & { readonly code?: unknown }) => {
          assert.ok(error instanceof kind, String(error));
          assert.equal(error.code, code);
          return true;
        },
      );
    };
    await wrong({ model: 'nobody' }, OpenAI.NotFoundError, 'AF_OPENAI_MODEL_UNKNOWN');
    await wrong({ messages: [] }, OpenAI.BadRequestError, 'AF_HTTP_REQUEST_INVALID');
    await wrong({ n: 2 }, OpenAI.BadRequestError, 'AF_OPENAI_UNSUPPORTED');
    await wrong({ modalities: 'audio' }, OpenAI.BadRequestError, 'AF_HTTP_REQUEST_INVALID');
    await wrong({ modalities: ['audio'] }, OpenAI.BadRequestError, 'AF_OPENAI_UNSUPPORTED');
    await wrong(
      { tool_choice: 'required', tools: [weather] },
      OpenAI.BadRequestError,
      'AF_OPENAI_UNSUPPORTED',
    );
    await wrong({ tools: [{ type: 'web_search' }] }, OpenAI.BadRequestError, 'AF_OPENAI_UNSUPPORTED');
    await wrong({ model: 'looker', tools: [named('look')] }, OpenAI.BadRequestError, 'AF_RUN_INPUT_INVALID');
    await wrong(
      { messages: [{ role: 'assistant', content: 'Hi' }] },
      OpenAI.BadRequestError,
      'AF_RUN_INPUT_INVALID',
    );
    await wrong({ model: 'workflows/ask-first' }, OpenAI.UnprocessableEntityError, 'AF_OPENAI_WAITS');
    await wrong(
      { messages: [{ role: 'user', content: 'fail' }] },
      OpenAI.UnprocessableEntityError,
      'AF_OPENAI_RUN_FAILED',
    );
    const stream = await client.chat.completions.create({
      model: 'guide',
      messages: [{ role: 'user', content: 'fail' }],
      stream: true,
    });
    await assert.rejects(async () => {
      for await (const _chunk of stream);
    }, OpenAI.APIError);
  });

  it('lets in who may start runs, by a key, and says so as the SDK reads it', async () => {
    const url = `${platform.kernel.use(HttpServer).url()}/v1`;
    const stranger = new OpenAI({ apiKey: 'af_no', baseURL: url, maxRetries: 0 });
    await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
    const viewer = await platform.keyOf(defaultTenant, 'viewer');
    await assert.rejects(
      viewer.chat.completions.create({ model: 'guide', messages: [{ role: 'user', content: 'Hi' }] }),
      OpenAI.PermissionDeniedError,
    );
  });

  it('lets a run wait for its person that a stream cannot wait for', async () => {
    const stream = await client.chat.completions.create({
      model: 'workflows/ask-first',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    });
    await assert.rejects(async () => {
      for await (const _chunk of stream);
    }, OpenAI.APIError);
    const [run] = await platform.kernel.use(AgentRuntime).tenant(defaultTenant).list({ limit: 1 });
    assert.equal(run?.status, 'waiting');
  });

  it('cancels the run of a client that leaves', async () => {
    const runtime = platform.kernel.use(AgentRuntime).tenant(defaultTenant);
    const stream = await client.chat.completions.create({
      model: 'sleeper',
      messages: [{ role: 'user', content: 'sleep' }],
      stream: true,
    });
    for await (const _first of stream) break; // which ends the request
    const isCancelled = async (): Promise<boolean> =>
      (await runtime.list({ limit: 1 }))[0]?.status === 'cancelled';
    await waitFor('the run to be cancelled', isCancelled);
  });

  it('cancels the run of a client that left before it began', async () => {
    const runtime = platform.kernel.use(AgentRuntime);
    const { AF_HTTP_CLIENT_LEFT: left } = defineErrors({
      AF_HTTP_CLIENT_LEFT: { message: 'The client left.', fix: 'Ask again.', status: 499 },
    });
    const request = {
      body: { model: 'sleeper', messages: [{ role: 'user', content: 'sleep' }], stream: true },
      headers: {},
      principal: { id: 'svc_left', tenant: defaultTenant },
      signal: AbortSignal.abort(left({})),
    } as unknown as HttpRequest; // as far as the route looks at it
    await rejectsWith((async () => chatRoute(runtime).handler(request))(), 'AF_HTTP_CLIENT_LEFT');
    const isCancelled = async (): Promise<boolean> => {
      const [run] = await runtime.tenant(defaultTenant).list({ limit: 1 });
      return run?.metadata?.['askedBy'] === 'svc_left' && run.status === 'cancelled';
    };
    await waitFor('the run to be cancelled', isCancelled);
  });
});

function named(name: string): object {
  return { ...weather, function: { ...weather.function, name } };
}
