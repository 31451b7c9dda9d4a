import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import type { InMemoryPlugin, JsonObject, PluginContext } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, HttpRoute, PromptLog } from '@agent-factory/sdk/contracts';
import { testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import {
  spanAttribute as attribute,
  spanMapping as mapping,
  spanOperation as operation,
} from '@agent-factory/sdk/tracing';
import { bootPromptLog } from './support/boot-prompt-log.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: JsonObject }[];
  readonly status: { readonly code: number; readonly message?: string };
}

const storage = join(dirname(dirname(import.meta.dirname)), 'storage-sqlite');

describe('the spans of a run', () => {
  let kernel: TestKernel;
  let validator: PluginContext['validator'];
  before(async () => {
    const probe: InMemoryPlugin = testPlugin('probe', [], (ctx) => {
      validator = ctx.validator;
    });
    kernel = await bootPromptLog({ storage, more: [probe] });
  });
  after(() => kernel?.close());

  const run = async (agent: string): Promise<string> => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    return (await runs.wait((await runs.start({ agent, input: 'What is there?' })).id)).id;
  };
  const spansOf = async (id: string, content = false): Promise<readonly Span[]> => {
    const { resourceSpans } = await kernel.use(PromptLog).tenant(defaultTenant).spans(id, { content });
    const [{ scopeSpans }] = resourceSpans as unknown as [{ scopeSpans: [{ spans: Span[] }] }]; // as OTLP has it
    return scopeSpans[0].spans;
  };
  const valueOf = ({ attributes }: Span, key: string): unknown =>
    Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

  it('are one for the run and one for each call in it, named by the conventions', async () => {
    const spans = await spansOf(await run('caller'));
    assert.deepEqual(
      spans.map(({ name, kind }) => [name, kind]),
      [
        ['invoke_agent caller', 1],
        ['chat small', 3],
        ['execute_tool look', 1],
        ['chat small', 3],
      ],
    );
    const [root, chat, call] = spans as [Span, Span, Span];
    assert.deepEqual(
      [root, chat, call].map((span) => valueOf(span, attribute.operation)),
      [operation.agent, operation.chat, operation.tool],
    );
    assert.equal(valueOf(chat, 'gen_ai.provider.name'), 'test');
    assert.equal(valueOf(chat, 'gen_ai.request.model'), 'small');
    assert.equal(valueOf(chat, 'gen_ai.usage.input_tokens'), '2');
    assert.equal(valueOf(call, 'gen_ai.tool.name'), 'look');
    assert.equal(valueOf(call, 'gen_ai.tool.call.id'), 'c1');
    assert.ok(spans.slice(1).every(({ parentSpanId }) => parentSpanId === root.spanId));
  });

  it('carry no name that the official package of the conventions does not have, but our own', async () => {
    const official = new Set<unknown>(Object.values(conventions));
    const isKnown = (name: string): boolean => official.has(name) || name.startsWith('agent_factory.');
    assert.deepEqual(
      [...Object.values(attribute), ...Object.values(operation)].filter((name) => !isKnown(name)),
      [],
    );
    for (const agent of ['caller', 'failing']) {
      const spans = await spansOf(await run(agent), true);
      const keys = spans.flatMap(({ attributes }) => attributes.map(({ key }) => key));
      assert.ok(keys.includes(conventions.ATTR_GEN_AI_OPERATION_NAME));
      assert.deepEqual(
        keys.filter((key) => !isKnown(key)),
        [],
      );
    }
    const manifest = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
    const version = JSON.parse(manifest).devDependencies['@opentelemetry/semantic-conventions'] as string; // pinned
    const [, minor] = /\/(\d+\.\d+)\.\d+$/.exec(mapping.schemaUrl) ?? [];
    assert.ok(minor && version.startsWith(`${minor}.`), `the schema is ${minor}, the package ${version}`);
  });

  it('have ids and times as OTLP wants them, and the same each time', async () => {
    const id = await run('caller');
    const spans = await spansOf(id);
    for (const span of spans) {
      assert.match(span.traceId, /^[0-9a-f]{32}$/);
      assert.match(span.spanId, /^[0-9a-f]{16}$/);
      assert.match(span.startTimeUnixNano, /^\d{19}$/);
      assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
    }
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
    assert.deepEqual(await spansOf(id), spans);
  });

  it('say what was said only when they are asked to', async () => {
    const id = await run('caller');
    assert.ok(!JSON.stringify(await spansOf(id)).includes('lighthouse'));
    const spans = await spansOf(id, true);
    const call = spans.find(({ name }) => name === 'execute_tool look');
    assert.match(String(call && valueOf(call, 'gen_ai.tool.call.result')), /lighthouse/);
    const last = spans.at(-1);
    const said = JSON.parse(String(last && valueOf(last, 'gen_ai.output.messages'))) as readonly JsonObject[];
    assert.deepEqual(said[0]?.['role'], 'assistant');
  });

  it('of one that failed say why', async () => {
    const [root, chat] = await spansOf(await run('failing'));
    assert.deepEqual(chat?.status, { code: 2, message: 'AF_RUN_MODEL_FAILED' });
    assert.equal(root && valueOf(root, 'error.type'), 'AF_RUN_MODEL_FAILED');
  });

  it('and entries are given by routes, with examples that fit their schemas', async () => {
    const id = await run('caller');
    const routes = new Map(kernel.all(HttpRoute).map(({ value }) => [value.operationId, value]));
    const answer = async (operationId: string, request: object): Promise<JsonObject> => {
      const route = routes.get(operationId);
      const base = {
        params: {},
        query: {},
        body: null,
        headers: {},
        principal: { id: 'local', tenant: defaultTenant },
      };
      const reply = await route?.handler({ ...base, ...request } as never); // as far as these routes look
      assert.ok(reply && 'body' in reply);
      const schema = route?.responses[200]?.schema;
      assert.ok(schema);
      assert.deepEqual(validator(schema)(JSON.parse(JSON.stringify(reply.body))), []);
      const example = route.responses[200]?.example;
      assert.deepEqual(validator(schema)(example), []);
      return reply.body as JsonObject;
    };
    const { entries } = await answer('listPromptLog', { query: { runId: id, limit: 2 } });
    assert.equal((entries as readonly unknown[]).length, 2);
    const [{ id: entry }] = entries as unknown as [{ id: string }];
    assert.equal((await answer('getPromptLogEntry', { params: { id: entry } }))['id'], entry);
    await answer('exportRunSpans', { params: { id }, query: { content: true } });
    const request = { params: {}, query: { runId: id }, principal: { id: 'local', tenant: defaultTenant } };
    const reply = await routes.get('exportPromptLog')?.handler(request as never); // as far as it looks
    assert.ok(reply && 'stream' in reply);
    const lines: unknown[] = [];
    for await (const { event, data } of reply.stream) if (event === undefined) lines.push(data);
    assert.equal(lines.length, 3);
  });
});
