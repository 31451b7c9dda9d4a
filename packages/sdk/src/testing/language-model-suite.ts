import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  LanguageModel,
  ModelChunk,
  ModelRequest,
  ModelResponse,
  ModelTool,
} from '../contracts/language-model.ts';
import type { JsonObject, JsonSchema } from '../json.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { assertCallsTool, assertResponse, assertStream, freeze } from './language-model-checks.ts';
import { withNothingLeft } from './open-handles.ts';

/** A provider set up so that its answers are known. */
export interface LanguageModelSetup {
  readonly provider: LanguageModel;
  /** Name of a model the provider has. */
  readonly model: string;
  /** A question that gets a text of more than one word when no tool is offered. */
  readonly textPrompt: string;
  /** The tool that is offered. */
  readonly tool: ModelTool;
  /** A question that makes the model call {@link LanguageModelSetup.tool}. */
  readonly toolPrompt: string;
  /** The input the tool is called with. */
  readonly toolInput: JsonObject;
  /** What the tool answers: the content of the tool message. */
  readonly toolResult: string;
  /** Words that the answer to the result must hold. */
  readonly answerHolds: string;
  /** A question that is answered with JSON of a schema; not given where the provider cannot do that. */
  readonly structured?: {
    readonly prompt: string;
    readonly schema: JsonSchema;
    /** The answer, parsed. */
    readonly answer: JsonObject;
  };
  /** Ends the provider and whatever server it talks to. */
  close?(): Promise<void>;
}

/**
 * What every language model must do. `create` is called once for each case.
 *
 * @example
 * ```ts
 * declare function createMyModel(): LanguageModelSetup;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of languageModelSuite(async () => createMyModel())) it(name, run);
 * ```
 */
