import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { Isolation, type InMemoryPlugin, type Json, type PlatformConfig } from '@agent-factory/sdk';
import {
  HttpRoute,
  LanguageModel,
  Tool,
  type HttpRequest,
  type ModelChunk,
  type ModelResponse,
} from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { callTool } from './support/call-tool.ts';
import { toolCode, writePlugin } from './support/write-plugin.ts';

/** A call that waits for the test, and whether its signal was aborted. */
interface Held {
  readonly signal: AbortSignal;
  answer(): void;
}

/** What the isolated plugin says of its use of what it was lent. */
interface Told {
  readonly pieces: readonly Json[];
  readonly code?: string;
  readonly message?: string;
}

const own = join(import.meta.dirname, '..');
const user = writePlugin(
  'user',
  toolCode(
    'use',
    `async ({ what, times = 1 }, { tenant }) => {
      const pieces = [];
      try {
        for (let time = 0; time < times; time++)
          if (what === 'stream') for await (const piece of model.stream(question, { tenant })) pieces.push(piece.text);
          else pieces.push(what === 'generate'
            ? (await model.generate(question, { tenant })).finishReason
            : await tools.find(({ value }) => value.name === what).value.run({}, { tenant }));
        return { pieces };
      } catch ({ code, message }) {
        return { pieces, code, message };
      }
    }`,
    `const tools = ctx.all({ id: 'tool' });
    const [{ value: model }] = ctx.all({ id: 'language-model' });
    const question = { model: 'any', messages: [{ role: 'user', content: 'Hello' }] };
    const handler = async ({ principal: { tenant } }) =>
      ({ body: await tools.find(({ value }) => value.name === 'held').value.run({}, { tenant }) });
    ctx.contribute({ id: 'http-route' }, {
      method: 'GET', path: '/api/v1/plugins/user/held', operationId: 'userHeld', summary: 'Waits.', tag: 'user',
      permission: { public: 'It is part of a test.' }, responses: { 200: { description: 'Is over.' } },
      rate: 'read', handler,
    });`,
  ),
  {
    manifest: {
      collects: { tool: '^1.0.0', 'language-model': '^1.0.0' },
      contributes: { tool: '1.0.0', 'http-route': '1.0.0' },
      permissions: { tools: 'Calls them.', models: 'Asks them.', routes: 'Answers.' },
    },
  },
);
const response: ModelResponse = {
  message: { role: 'assistant', content: 'ab' },
  finishReason: 'stop',
  usage: { inputTokens: 1, outputTokens: 1 },
};