export function languageModelSuite(create: () => Promise<LanguageModelSetup>): ConformanceSuite {
  const withSetup = (name: string, run: (setup: LanguageModelSetup) => Promise<void>): ConformanceCase => ({
    name,
    run: () => withNothingLeft(create, run),
  });

  return [
    withSetup('names its provider and says what it is', async ({ provider }) => {
      assert.match(provider.provider, /^[a-z][a-z0-9-]*$/);
      assert.ok(provider.description.trim().length > 0, 'description is empty');
      assert.equal(provider.available, true, 'the provider under test must be available');
    }),

    withSetup('says as plain data what a model can do', async ({ provider, model, structured }) => {
      const can = (await provider.capabilities?.(model)) ?? {};
      assert.deepEqual(JSON.parse(JSON.stringify(can)), can, 'the capabilities are not plain JSON');
      assert.notEqual(can.tools, false, 'it says it cannot call tools, and is tested with one');
      if (structured) assert.notEqual(can.structuredOutput, 'none');
    }),

    withSetup('answers a question with text', async (setup) => {
      const response = await generate(setup, textRequest(setup));
      assertResponse(response);
      assert.ok(response.message.content.trim().length > 0, 'the answer is empty');
      assert.equal(response.message.toolCalls, undefined);
      assert.equal(response.finishReason, 'stop');
    }),

    withSetup('answers a question with images, unless it says that it takes none', async (setup) => {
      const can = (await setup.provider.capabilities?.(setup.model)) ?? {};
      if (can.images === false) return;
      const request = freeze(imageRequest(setup));
      const whole = await generate(setup, request);
      const streamed = assertStream(await collect(setup.provider.stream(request, { signal: never() })));
      for (const response of [whole, streamed]) {
        assertResponse(response);
        assert.ok(response.message.content.trim().length > 0, 'the answer is empty');
      }
    }),

    withSetup('calls an offered tool with parsed input', async (setup) => {
      const response = await generate(setup, toolRequest(setup));
      assertResponse(response);
      assertCallsTool(response, setup);
    }),

    withSetup('goes on after the result of a tool', async (setup) => {
      const request = toolRequest(setup);
      const response = await generate(setup, await afterTool(setup, request));
      assertResponse(response);
      assert.equal(response.message.toolCalls, undefined);
      assert.ok(
        response.message.content.includes(setup.answerHolds),
        `"${response.message.content}" does not hold "${setup.answerHolds}"`,
      );
    }),

    withSetup('streams pieces that together are the message of the finish', async (setup) => {
      for (const request of [textRequest(setup), await afterTool(setup, toolRequest(setup))]) {
        const chunks = await collect(setup.provider.stream(request, { signal: never() }));
        const response = assertStream(chunks);
        assert.ok(chunks.length > 1, 'nothing came before the finish');
        assert.ok(response.message.content.length > 0, 'the answer is empty');
      }
    }),

    withSetup('streams a tool call in its finish', async (setup) => {
      const chunks = await collect(setup.provider.stream(toolRequest(setup), { signal: never() }));
      assertCallsTool(assertStream(chunks), setup);
    }),

    withSetup('answers with JSON of a schema, whole and streamed', async (setup) => {
      if (!setup.structured) return;
      const { prompt, schema, answer } = setup.structured;
      const request = { ...textRequest(setup, prompt), responseSchema: schema };
      const whole = await generate(setup, request);
      const chunks = await collect(setup.provider.stream(request, { signal: never() }));
      for (const response of [whole, assertStream(chunks)]) {
        assertResponse(response);
        assert.equal(response.finishReason, 'stop');
        assert.equal(response.message.toolCalls, undefined);
        assert.deepEqual(JSON.parse(response.message.content), answer);
      }
    }),

    withSetup('calls no tool where the choice is none', async (setup) => {
      const response = await generate(setup, { ...toolRequest(setup), toolChoice: 'none' });
      assertResponse(response);
      assert.equal(response.message.toolCalls, undefined);
    }),

    withSetup('gives the same answer streamed and whole', async (setup) => {
      const request = textRequest(setup);
      const whole = await generate(setup, request);
      const streamed = assertStream(await collect(setup.provider.stream(request, { signal: never() })));
      assert.deepEqual(streamed.message, whole.message);
      assert.equal(streamed.finishReason, whole.finishReason);
    }),

    withSetup('keeps calls at the same time apart', async (setup) => {
      const requests = Array.from({ length: 8 }, (_, n) => (n % 2 ? textRequest(setup) : toolRequest(setup)));
      const responses = await Promise.all(requests.map((request) => generate(setup, request)));
      for (const [n, response] of responses.entries()) {
        assert.equal(response.finishReason, n % 2 ? 'stop' : 'tool_calls');
      }
    }),

    withSetup('leaves the request as it was', async (setup) => {
      const request = await afterTool(setup, toolRequest(setup));
      const before = structuredClone(request);
      await generate(setup, freeze(request));
      await collect(setup.provider.stream(freeze(request), { signal: never() }));
      assert.deepEqual(request, before);
    }),

    withSetup('rejects with the reason when the signal is aborted already', async (setup) => {
      const reason = new Error('not wanted any more');
      const options = { signal: AbortSignal.abort(reason) };
      await assert.rejects(setup.provider.generate(textRequest(setup), options), (error) => error === reason);
      await assert.rejects(
        collect(setup.provider.stream(textRequest(setup), options)),
        (error) => error === reason,
      );
    }),

    withSetup('rejects with the reason when the signal aborts during the call', async (setup) => {
      const reason = new Error('not wanted any more');
      const controller = new AbortController();
      const answer = setup.provider.generate(textRequest(setup), { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(answer, (error) => error === reason);
    }),

    withSetup('ends a stream with the reason when the signal aborts', async (setup) => {
      const reason = new Error('not wanted any more');
      const controller = new AbortController();
      const chunks = setup.provider.stream(textRequest(setup), { signal: controller.signal });
      const iterator = chunks[Symbol.asyncIterator]();
      const first = await iterator.next();
      assert.equal(first.done, false);
      assert.equal(first.value.type, 'text');
      controller.abort(reason);
      await assert.rejects(
        async () => {
          while (!(await iterator.next()).done);
        },
        (error) => error === reason,
      );
    }),

    withSetup('can be left in the middle of a stream', async (setup) => {
      for await (const chunk of setup.provider.stream(textRequest(setup), { signal: never() })) {
        if (chunk.type === 'text') break;
      }
      assertResponse(await generate(setup, textRequest(setup)));
    }),

    withSetup('takes no hold of the signal once it has answered', async (setup) => {
      const controller = new AbortController();
      let held = 0;
      const { signal } = controller;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      Object.assign(signal, {
        addEventListener: (...args: Parameters<typeof add>) => ((held += 1), add(...args)),
        removeEventListener: (...args: Parameters<typeof remove>) => ((held -= 1), remove(...args)),
      });
      await setup.provider.generate(textRequest(setup), { signal });
      await collect(setup.provider.stream(textRequest(setup), { signal }));
      for (let turns = 0; held > 0 && turns < 100; turns += 1) await delay(2);
      assert.ok(held <= 0, `${held} listener(s) left on the signal`);
    }),
  ];
}

function textRequest(setup: LanguageModelSetup, prompt = setup.textPrompt): ModelRequest {
  return { model: setup.model, messages: [{ role: 'user', content: prompt }] };
}

/** An image by its address, and one that is there as a whole: a single point. */
function imageRequest(setup: LanguageModelSetup): ModelRequest {
  const point =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==';
  const content = [
    { type: 'text', text: setup.textPrompt },
    { type: 'image', mediaType: 'image/png', url: `data:image/png;base64,${point}` },
    { type: 'image', mediaType: 'image/jpeg', url: 'https://example.com/cat.jpg' },
  ] as const;
  return { model: setup.model, messages: [{ role: 'user', content }] };
}

function toolRequest(setup: LanguageModelSetup): ModelRequest {
  return {
    model: setup.model,
    messages: [
      { role: 'system', content: 'Use the tools you have.' },
      { role: 'user', content: setup.toolPrompt },
    ],
    tools: [setup.tool],
  };
}

async function afterTool(setup: LanguageModelSetup, request: ModelRequest): Promise<ModelRequest> {
  const { message } = await generate(setup, request);
  const results = (message.toolCalls ?? []).map((call) => ({
    role: 'tool' as const,
    toolCallId: call.id,
    name: call.name,
    content: setup.toolResult,
  }));
  return { ...request, messages: [...request.messages, message, ...results] };
}

function generate(setup: LanguageModelSetup, request: ModelRequest): Promise<ModelResponse> {
  return setup.provider.generate(request, { signal: never() });
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function collect(chunks: AsyncIterable<ModelChunk>): Promise<ModelChunk[]> {
  const all: ModelChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