describe('what is taken from a plugin while it runs', function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), 'af-revoked-'));
  const held: Held[] = [];
  let closed = 0;
  const hold = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => held.push({ signal, answer: resolve }));

  /** Tools and a model whose calls wait for the test, and go on whatever their signals say. */
  const host: InMemoryPlugin = {
    manifest: {
      id: 'host',
      name: 'host',
      version: '1.0.0',
      kernel: '*',
      contributes: { tool: '1.0.0', 'language-model': '1.0.0' },
    },
    plugin: {
      setup(ctx) {
        for (const name of ['plain', 'held'])
          ctx.contribute(Tool, {
            name,
            description: 'Answers.',
            input: { type: 'object' },
            effect: 'pure',
            async run(_input, { signal }) {
              if (name === 'held') await hold(signal);
              return name;
            },
          });
        ctx.contribute(LanguageModel, {
          provider: 'host',
          description: 'No language model.',
          available: true,
          async generate(_request, { signal }) {
            await hold(signal);
            return response;
          },
          async *stream(_request, { signal }): AsyncGenerator<ModelChunk> {
            try {
              yield { type: 'text', text: 'a' };
              await hold(signal);
              yield { type: 'text', text: 'b' };
              yield { type: 'finish', response };
            } finally {
              closed += 1;
            }
          },
        });
      },
    },
  };
  const configOf = (granted: readonly string[]): PlatformConfig => ({
    plugins: [{ use: own, config: { strongest: 'L1', spare: 0 } }, 'host', { use: user, isolation: 'L1' }],
    grants: { user: granted },
    dataDir,
    log: { level: 'silent' },
  });
  const granted = ['tools:plain', 'tools:held', 'models', 'routes'];
  let kernel: Kernel;
  beforeEach(async () => {
    closed = 0;
    kernel = createKernel({ config: configOf(granted), memory: [host], lock: false, env: {} });
    await kernel.start();
  });
  afterEach(async () => {
    for (const { answer } of held.splice(0)) answer();
    await kernel.close();
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  const use = async (what: string, times = 1): Promise<Told> =>
    (await callTool(kernel, 'use', { what, times })) as unknown as Told; // as it is written above
  const revoke = (permission: string): Promise<boolean> => kernel.use(Isolation).revoke('user', permission);
  const oneHeld = (): Promise<Held> => waitFor('the call', () => held[0]);
  const takenAway = { pieces: [], code: 'AF_ISOLATION_NOT_GRANTED' };
  const refusedOf = async (): Promise<readonly string[]> =>
    (await kernel.use(Isolation).plugins()).find(({ id }) => id === 'user')?.refused ?? [];

  it('is refused the next time it is used: a tool', async () => {
    assert.deepEqual(await use('plain', 2), { pieces: ['plain', 'plain'] });
    assert.equal(await revoke('tools:plain'), true);
    assert.deepEqual(await use('plain'), {
      ...takenAway,
      message: 'user@1.0.0 may not call the tool plain.',
    });
    assert.deepEqual(await refusedOf(), ['call the tool plain']);
    assert.equal(await revoke('tools:plain'), false, 'it has it no more');
  });

  it('is refused the next time it is used: a model, asked for all or for pieces', async () => {
    assert.equal(await revoke('models'), true);
    const message = 'user@1.0.0 may not ask the models of host.';
    assert.deepEqual(await use('generate'), { ...takenAway, message });
    assert.deepEqual(await use('stream'), { ...takenAway, message });
    assert.deepEqual(held, [], 'the model was not asked');
  });

  it('is refused from one use to the next in the same call of the plugin', async () => {
    const using = use('held', 2);
    const first = await oneHeld();
    first.answer();
    await waitFor('the second call', () => held.length === 2);
    assert.equal(await revoke('tools:held'), true);
    assert.deepEqual((await using).pieces, ['held']);
    assert.equal(held.length, 2);
  });

  for (const [what, permission, pieces] of [
    ['held', 'tools:held', []],
    ['generate', 'models', []],
    ['stream', 'models', ['a']],
  ] as const)
    it(`is refused in the middle of a call, though that goes on whatever its signal says: ${what}`, async () => {
      const using = use(what);
      const { signal } = await oneHeld();
      assert.equal(signal.aborted, false);
      assert.equal(await revoke(permission), true);
      assert.deepEqual(await using, {
        pieces,
        code: 'AF_ISOLATION_NOT_GRANTED',
        message: `user@1.0.0 may not use ${permission} any more.`,
      });
      assert.equal(signal.aborted, true, 'whoever answers is told');
      assert.equal((signal.reason as { code?: string }).code, 'AF_ISOLATION_NOT_GRANTED');
      for (const { answer } of held) answer();
      if (what === 'stream') await waitFor('the end of the stream', () => closed === 1);
      assert.deepEqual(await use('plain'), { pieces: ['plain'] }, 'it has the rest');
    });

  it('is refused in the middle of an answer to a request', async () => {
    const { handler } = kernel.all(HttpRoute)[0]?.value ?? assert.fail('it has no route');
    const answerTo = async (): Promise<unknown> =>
      handler({
        params: {},
        query: {},
        body: undefined,
        headers: {},
        principal: { id: 'user-1', kind: 'user', tenant: 'default', roles: [] },
        requestId: 'request-1',
        signal: new AbortController().signal,
      } as unknown as HttpRequest); // as far as the handler looks at it
    const answering = answerTo();
    (await oneHeld()).answer();
    assert.deepEqual(await answering, { headers: {}, body: 'held' });
    held.length = 0;
    const another = assert.rejects(answerTo(), {
      code: 'AF_ISOLATION_NOT_GRANTED',
      message: 'user@1.0.0 may not use routes any more.',
    });
    const { signal } = await oneHeld();
    assert.equal(await revoke('routes'), true);
    await another;
    assert.equal(signal.aborted, false, 'the tool was not taken away');
    await assert.rejects(answerTo(), {
      code: 'AF_ISOLATION_NOT_GRANTED',
      message: 'user@1.0.0 may not answer requests at /api/v1/plugins/user/.',
    });
  });

  it('is no other than was named', async () => {
    const using = use('held');
    const one = await oneHeld();
    assert.equal(await revoke('tools:plain'), true);
    assert.equal(await revoke('models'), true);
    assert.equal(one.signal.aborted, false);
    one.answer();
    assert.deepEqual(await using, { pieces: ['held'] });
  });

  it('is refused in the middle of a call where a new configuration no longer grants it', async () => {
    const using = use('held');
    const { signal } = await oneHeld();
    const applied = kernel.apply(configOf(['tools:plain', 'models']));
    assert.equal((await using).code, 'AF_ISOLATION_NOT_GRANTED');
    assert.equal(signal.aborted, true);
    for (const { answer } of held) answer();
    await applied;
    assert.deepEqual(await use('plain'), { pieces: ['plain'] });
    assert.match((await use('held')).message ?? '', /undefined/, 'it is not lent any more');
  });
});
